"""Goldens of Segment Anything: what transformers' SamModel makes of a small network, stage by stage, gradients included.

python Scripts/goldens/segment_anything.py Tests/SegModelsTests/Goldens

Weights are hashes of the published names, images and prompts come from formulas, so that the file holds results only.
"""

import hashlib
import pathlib
import re
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import SamConfig, SamMaskDecoderConfig, SamModel, SamPromptEncoderConfig, SamVisionConfig

from backbones import uniform

SIDE, GRID = 96, 6
NECK = {"conv1": "0", "layer_norm1": "1", "conv2": "2", "layer_norm2": "3"}
MASKS = {"conv1": "0", "layer_norm1": "1", "conv2": "3", "layer_norm2": "4", "conv3": "6"}
UPSCALING = {"upscale_conv1": "0", "upscale_layer_norm": "1", "upscale_conv2": "3"}
LAYERS = {"proj_in": "layers.0", "layers.0": "layers.1", "proj_out": "layers.2"}


def published(name):
    """The name in the original files of a parameter of transformers."""
    name = name.replace("shared_image_embedding.positional_embedding", "prompt_encoder.shared_embedding.positional_embedding")
    name = name.replace("shared_embedding.positional_embedding", "pe_layer.positional_encoding_gaussian_matrix")
    name = re.sub(r"vision_encoder\.neck\.(\w+)", lambda m: "vision_encoder.neck." + NECK[m[1]], name)
    name = re.sub(r"mask_embed\.(\w+)", lambda m: "mask_downscaling." + MASKS[m[1]] if m[1] in MASKS else m[0], name)
    name = re.sub(r"mask_decoder\.(upscale_\w+)", lambda m: "mask_decoder.output_upscaling." + UPSCALING[m[1]], name)
    name = re.sub(
        r"(output_hypernetworks_mlps\.\d|iou_prediction_head)\.(proj_in|layers\.0|proj_out)",
        lambda m: f"{m[1]}.{LAYERS[m[2]]}", name)
    name = name.replace("layer_norm_final_attn", "norm_final_attn").replace("encoder.point_embed.", "encoder.point_embeddings.")
    name = name.replace("patch_embed.projection", "patch_embed.proj").replace("vision_encoder.layers", "vision_encoder.blocks")
    if "mask_decoder.transformer" in name or "blocks" in name:
        name = name.replace("layer_norm", "norm")
    return name.replace("vision_encoder", "image_encoder")


def value(name, shape):
    """A weight by its published name: strong positions and tables, so that none can be missed."""
    u = uniform(name, int(np.prod(shape)))
    if "rel_pos" in name or "gaussian" in name or name.endswith(("pos_embed", "embed.weight", "token.weight", "tokens.weight")) \
            or "point_embeddings" in name:
        values = 2 * u - 1
    elif len(shape) > 1:
        values = (2 * u - 1) * np.sqrt(3 / (u.size // shape[0]))
    elif name.endswith("weight"):
        values = 0.9 + 0.2 * u
    else:
        values = 0.2 * (u - 0.5)
    return torch.from_numpy(values.astype(np.float32)).reshape(tuple(shape))


def formula(name, shape):
    return torch.from_numpy((2 * uniform(name, int(np.prod(shape))) - 1).astype(np.float32)).reshape(shape)


PUBLISHED = {
    "base": dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, global_attn_indexes=[2, 5, 8, 11]),
    "large": dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, global_attn_indexes=[5, 11, 17, 23]),
    "huge": dict(hidden_size=1280, num_hidden_layers=32, num_attention_heads=16, global_attn_indexes=[7, 15, 23, 31]),
}


def listed(state):
    """One line a tensor, by its published name, sorted."""
    keys = {published(name): tuple(tensor.shape) for name, tensor in state.items()}
    return "\n".join(f"{key} {'x'.join(str(e) for e in shape)}" for key, shape in sorted(keys.items()))


def digests():
    """Number of tensors and SHA-256 of the list of names and shapes of the published networks."""
    lines = []
    for name, options in PUBLISHED.items():
        with torch.device("meta"):
            model = SamModel(SamConfig(vision_config=SamVisionConfig(mlp_dim=4 * options["hidden_size"], **options)))
        text = listed(model.state_dict())
        lines.append(f"{name} {len(text.splitlines())} {hashlib.sha256(text.encode()).hexdigest()}")
    return "\n".join(lines)


def main(folder):
    torch.manual_seed(0)
    vision = SamVisionConfig(
        hidden_size=32, output_channels=32, num_hidden_layers=3, num_attention_heads=2, image_size=SIDE, patch_size=16,
        window_size=4, global_attn_indexes=[1], mlp_dim=128, num_pos_feats=16, attn_implementation="eager")
    prompt = SamPromptEncoderConfig(hidden_size=32, image_size=SIDE, patch_size=16, mask_input_channels=16)
    decoder = SamMaskDecoderConfig(
        hidden_size=32, mlp_dim=64, num_attention_heads=4, iou_head_hidden_dim=24, layer_norm_eps=1e-5)
    model = SamModel(SamConfig(vision_config=vision, prompt_encoder_config=prompt, mask_decoder_config=decoder)).eval()
    state = model.state_dict()
    model.load_state_dict({name: value(published(name), tensor.shape) for name, tensor in state.items()})
    image = formula("image", (1, SIDE, SIDE, 3)).requires_grad_()
    map = model.vision_encoder(image.permute(0, 3, 1, 2)).last_hidden_state
    golden = {"map": map.permute(0, 2, 3, 1)}
    points = torch.tensor([[[[10.0, 20.0], [60.0, 40.0]]]])
    labels = torch.tensor([[[1, 0]]])
    box = torch.tensor([[[5.0, 8.0, 70.0, 50.0]]])
    mask = 4 * formula("mask", (1, 1, 4 * GRID, 4 * GRID))
    cases = {
        "points": dict(input_points=points, input_labels=labels), "box": dict(input_boxes=box),
        "both": dict(input_points=points, input_labels=labels, input_boxes=box),
        "mask": dict(input_points=points, input_labels=labels, input_masks=mask),
    }
    loss = 0
    for name, inputs in cases.items():
        for multimask in (False, True):
            out = model(image_embeddings=map, multimask_output=multimask, **inputs)
            key = f"{name}.{'three' if multimask else 'one'}"
            golden[f"{key}.masks"] = out.pred_masks[:, 0]
            golden[f"{key}.qualities"] = out.iou_scores[:, 0]
            loss = loss + (out.pred_masks * formula(key, tuple(out.pred_masks.shape))).mean() + out.iou_scores.sum()
    loss.backward()
    golden["gradient.image"] = image.grad
    wanted = ("attn.rel_pos_h", "attn.rel_pos_w", "attn.qkv.weight", "pos_embed", "mask_tokens.weight", "mask_downscaling.0.weight",
              "point_embeddings.1.weight", "output_upscaling.0.weight")
    for name, parameter in model.named_parameters():
        if published(name).endswith(wanted) and parameter.grad is not None:
            golden["gradient." + published(name)] = parameter.grad
    names = "\n".join(f"{name} {published(name)}" for name in sorted(state))
    metadata = {"keys": listed(state), "transformers": names, "published": digests()}
    save_file({key: tensor.detach().contiguous().clone() for key, tensor in golden.items()}, folder / "sam-small.safetensors", metadata)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
