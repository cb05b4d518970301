"""Golden of the diffusion decoder: outputs and gradients of the PyTorch twin for weights and inputs made from formulas.

python Scripts/goldens/uqdd.py Tests/DiffusionTests/Goldens

Weights are hashes of name and index (Scripts/goldens/backbones.py), so that the files hold results only.
"""

import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Benchmarks" / "twin"))
from uqdd import UQDD, UQDDConfig  # noqa: E402


def uniform(name, count):
    """`count` numbers in [0, 1): splitmix64 of FNV-1a(name) + index, upper 24 bits."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**24


def signed(name, *shape):
    """Values in [-1, 1), channels last as the library has them, returned as NCHW where there are four axes."""
    values = torch.from_numpy((2 * uniform(name, int(np.prod(shape))) - 1).astype(np.float32)).reshape(shape)
    return values.permute(0, 3, 1, 2).contiguous() if len(shape) == 4 else values


def randomise(module):
    """Every parameter away from zero and identity: matrices by fan-in, vectors near one (weights) or zero (biases)."""
    for name, parameter in module.named_parameters():
        u = torch.from_numpy(uniform(name, parameter.numel()).astype(np.float32)).reshape(parameter.shape)
        if parameter.dim() > 1:
            bound = (6 / (parameter.numel() // parameter.shape[0])) ** 0.5
            parameter.data = (2 * u - 1) * bound * 0.5
        elif name.endswith("weight"):
            parameter.data = 0.9 + 0.2 * u
        else:
            parameter.data = 0.2 * (u - 0.5)


def last(x):
    return x.permute(0, 2, 3, 1).contiguous() if x.dim() == 4 else x.contiguous()


def case(modulation, quality, passes_gradients=False):
    config = UQDDConfig(
        resolution=16, channels=(8, 12, 16), embedding=24, sinusoid=16, groups=4, heads=2, condition_channels=(5, 6, 7),
        modulation=modulation, quality=quality, error_channels=6, iou_channels=(6, 8),
        gradients_through_quality=passes_gradients)
    net = UQDD(config)
    randomise(net)
    n = 2
    x = signed("x", n, 16, 16, 1).requires_grad_()
    image = signed("image", n, 16, 16, 3)
    conditions = [signed(f"c{l}", n, 16 >> l, 16 >> l, k).requires_grad_() for l, k in enumerate(config.condition_channels)]
    t = torch.tensor([3, 200])
    prediction, error, iou = net(x, t, conditions, image)
    loss = (prediction * signed("g", n, 16, 16, 1)).mean()
    if quality:
        loss = loss + (error * signed("ge", n, 16, 16, 1)).mean() + (iou * torch.tensor([0.3, -0.7])).mean()
    loss.backward()
    out = {"prediction": last(prediction), "gradient.x": last(x.grad), "loss": loss.reshape(1)}
    if quality:
        out |= {"error": last(error), "iou": iou}
    out |= {f"gradient.c{l}": last(c.grad) for l, c in enumerate(conditions)}
    out |= {f"gradient.{name}": p.grad.contiguous() for name, p in net.named_parameters() if p.grad is not None}
    return {name: tensor.detach() for name, tensor in out.items()}


def main():
    folder = pathlib.Path(sys.argv[1])
    for modulation in ("residual", "text"):
        save_file(case(modulation, True), folder / f"uqdd-{modulation}.safetensors")
    save_file(case("residual", False), folder / "uqdd-plain.safetensors")
    # The same values; other gradients of the heads and what lies before them.
    save_file(case("text", True, True), folder / "uqdd-through.safetensors")
    full = UQDD(UQDDConfig())
    lines = [f"{name} {','.join(map(str, p.shape))}" for name, p in full.named_parameters()]
    (folder / "uqdd-keys.txt").write_text("\n".join(sorted(lines)) + "\n")


if __name__ == "__main__":
    main()
