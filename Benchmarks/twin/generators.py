"""Generators of pictures, as diffusers makes them in their published configurations, and random weights under the names of published
files: Stable Diffusion 1.5's UNet, ControlNet and autoencoder, the transformer of Stable Diffusion 3.5 Medium."""
import importlib.util
import pathlib
import sys

import torch
from safetensors import safe_open

# Behind the others: a module there has the name of a twin.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "Scripts/goldens"))
from torchvision_import import import_torchvision  # noqa: E402

# The layers that residual branches end with; zero convolutions of a ControlNet are not among them.
BRANCH_ENDS = ("conv2.weight", "to_out.0.weight", "to_add_out.weight", "net.2.weight", "proj_out.weight")


def diffusers():
    if importlib.util.find_spec("torchvision"):
        import_torchvision()                # diffusers imports it, too
    import diffusers
    return diffusers


def unet():
    return diffusers().UNet2DConditionModel(sample_size=64, cross_attention_dim=768)


def controlnet():
    return diffusers().ControlNetModel(cross_attention_dim=768)


def transformer():
    return diffusers().SD3Transformer2DModel(
        num_layers=24, num_attention_heads=24, caption_projection_dim=1536, pos_embed_max_size=384, qk_norm="rms_norm",
        dual_attention_layers=tuple(range(13)))


def autoencoder():
    return diffusers().AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), layers_per_block=2, sample_size=512,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4)


def random_weights(make, prefix, dtype):
    """Weights of a network that never has any: matrices keep the variance, zero convolutions are not zero."""
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in make().state_dict().items()}
    return {f"{prefix}.{name}": random_weight(name, shape).to(dtype) for name, shape in shapes.items()}


def random_weight(name, shape):
    values = torch.empty(shape)
    if len(shape) > 1:
        bound = (3 / (shape.numel() // shape[0])) ** 0.5
        if "pos_embed.pos_embed" in name:
            bound = 1
        if name.endswith(BRANCH_ENDS):
            bound *= 0.5
        return values.uniform_(-bound, bound)
    return values.uniform_(0.9, 1.1) if name.endswith("weight") else values.uniform_(-0.1, 0.1)


def opened(make, path, prefix):
    """A network whose weights are those of the file. Matrices are the file's pages; filters are copied in the order of channels_last,
    each through a mapping of its own, so that the pages that they were read from do not stay."""
    with torch.device("meta"):
        network = make()
    weights = {}
    with safe_open(path, "pt") as file:
        for name in network.state_dict():
            weights[name] = file.get_tensor(f"{prefix}.{name}")
    for name in [name for name, tensor in weights.items() if tensor.dim() == 4]:
        with safe_open(path, "pt") as file:
            weights[name] = file.get_tensor(f"{prefix}.{name}").contiguous(memory_format=torch.channels_last)
    network.load_state_dict(weights, assign=True)
    return network.eval()
