"""Names of Stable Diffusion's original checkpoints beside diffusers'; stable_diffusion.py runs it."""

import re

import torch
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel


def original_names(folder):
    """Names of the original repository's files beside diffusers', each pair checked by diffusers' own conversion."""
    from diffusers.loaders.single_file_utils import (
        convert_controlnet_checkpoint, convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint)

    wide = dict(block_out_channels=(32, 32, 64, 64), cross_attention_dim=64)
    unet = UNet2DConditionModel(**wide)
    control = ControlNetModel(**wide, conditioning_embedding_out_channels=(4, 6, 8, 10))
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(32, 32, 32, 32), layers_per_block=2)
    lines = []
    for model, prefix, convert, rename in (
        (unet, "model.diffusion_model.", convert_ldm_unet_checkpoint, lambda k: original_unet(k)),
        (control, "control_model.", convert_controlnet_checkpoint, lambda k: original_unet(k)),
        (vae, "first_stage_model.", convert_ldm_vae_checkpoint, original_vae),
    ):
        state = model.state_dict()
        named = {prefix + rename(key): key for key in state}
        assert len(named) == len(state)
        shaped = {
            old: state[key][:, :, None, None] if "first_stage" in old and "attentions" in key and state[key].ndim == 2
            else state[key] for old, key in named.items()}
        back = convert(dict(shaped), model.config)
        assert set(back) == set(state), prefix
        for old, key in named.items():
            assert torch.equal(back[key].reshape(-1), state[key].reshape(-1)), (old, key)
            lines.append(f"{old} {key} {'x'.join(map(str, shaped[old].shape))}")
    (folder / "stable-diffusion-names.txt").write_text("\n".join(sorted(lines)) + "\n")


def original_unet(key):
    ends = {
        "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_in": "input_blocks.0.0",
        "conv_norm_out": "out.0", "conv_out": "out.2", "controlnet_mid_block": "middle_block_out.0",
        "controlnet_cond_embedding.conv_in": "input_hint_block.0", "controlnet_cond_embedding.conv_out": "input_hint_block.14"}
    for new, old in ends.items():
        if key.startswith(new + "."):
            return old + key[len(new):]
    inner = {
        "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
        "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}

    def residual(rest):
        part, kind = rest.split(".")
        return f"{inner[part]}.{kind}"

    if m := re.match(r"controlnet_cond_embedding\.blocks\.(\d+)\.(.*)", key):
        return f"input_hint_block.{2 * (int(m[1]) + 1)}.{m[2]}"
    if m := re.match(r"controlnet_down_blocks\.(\d+)\.(.*)", key):
        return f"zero_convs.{m[1]}.0.{m[2]}"
    if m := re.match(r"mid_block\.resnets\.(\d)\.(.*)", key):
        return f"middle_block.{2 * int(m[1])}.{residual(m[2])}"
    if m := re.match(r"mid_block\.attentions\.0\.(.*)", key):
        return f"middle_block.1.{m[1]}"
    m = re.match(r"(down|up)_blocks\.(\d)\.(\w+)\.(\d)\.(.*)", key)
    side, block, part, index, rest = m[1], int(m[2]), m[3], int(m[4]), m[5]
    number = 3 * block + index + (1 if side == "down" else 0)
    group = "input_blocks" if side == "down" else "output_blocks"
    if part == "resnets":
        return f"{group}.{number}.0.{residual(rest)}"
    if part == "attentions":
        return f"{group}.{number}.1.{rest}"
    if part == "downsamplers":
        return f"input_blocks.{3 * block + 3}.0.op.{rest.split('.')[-1]}"
    return f"output_blocks.{3 * block + 2}.{1 if block == 0 else 2}.{rest}"


def original_vae(key):
    key = key.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    key = re.sub(r"encoder\.down_blocks\.(\d)\.resnets", r"encoder.down.\1.block", key)
    key = re.sub(r"encoder\.down_blocks\.(\d)\.downsamplers\.0", r"encoder.down.\1.downsample", key)
    key = re.sub(r"decoder\.up_blocks\.(\d)\.resnets", lambda m: f"decoder.up.{3 - int(m[1])}.block", key)
    key = re.sub(r"decoder\.up_blocks\.(\d)\.upsamplers\.0", lambda m: f"decoder.up.{3 - int(m[1])}.upsample", key)
    key = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", key)
    if "mid_block.attentions.0" in key:
        names = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
        key = key.replace("mid_block.attentions.0", "mid.attn_1")
        for new, old in names.items():
            key = key.replace("attn_1." + new, "attn_1." + old)
    return key
