"""Goldens of Segment Anything: what transformers' SamModel makes of a small network, stage by stage, gradients included; what
MobileSAM's package makes of a small TinyViT; and the automatic masks of Segment Anything as MobileSAM ships it.

python Scripts/goldens/segment_anything.py Tests/SegModelsTests/Goldens

Needs MobileSAM's package beside the others (requirements.txt). Weights are hashes of the published names,
images and prompts come from formulas, so that the files hold results only.
"""

import hashlib
import pathlib
import re
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import SamConfig, SamMaskDecoderConfig, SamModel, SamPromptEncoderConfig, SamVisionConfig

from backbones import formula_images, uniform

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
    strong = ("rel_pos", "gaussian", "attention_biases", "point_embeddings")
    tokens = ("pos_embed", "embed.weight", "token.weight", "tokens.weight")
    if any(part in name for part in strong) or name.endswith(tokens):
        values = 2 * u - 1
    elif len(shape) > 1:
        values = (2 * u - 1) * np.sqrt(3 / (u.size // shape[0]))
    elif name.endswith("running_var"):
        values = 0.5 + u
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


def listed(state, name_of=published):
    """One line a tensor, by its published name, sorted."""
    keys = {name_of(name): tuple(tensor.shape) for name, tensor in state.items()}
    return "\n".join(f"{key} {'x'.join(str(e) for e in shape)}" for key, shape in sorted(keys.items()))


def needed(state):
    """The tensors of a MobileSAM that masks depend on: without the classifier, and the counters of training."""
    if isinstance(state, torch.nn.Module):
        state = state.state_dict()
    unused = ("num_batches_tracked", "norm_head.weight", "norm_head.bias", "encoder.head.weight", "encoder.head.bias")
    return {name: tensor for name, tensor in state.items() if not name.endswith(unused)}


def digests():
    """Number of tensors and SHA-256 of the list of names and shapes of the published networks."""
    lines = []
    for name, options in PUBLISHED.items():
        with torch.device("meta"):
            model = SamModel(SamConfig(vision_config=SamVisionConfig(mlp_dim=4 * options["hidden_size"], **options)))
        text = listed(model.state_dict())
        lines.append(f"{name} {len(text.splitlines())} {hashlib.sha256(text.encode()).hexdigest()}")
    from mobile_sam import sam_model_registry
    text = listed(needed(sam_model_registry["vit_t"]()), name_of=str)
    lines.append(f"mobile {len(text.splitlines())} {hashlib.sha256(text.encode()).hexdigest()}")
    return "\n".join(lines)


def small_model():
    """The small network with its weights, and the names of transformers."""
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
    return model, state


def processing():
    """From photos to logits of their size, through the processor: one photo smaller and one larger than the square, both wider
    than tall, so that every release of Pillow resizes them alike."""
    from transformers import SamProcessor
    from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil
    processor = SamProcessor(SamImageProcessorPil(
        size={"longest_edge": SIDE}, pad_size={"height": SIDE, "width": SIDE}, mask_size={"longest_edge": 4 * GRID},
        mask_pad_size={"height": 4 * GRID, "width": 4 * GRID}))
    model, _ = small_model()
    golden = {}
    for name, (height, width) in {"small": (50, 70), "large": (90, 150)}.items():
        photo = formula_images(1, height, width)[0].numpy()
        boxes = [[[0.1 * width, 0.2 * height, 0.7 * width, 0.9 * height]]]
        inputs = processor(photo, input_points=[[[0.3 * width, 0.4 * height]]], input_labels=[[1]], input_boxes=boxes,
                           return_tensors="pt")
        with torch.no_grad():
            pixels = inputs["pixel_values"].float()
            map = model.vision_encoder(pixels).last_hidden_state
            out = model(
                image_embeddings=map, input_points=inputs["input_points"].float(), input_labels=inputs["input_labels"],
                input_boxes=inputs["input_boxes"].float(), multimask_output=True)
        masks = processor.image_processor.post_process_masks(
            out.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"], binarize=False,
            pad_size={"height": SIDE, "width": SIDE})[0]
        golden[f"{name}.map"] = map.permute(0, 2, 3, 1)
        golden[f"{name}.qualities"] = out.iou_scores[:, 0]
        # The first in full, of the others every seventh value.
        golden[f"{name}.logits"] = masks[0, 0]
        golden[f"{name}.others"] = masks[0, 1:].flatten()[::7]
    return golden


def mobile():
    """TinyViT as MobileSAM's package makes it, whose last stage has to have 320 channels and whose neck has 256: windows that divide
    no map, one that divides it, and one that is the map."""
    from mobile_sam.modeling.tiny_vit_sam import TinyViT
    encoder = TinyViT(
        img_size=SIDE, embed_dims=[16, 24, 32, 320], depths=[1, 2, 1, 1], num_heads=[1, 2, 4, 10], window_sizes=[1, 5, 3, GRID],
        drop_path_rate=0.0)
    state = {"image_encoder." + name: tensor for name, tensor in encoder.state_dict().items()}
    kept = needed(state)
    encoder.load_state_dict(
        {name.removeprefix("image_encoder."): value(name, tensor.shape) for name, tensor in kept.items()}, strict=False)
    encoder.eval()
    for module in encoder.modules():
        # Its biases are a stored copy in evaluation, to which no gradient would flow.
        if hasattr(module, "attention_biases"):
            module.training = True
    image = formula("image", (1, SIDE, SIDE, 3)).requires_grad_()
    x = encoder.patch_embed(image.permute(0, 3, 1, 2))
    for layer in encoder.layers:
        x = layer(x)
    # The package's own end is written for maps of 64x64 alone.
    map = encoder.neck(x.transpose(1, 2).reshape(1, -1, GRID, GRID)).permute(0, 2, 3, 1)
    (map * formula("loss", tuple(map.shape))).mean().backward()
    golden = {"map": map, "gradient.image": image.grad}
    wanted = ("attention_biases", "layers.1.blocks.1.attn.qkv.weight", "local_conv.c.weight", "layers.1.blocks.0.mlp.fc1.weight",
              "seq.0.c.weight", "seq.2.bn.weight", "layers.0.blocks.0.conv3.bn.bias", "layers.1.downsample.conv2.c.weight")
    for name, parameter in encoder.named_parameters():
        if name.endswith(wanted):
            golden["gradient.image_encoder." + name] = parameter.grad
    return golden, {"keys": listed(kept, name_of=str)}


def small_package_model():
    """The small network of Meta's package."""
    from functools import partial
    from mobile_sam.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer
    encoder = ImageEncoderViT(
        depth=3, embed_dim=32, img_size=SIDE, mlp_ratio=4, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6), num_heads=2,
        patch_size=16, qkv_bias=True, use_rel_pos=True, global_attn_indexes=[1], window_size=4, out_chans=32)
    prompts = PromptEncoder(embed_dim=32, image_embedding_size=(GRID, GRID), input_image_size=(SIDE, SIDE), mask_in_chans=16)
    transformer = TwoWayTransformer(depth=2, embedding_dim=32, mlp_dim=64, num_heads=4)
    decoder = MaskDecoder(num_multimask_outputs=3, transformer=transformer, transformer_dim=32, iou_head_hidden_dim=24)
    sam = Sam(encoder, prompts, decoder, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]).eval()
    sam.load_state_dict({name: value(name, tensor.shape) for name, tensor in sam.state_dict().items()})
    # Biases for masks that are neither empty nor the whole photo, and IoUs above zero: a channel that is the same everywhere, and
    # what every mask takes of it.
    with torch.no_grad():
        decoder.output_upscaling[3].bias[0] += 3
        for mask, shift in enumerate(SHIFTS):
            decoder.output_hypernetworks_mlps[1 + mask].layers[2].bias[0] += shift
        decoder.iou_prediction_head.layers[2].bias += 1
    return sam


