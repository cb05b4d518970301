"""Goldens of DINOv2, DINOv3 and Swin: what transformers, timm and torchvision make of weights and images that both sides have.

python Scripts/goldens/transformer_backbones.py Tests/SegModelsTests/Goldens

Weights are hashes of the names that a published file has, so that a golden holds results, the list of these names (metadata `keys`)
and nothing else. Meta's own code is not a package: its names are converted to transformers' modules here, and its way to resize
positions is written with `torch.nn.functional.interpolate`. Requirements: requirements.txt beside this file.
"""

import functools
import pathlib
import re
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from backbones import formula_images, loss_of, preprocess, uniform
from torchvision_import import import_torchvision

models = import_torchvision().models

from timm.models.swin_transformer import SwinTransformer as TimmSwin  # noqa: E402
from transformers import Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel  # noqa: E402
from transformers import DINOv3ViTConfig, DINOv3ViTModel  # noqa: E402

SCALES = ("gamma", "lambda1")
TOKENS = ("pos_embed", "position_embeddings", "cls_token", "register_tokens", "storage_tokens")
WIDTH, DEPTH, HEADS = 32, 4, 4


def value(name, shape):
    """A weight by its published name: strong tokens, tables and layer scales, so that none can be missed."""
    u = uniform(name, int(np.prod(shape)))
    if name.endswith(SCALES):
        values = 0.5 + u
    elif name.endswith(TOKENS):
        values = u - 0.5
    elif name.endswith("bias_table"):
        values = 2 * u - 1
    elif len(shape) > 1:
        values = (2 * u - 1) * np.sqrt(3 / (u.size // shape[0]))
    elif name.endswith("weight"):
        values = 0.9 + 0.2 * u
    else:
        values = 0.2 * (u - 0.5)
    return torch.from_numpy(values.astype(np.float32)).reshape(tuple(shape))


def save(folder, name, keys, maps, gradients=None, logits=None):
    golden = {f"level{index}": map for index, map in enumerate(maps)}
    golden |= {"gradient." + key: tensor for key, tensor in (gradients or {}).items()}
    if logits is not None:
        golden["logits"] = logits
    metadata = {"keys": "\n".join(f"{key} {'x'.join(map(str, shape))}" for key, shape in keys.items())}
    tensors = {key: tensor.detach().contiguous().clone() for key, tensor in golden.items()}
    save_file(tensors, folder / f"backbone-{name}.safetensors", metadata)


# DINO: every block's map, the last one normalised, too.


def dino_maps(model, blocks, norm, leading, x, size):
    outputs = []
    hooks = [
        block.register_forward_hook(lambda module, inputs, output: outputs.append(output[0] if isinstance(output, tuple) else output))
        for block in blocks
    ]
    model(x)
    for hook in hooks:
        hook.remove()
    outputs.append(norm(outputs[-1]))
    return [output[:, leading:].reshape(output.shape[0], *size, -1) for output in outputs]


def dino_loss(maps):
    return loss_of([map.permute(0, 3, 1, 2) for map in maps])


def fill_native(model, published):
    """Weights by the names that `published` gives to the model's own; returns these names."""
    keys, state = {}, {}
    for name, tensor in model.state_dict().items():
        key = published(name)
        keys[key] = tuple(tensor.shape)
        state[name] = value(key, tensor.shape)
    model.load_state_dict(state)
    return keys


def transformers_4(name):
    """What published files call the parts of DINOv2 that transformers 5 renamed."""
    name = re.sub(r"attention\.([qkv])_proj", lambda m: "attention.attention." + {"q": "query", "k": "key", "v": "value"}[m[1]], name)
    return name.replace("attention.o_proj", "attention.output.dense")


META = {
    "embeddings.cls_token": "cls_token",
    "embeddings.mask_token": "mask_token",
    "embeddings.position_embeddings": "pos_embed",
    "embeddings.patch_embeddings.projection": "patch_embed.proj",
    "embeddings.patch_embeddings": "patch_embed.proj",
    "layernorm": "norm",
    "attention.o_proj": "attn.proj",
    "layer_scale1.lambda1": "ls1.gamma",
    "layer_scale2.lambda1": "ls2.gamma",
}


def meta_name(name, registers, plain_mlp):
    name = re.sub(r"^(encoder\.|model\.)?layer\.", "blocks.", name)
    name = name.replace("embeddings.register_tokens", registers)
    for old, new in META.items():
        name = name.replace(old, new)
    if plain_mlp:
        name = name.replace("mlp.up_proj", "mlp.fc1").replace("mlp.down_proj", "mlp.fc2")
    return name


def fill_meta(model, registers, joined_gate, plain_mlp, mask_shape):
    """Weights by Meta's names, whose joint projections are taken apart; returns the names and a function for gradients."""
    joints = {"q_proj": "attn.qkv", "k_proj": "attn.qkv", "v_proj": "attn.qkv"}
    gate = ["gate_proj", "up_proj"]
    keys, state, parts = {}, {}, {}
    own = model.state_dict()
    for name, tensor in own.items():
        match = re.search(r"attention\.([qkv])_proj\.(weight|bias)$", name)
        gated = re.search(r"mlp\.(gate|up)_proj\.(weight|bias)$", name) if not plain_mlp else None
        if match:
            key = meta_name(name[: match.start()], registers, plain_mlp) + f"attn.qkv.{match[2]}"
            keys[key] = (3 * WIDTH, *tensor.shape[1:])
            index = "qkv".index(match[1])
            state[name] = value(key, keys[key])[index * WIDTH : (index + 1) * WIDTH]
            parts.setdefault(key, {})[index] = name
        elif gated and joined_gate:
            key = meta_name(name[: gated.start()], registers, plain_mlp) + f"mlp.w12.{gated[2]}"
            rows = tensor.shape[0]
            keys[key] = (2 * rows, *tensor.shape[1:])
            index = ("gate", "up").index(gated[1])
            state[name] = value(key, keys[key])[index * rows : (index + 1) * rows]
            parts.setdefault(key, {})[index] = name
        else:
            key = meta_name(name, registers, plain_mlp)
            if not plain_mlp:
                for old, new in (("gate_proj", "w1"), ("up_proj", "w2"), ("down_proj", "w3")):
                    key = key.replace("mlp." + old, "mlp." + new)
            keys[key] = mask_shape if key == "mask_token" else tuple(tensor.shape)
            state[name] = value(key, keys[key]).reshape(tensor.shape)
            parts[key] = {0: name}
    model.load_state_dict(state)

    def gradient(key):
        parameters = dict(model.named_parameters())
        found = {index: parameters[name].grad for index, name in parts[key].items()}
        if "attn.qkv" in key:
            zeros = torch.zeros_like(found[0])
            return torch.cat([found.get(index, zeros) for index in range(3)])
        return torch.cat([found[index] for index in sorted(found)])

    return keys, gradient


def meta_positions(offset, antialias):
    """Meta's `interpolate_pos_encoding` of DINOv2."""

    def resize(self, embeddings, height, width):
        table = self.position_embeddings
        side = int((table.shape[1] - 1) ** 0.5)
        rows, columns = height // 14, width // 14
        if rows * columns == side * side and height == width:
            return table
        options = {"scale_factor": ((rows + offset) / side, (columns + offset) / side)} if offset else {"size": (rows, columns)}
        grid = table[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
        grid = F.interpolate(grid, mode="bicubic", antialias=antialias, **options)
        assert grid.shape[2:] == (rows, columns)
        return torch.cat([table[:, :1], grid.permute(0, 2, 3, 1).reshape(1, rows * columns, -1)], dim=1)

    return resize


def dinov2(registers=False, grid=8, swiglu=False, depth=DEPTH):
    options = dict(
        hidden_size=WIDTH, num_hidden_layers=depth, num_attention_heads=HEADS, image_size=14 * grid, patch_size=14,
        use_swiglu_ffn=swiglu, attn_implementation="eager")
    if registers:
        return Dinov2WithRegistersModel(Dinov2WithRegistersConfig(num_register_tokens=3, **options)).eval()
    return Dinov2Model(Dinov2Config(**options)).eval()


def dinov3(gated=False):
    config = DINOv3ViTConfig(
        hidden_size=WIDTH, num_hidden_layers=DEPTH, num_attention_heads=HEADS, intermediate_size=48 if gated else 4 * WIDTH,
        num_register_tokens=3, use_gated_mlp=gated, hidden_act="silu" if gated else "gelu", attn_implementation="eager")
    return DINOv3ViTModel(config).eval()


def dino_case(folder, name, model, size, keys, gradient=None, wanted=()):
    patch = model.config.patch_size
    grid = (size[1] // patch, size[2] // patch)
    v2 = hasattr(model, "layernorm")
    blocks, norm = (model.encoder.layer, model.layernorm) if v2 else (model.model.layer, model.norm)
    leading = 1 + getattr(model.config, "num_register_tokens", 0)
    maps = dino_maps(model, blocks, norm, leading, preprocess(formula_images(*size), "torchvision"), grid)
    gradients = {}
    if gradient:
        dino_loss(maps).backward()
        gradients = {key: gradient(key) for key in wanted}
    save(folder, name, keys, maps, gradients)


def dino_cases(folder):
    model = dinov2(grid=4)
    dino_case(folder, "dinov2-hf4", model, (2, 70, 98), fill_native(model, transformers_4))
    model = dinov2(grid=4)
    dino_case(folder, "dinov2-hf5", model, (1, 70, 42), fill_native(model, lambda name: name))
    model = dinov2(registers=True)
    dino_case(folder, "dinov2-registers-hf4", model, (1, 70, 98), fill_native(model, transformers_4))
    wanted = [
        "cls_token", "pos_embed", "patch_embed.proj.weight", "blocks.1.norm1.weight", "blocks.1.attn.qkv.weight",
        "blocks.1.attn.qkv.bias", "blocks.1.attn.proj.bias", "blocks.1.ls1.gamma", "blocks.1.mlp.fc1.weight", "blocks.1.ls2.gamma",
    ]
    model = dinov2()
    model.embeddings.interpolate_pos_encoding = functools.partial(meta_positions(0.1, False), model.embeddings)
    keys, gradient = fill_meta(model, "register_tokens", True, False, (1, WIDTH))
    dino_case(folder, "dinov2-meta", model, (1, 70, 140), keys, gradient, wanted)
    model = dinov2(registers=True)
    model.embeddings.interpolate_pos_encoding = functools.partial(meta_positions(0.0, True), model.embeddings)
    keys, gradient = fill_meta(model, "register_tokens", True, False, (1, WIDTH))
    dino_case(folder, "dinov2-registers-meta", model, (1, 56, 140), keys, gradient, ["register_tokens", "pos_embed"])
    model = dinov2(swiglu=True, depth=3)
    keys, gradient = fill_meta(model, "register_tokens", True, False, (1, WIDTH))
    dino_case(folder, "dinov2-gated-meta", model, (1, 112, 112), keys, gradient, ["blocks.1.mlp.w12.weight", "blocks.1.mlp.w3.bias"])

    wanted = ["storage_tokens"] + [key for key in wanted if key != "pos_embed"]
    model = dinov3()
    dino_case(folder, "dinov3-hf4", model, (2, 80, 112), fill_native(model, lambda name: name.removeprefix("model.")))
    model = dinov3()
    dino_case(folder, "dinov3-hf5", model, (1, 48, 80), fill_native(model, lambda name: name))
    model = dinov3(gated=True)
    dino_case(folder, "dinov3-gated-hf4", model, (1, 48, 80), fill_native(model, lambda name: name.removeprefix("model.")))
    model = dinov3()
    keys, gradient = fill_meta(model, "storage_tokens", False, True, (1, WIDTH))
    keys |= {"rope_embed.periods": (WIDTH // HEADS // 4,)}
    keys |= {f"blocks.{i}.attn.qkv.bias_mask": (3 * WIDTH,) for i in range(DEPTH)}
    dino_case(folder, "dinov3-meta", model, (1, 96, 64), keys, gradient, wanted)
    model = dinov3(gated=True)
    keys, gradient = fill_meta(model, "storage_tokens", False, False, (1, WIDTH))
    keys |= {"rope_embed.periods": (WIDTH // HEADS // 4,)}
    dino_case(folder, "dinov3-gated-meta", model, (1, 48, 64), keys, gradient, [])


# Swin: every block's map, the last one normalised, the classifier.


def fill_swin(model, published=lambda name: name):
    keys, state = {}, {}
    for name, tensor in model.state_dict().items():
        key = published(name)
        keys[key] = tuple(tensor.shape)
        state[name] = tensor if name.endswith("relative_position_index") else value(key, tensor.shape)
    model.load_state_dict(state)
    return keys


def swin_case(folder, name, model, blocks, norm, size, keys, wanted):
    outputs = []
    hooks = [module.register_forward_hook(lambda module, inputs, output: outputs.append(output)) for module in blocks + [norm]]
    logits = model(preprocess(formula_images(*size), "torchvision"))
    for hook in hooks:
        hook.remove()
    gradients = {}
    if wanted:
        loss_of([map.permute(0, 3, 1, 2) for map in outputs]).backward()
        parameters = dict(model.named_parameters())
        gradients = {key: parameters[own].grad for key, own in wanted.items()}
    save(folder, name, keys, outputs, gradients, logits)


def swin_cases(folder):
    model = models.swin_transformer.SwinTransformer(
        [4, 4], 16, [2, 2, 2], [2, 4, 4], [4, 4], num_classes=5, stochastic_depth_prob=0).eval()
    blocks = [block for stage in (1, 3, 5) for block in model.features[stage]]
    wanted = {
        "patch_embed.proj.weight": "features.0.0.weight",
        "layers.0.blocks.1.attn.relative_position_bias_table": "features.1.1.attn.relative_position_bias_table",
        "layers.0.blocks.1.attn.qkv.weight": "features.1.1.attn.qkv.weight",
        "layers.0.blocks.1.mlp.fc1.bias": "features.1.1.mlp.0.bias",
        "layers.0.downsample.reduction.weight": "features.2.reduction.weight",
    }
    swin_case(folder, "swin-torchvision", model, blocks, model.norm, (1, 52, 60), fill_swin(model), wanted)

    def timm(size, window):
        model = TimmSwin(
            img_size=size, patch_size=4, embed_dim=16, depths=(2, 2, 2), num_heads=(2, 4, 4), window_size=window, num_classes=5)
        return model.eval(), [block for layer in model.layers for block in layer.blocks]

    model, blocks = timm((52, 60), 3)
    wanted = {
        key: key for key in ("layers.1.blocks.1.attn.relative_position_bias_table", "layers.1.blocks.1.attn.proj.weight", "norm.bias")
    }
    swin_case(folder, "swin-timm", model, blocks, model.norm, (1, 52, 60), fill_swin(model), wanted)

    model, blocks = timm((64, 96), 4)
    keys = fill_swin(model, microsoft_name)
    keys |= {f"layers.{s}.blocks.{b}.attn.relative_position_index": (16, 16) for s in range(3) for b in range(2)}
    keys |= {"layers.0.blocks.1.attn_mask": (24, 16, 16)}
    swin_case(folder, "swin-microsoft", model, blocks, model.norm, (2, 64, 96), keys, {})


# The names and shapes of the published files, at full size.


def published_files():
    """Name of the preset and the file's tensors. Meta's names follow from transformers' modules, Microsoft's from timm's."""
    with torch.device("meta"):
        for name in ("swin_t", "swin_b"):
            yield f"{name}-torchvision", shapes(getattr(models, name)())
        for name, window, size in (("swin_b-microsoft", 7, 224), ("swin_b-window12-microsoft", 12, 384)):
            options = dict(img_size=size, embed_dim=128, depths=(2, 2, 18, 2), num_heads=(4, 8, 16, 32), window_size=window)
            keys = shapes(TimmSwin(**options))
            yield name, keys
            yield name, {microsoft_name(key): shape for key, shape in keys.items()}
        for size, width, depth, heads in (("vits14", 384, 12, 6), ("vitb14", 768, 12, 12), ("vitl14", 1024, 24, 16)):
            options = dict(hidden_size=width, num_hidden_layers=depth, num_attention_heads=heads, image_size=518, patch_size=14)
            keys = shapes(Dinov2Model(Dinov2Config(**options)))
            yield f"dinov2-{size}", {transformers_4(key): shape for key, shape in keys.items()}
            yield f"dinov2-{size}", meta_shapes(keys, "register_tokens", width, False)
            keys = shapes(Dinov2WithRegistersModel(Dinov2WithRegistersConfig(num_register_tokens=4, **options)))
            yield f"dinov2-{size}-registers", {transformers_4(key): shape for key, shape in keys.items()}
            yield f"dinov2-{size}-registers", meta_shapes(keys, "register_tokens", width, False)
        for size, width, depth, heads in (("vits16", 384, 12, 6), ("vitb16", 768, 12, 12), ("vitl16", 1024, 24, 16)):
            config = DINOv3ViTConfig(
                hidden_size=width, num_hidden_layers=depth, num_attention_heads=heads, intermediate_size=4 * width, num_register_tokens=4)
            keys = shapes(DINOv3ViTModel(config))
            yield f"dinov3-{size}", {key.removeprefix("model."): shape for key, shape in keys.items()}
            meta = meta_shapes(keys, "storage_tokens", width, True)
            meta |= {f"blocks.{i}.attn.qkv.bias_mask": (3 * width,) for i in range(depth)}
            yield f"dinov3-{size}", meta | {"rope_embed.periods": (16,), "mask_token": (1, width)}


def shapes(model):
    return {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}


def microsoft_name(name):
    name = re.sub(r"layers\.(\d)\.downsample", lambda m: f"layers.{int(m[1]) - 1}.downsample", name)
    return name.replace("head.fc", "head")


def meta_shapes(keys, registers, width, plain_mlp):
    result = {}
    for name, shape in keys.items():
        match = re.search(r"attention\.[qkv]_proj\.(weight|bias)$", name)
        if match:
            result[meta_name(name[: match.start()], registers, plain_mlp) + f"attn.qkv.{match[1]}"] = (3 * width, *shape[1:])
        else:
            result[meta_name(name, registers, plain_mlp)] = shape
    return result


def published_keys(folder):
    """One line a name; `[12]` stands for the numbers 0 to 11 where all their shapes are the same."""
    lines = []
    for preset, keys in published_files():
        lines.append(f"# {preset}")
        groups = {}
        for key, shape in keys.items():
            match = re.search(r"((?:layer|blocks|features\.\d)\.)(\d+)\.", key)
            pattern = f"{key[: match.start(2)]}[]{key[match.end(2) :]}" if match else key
            groups.setdefault((pattern, shape), []).append(int(match[2]) if match else -1)
        for (pattern, shape), numbers in groups.items():
            text = "x".join(map(str, shape))
            if numbers == list(range(len(numbers))):
                lines.append(f"{pattern.replace('[]', f'[{len(numbers)}]')} {text}")
            else:
                lines += [f"{pattern.replace('[]', str(number))} {text}" for number in numbers]
    (folder / "backbone-published-keys.txt").write_text("\n".join(lines) + "\n")


def main():
    torch.manual_seed(0)
    torch.set_num_threads(2)
    folder = pathlib.Path(sys.argv[1])
    dino_cases(folder)
    swin_cases(folder)
    published_keys(folder)


if __name__ == "__main__":
    main()
