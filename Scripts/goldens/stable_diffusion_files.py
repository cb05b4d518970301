"""Goldens of single files and LoRA files of Stable Diffusion 2 and 3; stable_diffusion.py runs it.

Files hold latents of diffusers' pipelines; a table of names, each pair checked by diffusers' own conversion, lets tests write the
single files of the same models.
"""

import json
import pathlib
import re
import tempfile

import torch
import transformers
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, PNDMScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from stable_diffusion import NOISE, last, picture, randomise, ready, signed, tokenizer

WIDE_VAE = dict(
    down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, block_out_channels=(32, 32, 32, 32),
    layers_per_block=2)


def files():
    with torch.no_grad():
        return third_files() | third_controls() | second_files()


def third_parts():
    """The model of stable_diffusion_third.py with one head a tower and an autoencoder of 32 groups, as single files mean it."""
    from diffusers import SD3Transformer2DModel

    first, count = tokenizer()
    second, _ = tokenizer()
    second.pad_token = "!"
    common = dict(vocab_size=count, intermediate_size=24, num_hidden_layers=3, num_attention_heads=1, eos_token_id=2)
    left = ready(transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(
        hidden_size=12, projection_dim=12, hidden_act="quick_gelu", **common)))
    # Stability's files have no projection in the first tower, and diffusers puts in the identity.
    left.text_projection.weight.data = torch.eye(12)
    right = ready(transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(
        hidden_size=16, projection_dim=16, hidden_act="gelu", **common)))
    t5 = ready(transformers.T5EncoderModel(transformers.T5Config(
        vocab_size=410, d_model=32, d_kv=6, d_ff=20, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu",
        is_encoder_decoder=False, use_cache=False)))
    net = ready(SD3Transformer2DModel(
        sample_size=8, patch_size=2, in_channels=16, out_channels=16, num_layers=2, attention_head_dim=8, num_attention_heads=2,
        joint_attention_dim=32, caption_projection_dim=16, pooled_projection_dim=28, pos_embed_max_size=12, qk_norm="rms_norm",
        dual_attention_layers=(0,)))
    table = net.pos_embed.pos_embed
    table.copy_(signed("pos_embed.pos_embed", *table.shape) * 0.3)
    vae = ready(AutoencoderKL(
        **WIDE_VAE, latent_channels=16, use_quant_conv=False, use_post_quant_conv=False, scaling_factor=1.5305,
        shift_factor=0.0609))
    return dict(
        transformer=net, vae=vae, text_encoder=left, text_encoder_2=right, text_encoder_3=t5, tokenizer=first,
        tokenizer_2=second, tokenizer_3=None, scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0))


def third_files():
    from diffusers import StableDiffusion3Pipeline
    from stable_diffusion_third import Pieces

    out = {}

    def run(name, pipe):
        pipe.set_progress_bar_config(disable=True)
        out[name] = last(pipe(
            height=48, width=64, prompt="a photo of the cat", negative_prompt="an ugly photo", num_inference_steps=4,
            guidance_scale=4.5, generator=torch.Generator().manual_seed(22), output_type="latent").images)

    def made(**changes):
        pipe = StableDiffusion3Pipeline(**(third_parts() | changes))
        pipe.tokenizer_3 = Pieces() if pipe.text_encoder_3 is not None else None
        return pipe

    run("third.latent", made())
    run("third.without-t5.latent", made(text_encoder_3=None))
    for name, settings in (("plain", None), ("settings", dict(lora_alpha=6, alpha_pattern={"attn.to_out.0": 2}))):
        pipe = made()
        before = {key: p.clone() for key, p in pipe.transformer.named_parameters()}
        load(pipe, adapter(pipe), settings)
        for key, parameter in pipe.transformer.named_parameters():
            if not torch.equal(before[key], parameter):
                out[f"third.lora.{name}.{key}"] = (parameter - before[key]).contiguous()
        run(f"third.lora.{name}.latent", pipe)
        # Diffusers reads no adapter of T5; kohya's scripts write one.
        weight = pipe.text_encoder_3.encoder.block[1].layer[1].DenseReluDense.wo.weight
        weight += 0.75 * 0.5 * signed("t5.B", weight.shape[0], 2) @ signed("t5.A", 2, weight.shape[1])
        run(f"third.lora.{name}.t5.latent", pipe)
    return out


