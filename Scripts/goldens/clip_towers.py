"""Goldens of CLIP's towers: OpenAI's package, small and with weights and images that both sides make from formulas.

python Scripts/goldens/clip_towers.py Tests/SegModelsTests/Goldens

Positions of other grids are interpolated as Hugging Face's model does it, which is compared here with OpenAI's after the names
were mapped; its names go into clip-names.txt. Dense features follow MaskCLIP (mmseg/models/backbones/vit.py and
maskclip_head.py of its release): the last block without attention, and the variants of later papers. Requirements:
requirements.txt beside this file.
"""

import hashlib
import pathlib
import sys
import types

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from backbones import formula_images, formula_tensor, uniform

sys.modules.setdefault("pkg_resources", types.SimpleNamespace(packaging=__import__("packaging")))
import packaging.version  # noqa: E402,F401
from clip import model as clip_model  # noqa: E402

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
TEXTS = [[598, 5, 17, 300, 42, 599], [598, 511, 599], [598, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 599]]
# Of matrices every 16th row, so that the files stay small.
ROWS = 16


def fill(model):
    state = {
        name: formula_tensor(name, tensor.shape)
        for name, tensor in model.state_dict().items()
        if not name.endswith("num_batches_tracked") and tensor.dim() > 0
    }
    model.load_state_dict(state, strict=False)
    return model.eval()


def pixels(images):
    x = images.float().permute(0, 3, 1, 2) / 255
    return (x - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)


def last(x):
    """Channels last."""
    return x.permute(0, 2, 3, 1)


def positions(table, grid):
    side = round((table.shape[0] - 1) ** 0.5)
    if grid == (side, side):
        return table
    learned = table[1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    places = F.interpolate(learned, size=grid, mode="bicubic", align_corners=False)
    return torch.cat([table[:1], places.permute(0, 2, 3, 1).flatten(0, 2)])


def vit_tokens(visual, x):
    map = visual.conv1(x)
    grid = tuple(map.shape[2:])
    tokens = map.flatten(2).transpose(1, 2)
    first = visual.class_embedding.expand(x.shape[0], 1, -1)
    return visual.ln_pre(torch.cat([first, tokens], 1) + positions(visual.positional_embedding, grid)), grid


def run(block, x):
    return block(x.transpose(0, 1)).transpose(0, 1)


def places(x, grid):
    return x[:, 1:].reshape(x.shape[0], *grid, -1)


def dense_block(block, x, pairing, residual, feed_forward):
    """The last block on the way to dense features."""
    attention, heads = block.attn, block.attn.num_heads
    parts = F.linear(block.ln_1(x), attention.in_proj_weight, attention.in_proj_bias).chunk(3, -1)
    q, k, v = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in parts)
    left, right = {"query-query": (q, q), "key-key": (k, k), "value-value": (v, v), "identity": (None, None)}[pairing]
    mixed = v if left is None else F.scaled_dot_product_attention(left, right, v)
    y = attention.out_proj(mixed.transpose(1, 2).flatten(2))
    if residual:
        y = y + x
    return y + block.mlp(block.ln_2(y)) if feed_forward else y


PATHS = [("identity", True, True), ("identity", False, False), ("query-query", True, False), ("key-key", False, True),
         ("value-value", True, True)]


def vit_outputs(model, images):
    visual = model.visual
    x, grid = vit_tokens(visual, pixels(images))
    outputs, before = {}, None
    for index, block in enumerate(visual.transformer.resblocks):
        before, x = x, run(block, x)
        outputs[f"level{index}"] = places(x, grid)
    outputs["output"] = visual.ln_post(x[:, 0]) @ visual.proj
    for number, path in enumerate(PATHS):
        y = dense_block(visual.transformer.resblocks[-1], before, *path)
        outputs[f"dense{number}"] = places(visual.ln_post(y) @ visual.proj, grid)
    return outputs


def resnet_outputs(model, images, taps):
    visual, outputs = model.visual, {}
    x = pixels(images)
    for number in "123":
        x = F.relu(getattr(visual, f"bn{number}")(getattr(visual, f"conv{number}")(x)))
    x = visual.avgpool(x)
    for layer in range(1, 5):
        for index, block in enumerate(getattr(visual, f"layer{layer}")):
            x = block(x)
            if f"layer{layer}.{index}" in taps:
                outputs[f"level{len(outputs)}"] = last(x)
    pool = visual.attnpool
    learned = pool.positional_embedding
    pool.positional_embedding = torch.nn.Parameter(positions(learned, tuple(x.shape[2:])))
    outputs["output"] = pool(x)
    pool.positional_embedding = learned
    outputs["dense0"] = F.linear(F.linear(last(x), pool.v_proj.weight, pool.v_proj.bias), pool.c_proj.weight, pool.c_proj.bias)
    return outputs