SHIFTS = (0.25, 0.05, -0.9)
# Lie where no value of the small network is near.
THRESHOLDS = dict(
    pred_iou_thresh=0.5, stability_score_thresh=0.1, stability_score_offset=0.05, box_nms_thresh=0.8, crop_nms_thresh=0.6)
AUTOMATIC = {
    "plain": (90, 150, dict(points_per_side=6)),
    "crops": (240, 300, dict(points_per_side=8, crop_n_layers=2, crop_n_points_downscale_factor=2)),
    "clean": (90, 150, dict(points_per_side=6, min_mask_region_area=5)),
}


def automatic():
    """The masks of SamAutomaticMaskGenerator, eight pixels a byte, and their numbers."""
    from mobile_sam import SamAutomaticMaskGenerator
    sam, golden = small_package_model(), {}
    for name, (height, width, options) in AUTOMATIC.items():
        photo = formula_images(1, height, width)[0].numpy()
        found = SamAutomaticMaskGenerator(sam, points_per_batch=10, **THRESHOLDS, **options).generate(photo)
        golden[f"{name}.masks"] = torch.stack([torch.from_numpy(np.packbits(one["segmentation"])) for one in found])
        golden[f"{name}.numbers"] = torch.tensor([
            [one["predicted_iou"], one["stability_score"], *one["bbox"], *one["point_coords"][0], *one["crop_box"]]
            for one in found])
    return golden


def main(folder):
    model, state = small_model()
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
    golden = {
        "sam-small": (golden, metadata), "sam-processing": (processing(), None), "sam-mobile": mobile(),
        "sam-automatic": (automatic(), None)}
    for name, (tensors, metadata) in golden.items():
        tensors = {key: tensor.detach().contiguous().clone() for key, tensor in tensors.items()}
        save_file(tensors, folder / f"{name}.safetensors", metadata)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