def third_controls():
    """ControlNets in both forms, and a pipeline with two; of what the picture may be the middle is taken, as the seed does not reach it."""
    from diffusers import SD3ControlNetModel, StableDiffusion3ControlNetPipeline
    from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
    from stable_diffusion_third import Pieces

    common = dict(
        sample_size=8, num_layers=1, attention_head_dim=8, num_attention_heads=2, caption_projection_dim=16,
        pooled_projection_dim=28, pos_embed_max_size=12)
    reading = ready(SD3ControlNetModel(**common, joint_attention_dim=32, qk_norm="rms_norm", dual_attention_layers=(0,)))
    reading.pos_embed.pos_embed.copy_(signed("pos_embed.pos_embed", *reading.pos_embed.pos_embed.shape) * 0.3)
    other = ready(SD3ControlNetModel(
        **common, joint_attention_dim=None, use_pos_embed=False, pos_embed_type=None, force_zeros_for_pooled_projection=False))
    DiagonalGaussianDistribution.sample = lambda self, generator=None: self.mean
    out = {}
    for name, nets, pictures, arguments in (
        ("one", reading, picture("control", 48, 64), dict(controlnet_conditioning_scale=0.8)),
        ("two", [reading, reading], [picture("control", 48, 64), picture("control2", 48, 64)], dict(
            controlnet_conditioning_scale=[0.8, 0.5], control_guidance_start=[0.0, 0.3], control_guidance_end=[0.6, 1.0])),
        ("plain", other, picture("control", 48, 64), dict(controlnet_conditioning_scale=0.7)),
    ):
        pipe = StableDiffusion3ControlNetPipeline(**third_parts(), controlnet=nets)
        pipe.tokenizer_3 = Pieces()
        pipe.set_progress_bar_config(disable=True)
        out[f"third.control.{name}.latent"] = last(pipe(
            height=48, width=64, prompt="a photo of the cat", negative_prompt="an ugly photo", num_inference_steps=4,
            guidance_scale=4.5, control_image=pictures, generator=torch.Generator().manual_seed(22), output_type="latent",
            **arguments).images)
    x, context, vector = signed("latent16", 2, 6, 8, 16), signed("context32", 2, 5, 32), signed("pooled28", 2, 28)
    hint = signed("hint16", 2, 6, 8, 16)
    moment = torch.tensor([987.4, 12.0])
    deep = dict(common, num_layers=2)
    reading = ready(SD3ControlNetModel(**deep, joint_attention_dim=32, qk_norm="rms_norm", dual_attention_layers=(0,)))
    reading.pos_embed.pos_embed.copy_(signed("pos_embed.pos_embed", *reading.pos_embed.pos_embed.shape) * 0.3)
    found = reading(x, hint, 0.6, context, vector, moment, return_dict=False)[0]
    out |= {f"third.control.residual.{index}": block.contiguous() for index, block in enumerate(found)}
    return out


def adapter(pipe):
    """Every kind of layer; queries, keys and values share the matrix that comes first, as they do in kohya's files."""
    state = {}

    def add(part, module, layer, rank, first):
        state[f"{part}.{module}.lora_A.weight"] = signed(f"{part}.{first}.A", rank, layer.in_features)
        state[f"{part}.{module}.lora_B.weight"] = signed(f"{part}.{module}.B", layer.out_features, rank) * 0.1

    net = pipe.transformer
    for module in (
        "transformer_blocks.0.attn.to_q", "transformer_blocks.0.attn.to_k", "transformer_blocks.0.attn.to_v",
        "transformer_blocks.0.attn2.to_out.0", "transformer_blocks.1.attn.to_out.0", "transformer_blocks.1.attn.add_q_proj",
        "transformer_blocks.1.attn.add_k_proj", "transformer_blocks.1.attn.add_v_proj", "transformer_blocks.0.ff.net.0.proj",
        "transformer_blocks.0.ff_context.net.2", "transformer_blocks.0.norm1.linear", "transformer_blocks.1.norm1_context.linear",
        "context_embedder", "norm_out.linear", "proj_out"):
        shared = re.sub(r"(to|add)_[qkv](_proj)?$", r"\1", module)
        add("transformer", module, net.get_submodule(module), 3, shared)
    for part in ("text_encoder", "text_encoder_2"):
        for module in ("text_model.encoder.layers.0.self_attn.q_proj", "text_model.encoder.layers.1.mlp.fc1"):
            add(part, module, getattr(pipe, part).get_submodule(module), 2, module)
    return state