def text_output(model, sequences):
    context = model.positional_embedding.shape[0]
    ids = torch.tensor([ids + [0] * (context - len(ids)) for ids in sequences])
    return model.encode_text(ids)


def loss(tensors):
    """The mean of every tensor's elements, weighed so that no gradient cancels, summed."""
    total = 0
    for index, tensor in enumerate(tensors):
        weights = torch.from_numpy(uniform(f"loss{index}", tensor.numel()) - 0.5).float().reshape(tensor.shape)
        total = total + (tensor * weights).mean()
    return total


def gradients(model, outputs, names):
    model.zero_grad()
    loss(outputs).backward()
    found = dict(model.named_parameters())
    result = {}
    for name in names:
        gradient = found[name].grad
        result["gradient." + name] = (gradient[::ROWS] if gradient.dim() > 1 else gradient).contiguous()
    return result


def save(folder, name, tensors):
    save_file({k: v.detach().contiguous().float() for k, v in tensors.items()}, str(folder / f"clip-{name}.safetensors"))
    print(f"{name}: {len(tensors)} tensors, {(folder / f'clip-{name}.safetensors').stat().st_size} bytes")


def hugging_face(state, width, layers, dimension, text_width, text_layers):
    """Hugging Face's model with the same weights, by a table of names of its own."""
    from transformers import CLIPConfig, CLIPModel

    config = CLIPConfig(
        text_config=dict(vocab_size=600, hidden_size=text_width, intermediate_size=4 * text_width, num_hidden_layers=text_layers,
                         num_attention_heads=text_width // 64, max_position_embeddings=20, hidden_act="quick_gelu",
                         eos_token_id=599, bos_token_id=598, pad_token_id=0),
        vision_config=dict(hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
                           num_attention_heads=width // 64, image_size=64, patch_size=16, hidden_act="quick_gelu"),
        projection_dim=dimension, attn_implementation="eager")
    model = CLIPModel(config).eval()
    table = {}
    for prefix, own in (("text_model", "transformer"), ("vision_model", "visual.transformer")):
        for layer in range(text_layers if own == "transformer" else layers):
            old, new = f"{own}.resblocks.{layer}", f"{prefix}.encoder.layers.{layer}"
            for kind in ("weight", "bias"):
                for part, value in zip("qkv", state[f"{old}.attn.in_proj_{kind}"].chunk(3)):
                    table[f"{new}.self_attn.{part}_proj.{kind}"] = value
                for a, b in (("attn.out_proj", "self_attn.out_proj"), ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"),
                             ("mlp.c_fc", "mlp.fc1"), ("mlp.c_proj", "mlp.fc2")):
                    table[f"{new}.{b}.{kind}"] = state[f"{old}.{a}.{kind}"]
    for kind in ("weight", "bias"):
        table[f"vision_model.pre_layrnorm.{kind}"] = state[f"visual.ln_pre.{kind}"]
        table[f"vision_model.post_layernorm.{kind}"] = state[f"visual.ln_post.{kind}"]
        table[f"text_model.final_layer_norm.{kind}"] = state[f"ln_final.{kind}"]
    table |= {
        "vision_model.embeddings.class_embedding": state["visual.class_embedding"],
        "vision_model.embeddings.position_embedding.weight": state["visual.positional_embedding"],
        "vision_model.embeddings.patch_embedding.weight": state["visual.conv1.weight"],
        "text_model.embeddings.token_embedding.weight": state["token_embedding.weight"],
        "text_model.embeddings.position_embedding.weight": state["positional_embedding"],
        "visual_projection.weight": state["visual.proj"].T, "text_projection.weight": state["text_projection"].T,
        "logit_scale": state["logit_scale"],
    }
    report = model.load_state_dict(table, strict=False)
    assert not report.unexpected_keys and all(key.endswith("position_ids") for key in report.missing_keys), report
    return model


def vit(folder, names):
    torch.manual_seed(0)
    model = fill(clip_model.CLIP(24, 64, 3, 128, 16, 20, 600, 64, 1, 2).float())
    images = formula_images(2, 64, 96)
    outputs = vit_outputs(model, images)
    square = formula_images(1, 64, 64)
    original = model.visual(pixels(square))
    assert torch.allclose(vit_outputs(model, square)["output"], original, rtol=1e-5, atol=1e-6)
    outputs["text"] = text_output(model, TEXTS)
    other = hugging_face(model.state_dict(), 128, 3, 24, 64, 2)
    vision = other.vision_model(pixels(images), interpolate_pos_encoding=True)
    distance = (other.visual_projection(vision.pooler_output) - outputs["output"]).abs().max()
    ids = torch.tensor([ids + [599] * (20 - len(ids)) for ids in TEXTS])
    texts = (other.text_projection(other.text_model(ids).pooler_output) - outputs["text"]).abs().max()
    print(f"Hugging Face's: images differ by {distance:.1e}, texts by {texts:.1e}")
    assert distance < 1e-4 and texts < 1e-4
    for key, value in other.state_dict().items():
        names.append(f"{key} {list(value.shape)}")
    block = "visual.transformer.resblocks.1."
    wanted = ["visual.class_embedding", "visual.positional_embedding", "visual.conv1.weight", "visual.proj", "visual.ln_pre.weight"]
    wanted += [block + name for name, _ in model.visual.transformer.resblocks[1].named_parameters()]
    kept = gradients(model, [outputs[f"level{i}"] for i in range(3)] + [outputs["output"], outputs["dense0"]], wanted)
    block = "transformer.resblocks.1."
    wanted = ["text_projection", "positional_embedding"]
    wanted += [block + name for name, _ in model.transformer.resblocks[1].named_parameters()]
    kept |= gradients(model, [text_output(model, TEXTS)], wanted)
    for layer in [*model.visual.transformer.resblocks, *model.transformer.resblocks]:
        layer.mlp.gelu = torch.nn.GELU()
    outputs["gelu"] = vit_outputs(model, images)["output"]
    outputs["gelutext"] = text_output(model, TEXTS)
    save(folder, "vit", outputs)
    save(folder, "vit-gradients", kept)


def resnet(folder):
    model = fill(clip_model.CLIP(24, 64, (1, 2, 2, 1), 16, None, 20, 600, 64, 1, 1).float())
    images = formula_images(1, 64, 96)
    outputs = resnet_outputs(model, images, ["layer2.1", "layer3.0", "layer3.1"])
    square = formula_images(1, 64, 64)
    original = model.visual(pixels(square))
    assert torch.allclose(resnet_outputs(model, square, [])["output"], original, rtol=1e-5, atol=1e-6)
    save(folder, "resnet", outputs)
    wanted = [f"visual.layer3.0.{name}" for name, _ in model.visual.layer3[0].named_parameters()]
    wanted += ["visual.conv1.weight", "visual.bn3.weight", "visual.attnpool.v_proj.bias", "visual.attnpool.c_proj.weight"]
    kept = gradients(model, [outputs[f"level{i}"] for i in range(3)] + [outputs["output"], outputs["dense0"]], wanted)
    save(folder, "resnet-gradients", {k: v[:4] if v.dim() > 1 else v for k, v in kept.items()})


FULL = {
    "clip-rn50": (1024, 224, (3, 4, 6, 3), 64, None, 77, 49408, 512, 8, 12),
    "clip-rn101": (512, 224, (3, 4, 23, 3), 64, None, 77, 49408, 512, 8, 12),
    "clip-vit-b16": (512, 224, 12, 768, 16, 77, 49408, 512, 8, 12),
    "clip-vit-b32": (512, 224, 12, 768, 32, 77, 49408, 512, 8, 12),
    "clip-vit-l14": (768, 224, 24, 1024, 14, 77, 49408, 768, 12, 12),
}


def key_digests():
    """Names and shapes of both towers at full size: how many, and the digest of the sorted list."""
    lines = []
    for name, arguments in FULL.items():
        with torch.device("meta"):
            state = clip_model.CLIP(*arguments).state_dict()
        for tower in ("image", "text"):
            keys = sorted(
                f"{key} {'x'.join(map(str, tensor.shape))}"
                for key, tensor in state.items()
                if key.startswith("visual.") == (tower == "image") and not key.endswith("num_batches_tracked")
                and key != "logit_scale"
            )
            lines.append(f"{name} {tower} {len(keys)} {hashlib.sha256(chr(10).join(keys).encode()).hexdigest()}")
    return lines


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    names = []
    vit(folder, names)
    resnet(folder)
    (folder / "clip-keys.txt").write_text("\n".join(key_digests()) + "\n")
    (folder / "clip-names.txt").write_text("\n".join(sorted(names)) + "\n")