def load(pipe, state, settings):
    """Diffusers' own loading of a file and its fusing at strength 0.75."""
    metadata = {"format": "pt"}
    if settings:
        targets = {p: sorted({k.split(".", 1)[1].split(".lora_")[0] for k in state if k.startswith(p + ".")})
                   for p in ("transformer", "text_encoder", "text_encoder_2")}
        rows = {}
        for part, modules in targets.items():
            rank = 3 if part == "transformer" else 2
            rows |= {f"{part}.{k}": v for k, v in dict(r=rank, target_modules=modules, **settings).items()}
        metadata["lora_adapter_metadata"] = json.dumps(rows, sort_keys=True)
    with tempfile.TemporaryDirectory() as folder:
        save_file({k: v.contiguous() for k, v in state.items()}, pathlib.Path(folder) / "a.safetensors", metadata=metadata)
        pipe.load_lora_weights(folder, weight_name="a.safetensors")
    pipe.fuse_lora(components=["transformer", "text_encoder", "text_encoder_2"], lora_scale=0.75)
    pipe.unload_lora_weights()


def second_parts():
    """Stable Diffusion 2: OpenCLIP's tower, linear projections, heads of 64 numbers (one a level here)."""
    tok, count = tokenizer()
    tok.pad_token = "!"
    text = transformers.CLIPTextModel(transformers.CLIPTextConfig(
        vocab_size=count, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=1, hidden_act="gelu",
        eos_token_id=count - 1, bos_token_id=count - 2, pad_token_id=0))
    randomise(text, "text_model.")
    unet = UNet2DConditionModel(
        block_out_channels=(32, 32, 64, 64), cross_attention_dim=16, use_linear_projection=True, attention_head_dim=(1, 1, 1, 1))
    return dict(
        text_encoder=text.eval(), tokenizer=tok, unet=ready(unet), vae=ready(AutoencoderKL(**WIDE_VAE)), safety_checker=None,
        feature_extractor=None)


def second_files():
    from diffusers import StableDiffusionPipeline

    pipe = StableDiffusionPipeline(
        scheduler=PNDMScheduler(**NOISE, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1,
                                prediction_type="v_prediction"), **second_parts())
    pipe.set_progress_bar_config(disable=True)
    return {"second.latent": last(pipe(
        height=64, width=64, prompt="a photo of the cat", negative_prompt="an ugly photo", num_inference_steps=4,
        guidance_scale=4.5, generator=torch.Generator().manual_seed(23), output_type="latent").images)}


def file_names(folder):
    """A line a tensor of a single file: its name, the names here that its rows are, and `swapped` where the halves are exchanged."""
    from diffusers.loaders.single_file_utils import convert_open_clip_checkpoint, convert_sd3_transformer_checkpoint_to_diffusers

    net = third_parts()["transformer"]
    state = net.state_dict()
    lines, original = [], {}
    for old, own, swapped in third_names(state):
        parts = torch.cat([state[key] for key in own])
        original[old] = torch.cat(parts.chunk(2)[::-1]) if swapped else parts
        lines.append(f"model.diffusion_model.{old} {','.join(own)}{' swapped' if swapped else ''}")
    check(convert_sd3_transformer_checkpoint_to_diffusers({f"model.diffusion_model.{k}": v for k, v in original.items()}), state)

    text = second_parts()["text_encoder"]
    wrapped = {"text_model." + key.removeprefix("text_model."): value for key, value in text.state_dict().items()}
    wrapped = {key: value for key, value in wrapped.items() if not key.endswith("position_ids")}
    original = {}
    for old, own in second_names(wrapped):
        original["cond_stage_model.model." + old] = torch.cat([wrapped[key] for key in own])
        lines.append(f"cond_stage_model.model.{old} {','.join(own)}")
    back = convert_open_clip_checkpoint(text, dict(original))
    check({key: back[key] for key in wrapped}, wrapped)
    (folder / "stable-diffusion-file-names.txt").write_text("\n".join(sorted(lines)) + "\n")


def check(found, expected):
    assert set(found) == set(expected), set(found) ^ set(expected)
    for key in expected:
        assert torch.equal(found[key], expected[key]), key


def third_names(state):
    ends = {
        "pos_embed.proj": "x_embedder.proj", "time_text_embed.timestep_embedder.linear_1": "t_embedder.mlp.0",
        "time_text_embed.timestep_embedder.linear_2": "t_embedder.mlp.2",
        "time_text_embed.text_embedder.linear_1": "y_embedder.mlp.0",
        "time_text_embed.text_embedder.linear_2": "y_embedder.mlp.2", "context_embedder": "context_embedder",
        "proj_out": "final_layer.linear", "norm_out.linear": "final_layer.adaLN_modulation.1"}
    inner = {
        "attn.to_out.0": "x_block.attn.proj", "attn.norm_q": "x_block.attn.ln_q", "attn.norm_k": "x_block.attn.ln_k",
        "attn2.to_out.0": "x_block.attn2.proj", "attn2.norm_q": "x_block.attn2.ln_q", "attn2.norm_k": "x_block.attn2.ln_k",
        "norm1.linear": "x_block.adaLN_modulation.1", "ff.net.0.proj": "x_block.mlp.fc1", "ff.net.2": "x_block.mlp.fc2",
        "attn.to_add_out": "context_block.attn.proj", "attn.norm_added_q": "context_block.attn.ln_q",
        "attn.norm_added_k": "context_block.attn.ln_k", "norm1_context.linear": "context_block.adaLN_modulation.1",
        "ff_context.net.0.proj": "context_block.mlp.fc1", "ff_context.net.2": "context_block.mlp.fc2"}
    joint = {
        "attn.to_q": ("x_block.attn.qkv", ["attn.to_k", "attn.to_v"]),
        "attn2.to_q": ("x_block.attn2.qkv", ["attn2.to_k", "attn2.to_v"]),
        "attn.add_q_proj": ("context_block.attn.qkv", ["attn.add_k_proj", "attn.add_v_proj"])}
    final = max(int(key.split(".")[1]) for key in state if key.startswith("transformer_blocks."))
    for key in state:
        if key == "pos_embed.pos_embed":
            yield "pos_embed", [key], False
            continue
        module, kind = key.rsplit(".", 1)
        if module in ends:
            yield f"{ends[module]}.{kind}", [key], module == "norm_out.linear"
            continue
        _, index, rest = module.split(".", 2)
        prefix = f"transformer_blocks.{index}."
        if rest in joint:
            old, others = joint[rest]
            yield f"joint_blocks.{index}.{old}.{kind}", [key] + [f"{prefix}{other}.{kind}" for other in others], False
        elif rest in inner:
            swapped = int(index) == final and rest == "norm1_context.linear"
            yield f"joint_blocks.{index}.{inner[rest]}.{kind}", [key], swapped
        else:
            assert any(rest in others for _, others in joint.values()), key


def second_names(state):
    blocks = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
              "self_attn.out_proj": "attn.out_proj"}
    for key in state:
        name = key.removeprefix("text_model.")
        if name == "embeddings.token_embedding.weight":
            yield "token_embedding.weight", [key]
        elif name == "embeddings.position_embedding.weight":
            yield "positional_embedding", [key]
        elif name.startswith("final_layer_norm."):
            yield "ln_final." + name.split(".")[-1], [key]
        else:
            _, _, index, rest = name.split(".", 3)
            module, kind = rest.rsplit(".", 1)
            if module in blocks:
                yield f"transformer.resblocks.{index}.{blocks[module]}.{kind}", [key]
            elif module == "self_attn.q_proj":
                yield f"transformer.resblocks.{index}.attn.in_proj_{kind}", [key, key.replace("q_proj", "k_proj"),
                                                                            key.replace("q_proj", "v_proj")]
            else:
                assert module in ("self_attn.k_proj", "self_attn.v_proj"), key
