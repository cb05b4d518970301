"""Goldens of Stable Diffusion: diffusers' schedulers, networks and whole pipelines on tiny configurations.

python Scripts/goldens/stable_diffusion.py Tests/DiffusionTests/Goldens

Weights are hashes of name and index (`randomise` of uqdd.py), so that the files hold results only; of gradients of weights two
numbers each: a product with known numbers, and the norm. Requirements: requirements.txt beside this file.
"""

import pathlib
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from torchvision_import import import_torchvision  # noqa: E402

import_torchvision()
import diffusers  # noqa: E402
import transformers  # noqa: E402
from diffusers import (  # noqa: E402
    AutoencoderKL, ControlNetModel, DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler, PNDMScheduler, UNet2DConditionModel)
from backbones import uniform  # noqa: E402

NOISE = dict(num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def signed(name, *shape):
    """Values in [-1, 1), channels last as the library has them, returned as NCHW where there are four axes."""
    values = torch.from_numpy((2 * uniform(name, int(np.prod(shape))) - 1).astype(np.float32)).reshape(shape)
    return values.permute(0, 3, 1, 2).contiguous() if len(shape) == 4 else values


def last(x):
    return x.detach().permute(0, 2, 3, 1).contiguous() if x.dim() == 4 else x.detach().contiguous()


def probes(model):
    """For every weight: the sum of gradient times known numbers, and the gradient's norm."""
    rows = {}
    for name, parameter in model.named_parameters():
        known = torch.from_numpy((2 * uniform("probe." + name, parameter.numel()) - 1).astype(np.float32))
        flat = parameter.grad.reshape(-1)
        rows[f"gradient.{name}"] = torch.stack([(flat * known).sum(), flat.norm()])
    return rows


def randomise(model, prefix=""):
    """Every parameter away from zero and identity: matrices by fan-in, vectors near one (weights) or zero (biases)."""
    for name, parameter in model.named_parameters():
        name = name if name.startswith(prefix) else prefix + name
        u = torch.from_numpy(uniform(name, parameter.numel()).astype(np.float32)).reshape(parameter.shape)
        if parameter.dim() > 1:
            bound = (6 / (parameter.numel() // parameter.shape[0])) ** 0.5
            parameter.data = (2 * u - 1) * bound * 0.5
        elif name.endswith("weight"):
            parameter.data = 0.9 + 0.2 * u
        else:
            parameter.data = 0.2 * (u - 0.5)
    return model


def ready(model):
    return randomise(model).eval()


def schedulers():
    """Trajectories under the analytic answer 0.3 x + 0.05 sin t."""
    ddim = dict(NOISE, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    cases = {
        "ddim": DDIMScheduler(**ddim),
        "ddim-velocity": DDIMScheduler(**ddim, prediction_type="v_prediction"),
        "ddim-trailing": DDIMScheduler(**NOISE, clip_sample=True, timestep_spacing="trailing"),
        "ddim-sample": DDIMScheduler(**NOISE, clip_sample=True, timestep_spacing="linspace", prediction_type="sample"),
        "euler": EulerDiscreteScheduler(**NOISE),
        "euler-leading": EulerDiscreteScheduler(**NOISE, timestep_spacing="leading", steps_offset=1),
        "euler-karras": EulerDiscreteScheduler(**NOISE, use_karras_sigmas=True),
        "euler-trailing-velocity": EulerDiscreteScheduler(
            **NOISE, timestep_spacing="trailing", prediction_type="v_prediction"),
        "dpm": DPMSolverMultistepScheduler(**NOISE),
        "dpm-karras": DPMSolverMultistepScheduler(**NOISE, use_karras_sigmas=True),
        "dpm-leading": DPMSolverMultistepScheduler(**NOISE, timestep_spacing="leading", steps_offset=1),
        "dpm-trailing-first": DPMSolverMultistepScheduler(**NOISE, timestep_spacing="trailing", solver_order=1),
        "dpm-smallest": DPMSolverMultistepScheduler(**NOISE, final_sigmas_type="sigma_min"),
        "pndm": PNDMScheduler(**NOISE, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1),
        "pndm-velocity": PNDMScheduler(**NOISE, skip_prk_steps=True, prediction_type="v_prediction"),
        "flow": FlowMatchEulerDiscreteScheduler(shift=3.0),
        "flow-plain": FlowMatchEulerDiscreteScheduler(shift=1.0),
    }
    out = {}
    for name, scheduler in cases.items():
        is_flow = name.startswith("flow")
        for steps in (3, 7, 20):
            scheduler.set_timesteps(steps)
            scale = 1.0 if is_flow else float(scheduler.init_noise_sigma)
            x = torch.linspace(-2, 2, 8).reshape(1, 2, 2, 2) * scale
            noise = signed("noise", 1, 2, 2, 2)
            scheduler.set_begin_index(1) if hasattr(scheduler, "set_begin_index") else None
            if is_flow:
                noised = scheduler.scale_noise(x, scheduler.timesteps[1:2], noise)
            else:
                noised = scheduler.add_noise(x, noise, scheduler.timesteps[1:2])
            scheduler.set_timesteps(steps)
            for t in scheduler.timesteps:
                y = x if is_flow else scheduler.scale_model_input(x, t)
                e = 0.3 * y + 0.05 * torch.sin(torch.as_tensor(float(t)))
                x = scheduler.step(e, t, x).prev_sample
            out[f"{name}.{steps}.timesteps"] = scheduler.timesteps.float()
            out[f"{name}.{steps}.end"] = last(x)
            out[f"{name}.{steps}.noised"] = last(noised)
            out[f"{name}.{steps}.scale"] = torch.tensor([scale])
    return out


UNET = dict(
    block_out_channels=(8, 16, 16), down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"), layers_per_block=2, norm_num_groups=4,
    cross_attention_dim=12, attention_head_dim=2, sample_size=64)
CONTROL = {key: value for key, value in UNET.items() if key not in ("up_block_types", "sample_size")} | dict(
    conditioning_embedding_out_channels=(4, 6, 8, 10))


def networks():
    out = {}
    x = signed("latent", 2, 6, 10, 4).requires_grad_()
    context = signed("context", 2, 5, 12).requires_grad_()
    t = torch.tensor([951, 17])
    grain = signed("grain", 2, 6, 10, 4)
    variants = {
        "unet": UNET,
        "unet-linear": UNET | dict(
            use_linear_projection=True, upcast_attention=True, attention_head_dim=(2, 4, 8), transformer_layers_per_block=2,
            flip_sin_to_cos=False, freq_shift=1),
    }
    for name, options in variants.items():
        unet = ready(UNet2DConditionModel(**options))
        x.grad = context.grad = None
        y = unet(x, t, context).sample
        (y * grain).mean().backward()
        out |= {f"{name}.output": last(y), f"{name}.gradient.x": last(x.grad), f"{name}.gradient.context": context.grad.clone()}
        out |= {f"{name}.{key}": value for key, value in probes(unet).items()}
    unet = ready(UNet2DConditionModel(**UNET))
    control = ready(ControlNetModel(**CONTROL))
    picture = ((signed("picture", 2, 48, 80, 3) + 1) / 2).detach().requires_grad_()
    x.grad = context.grad = None
    downs, middle = control(x, t, context, picture, conditioning_scale=0.7, return_dict=False)
    for index, down in enumerate(downs):
        out[f"control.{index}"] = last(down)
    out["control.middle"] = last(middle)
    y = unet(x, t, context, down_block_additional_residuals=downs, mid_block_additional_residual=middle).sample
    (y * grain).mean().backward()
    out |= {"controlled.output": last(y), "controlled.gradient.x": last(x.grad)}
    out["controlled.gradient.picture.sum"] = (picture.grad * signed("picture-probe", 2, 48, 80, 3)).sum().reshape(1)
    out |= {f"control.{key}": value for key, value in probes(control).items()}
    with torch.no_grad():
        downs, middle = control(x, t, context, picture, conditioning_scale=0.7, guess_mode=True, return_dict=False)
        out["control.guess.0"], out["control.guess.middle"] = last(downs[0]), last(middle)
    return out


def vae_options(channels, quant):
    return dict(
        block_out_channels=(8, 8, 16, 16), down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1, norm_num_groups=4, latent_channels=channels,
        use_quant_conv=quant, use_post_quant_conv=quant)


def autoencoders():
    out = {}
    for name, channels, quant in (("vae4", 4, True), ("vae16", 16, False)):
        vae = ready(AutoencoderKL(**vae_options(channels, quant)))
        picture = signed("image", 2, 40, 24, 3).requires_grad_()
        where = vae.encode(picture).latent_dist
        y = vae.decode(where.mean).sample
        loss = (y * signed("grain-image", 2, 40, 24, 3)).mean() + where.logvar.mean()
        loss.backward()
        out |= {f"{name}.mean": last(where.mean), f"{name}.logvar": last(where.logvar), f"{name}.decoded": last(y)}
        out[f"{name}.gradient.image"] = last(picture.grad)
        out |= {f"{name}.{key}": value for key, value in probes(vae).items()}
    vae = ready(AutoencoderKL(**vae_options(4, True)))
    vae.enable_tiling()
    vae.tile_sample_min_size, vae.tile_latent_min_size = 32, 4
    with torch.no_grad():
        out["tiled.decoded"] = last(vae.decode(signed("tiled-latent", 1, 7, 9, 4)).sample)
        out["tiled.mean"] = last(vae.encode(signed("tiled-image", 1, 56, 72, 3)).latent_dist.mean)
    return out


MERGES = ["a n", "an d</w>", "p h", "o t", "ph ot", "phot o</w>", "o f</w>", "c a", "ca t</w>", "t h", "th e</w>", "r e"]


def tokenizer():
    """CLIP's tokenizer with a dozen merges."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = [chr(byte) for byte in printable] + [chr(256 + n) for n in range(256 - len(printable))]
    words = symbols + [s + "</w>" for s in symbols] + ["".join(m.split()) for m in MERGES]
    words += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: index for index, word in enumerate(words)}
    merges = [tuple(m.split()) for m in MERGES]
    return transformers.CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77), len(words)


def tiny_pipeline_parts():
    tok, count = tokenizer()
    config = transformers.CLIPTextConfig(
        vocab_size=count, hidden_size=12, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        eos_token_id=count - 1, bos_token_id=count - 2, pad_token_id=count - 1)
    text = transformers.CLIPTextModel(config)
    # Public checkpoints have the prefix that version 5 of transformers leaves out: names decide the numbers here.
    randomise(text, "text_model.")
    options = dict(text_encoder=text.eval(), tokenizer=tok, vae=ready(AutoencoderKL(**vae_options(4, True))))
    options |= dict(unet=ready(UNet2DConditionModel(**UNET)), safety_checker=None, feature_extractor=None)
    return options


def picture(name, height, width):
    values = uniform(name, height * width * 3) * 256
    return Image.fromarray(np.floor(values).astype(np.uint8).reshape(height, width, 3))


def pipelines():
    from diffusers import (
        StableDiffusionControlNetImg2ImgPipeline, StableDiffusionControlNetPipeline, StableDiffusionImg2ImgPipeline,
        StableDiffusionPipeline)

    parts = tiny_pipeline_parts()
    ddim = dict(NOISE, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    makers = {
        "ddim": lambda: DDIMScheduler(**ddim), "euler": lambda: EulerDiscreteScheduler(**NOISE),
        "dpm-solver": lambda: DPMSolverMultistepScheduler(**NOISE),
        "dpm-solver-karras": lambda: DPMSolverMultistepScheduler(**NOISE, use_karras_sigmas=True),
        "pndm": lambda: PNDMScheduler(**NOISE, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1),
    }
    prompt, negative = "a photo of the cat and the cat", "re: an ugly photo"
    out = {}

    def run(name, pipe, seed, **arguments):
        pipe.set_progress_bar_config(disable=True)
        def make(kind):
            return pipe(generator=torch.Generator().manual_seed(seed), output_type=kind, **arguments).images
        latent, image = make("latent"), make("np")
        out[f"{name}.latent"] = last(latent)
        out[f"{name}.image"] = torch.from_numpy((image * 255).round().astype(np.uint8))

    with torch.no_grad():
        tok = parts["tokenizer"]
        ids = tok([prompt, ""], padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
        out["tokens"] = ids
        out["states"] = parts["text_encoder"](ids)[0]
    for name, maker in makers.items():
        pipe = StableDiffusionPipeline(scheduler=maker(), **parts)
        run(f"text.{name}", pipe, 7, prompt=prompt, negative_prompt=negative, num_inference_steps=5, guidance_scale=6.0,
            height=48, width=64)
        pipe = StableDiffusionImg2ImgPipeline(scheduler=maker(), **parts)
        run(f"image.{name}", pipe, 8, prompt=prompt, negative_prompt=negative, num_inference_steps=6, guidance_scale=4.0,
            strength=0.7, image=picture("start", 48, 64))
    pipe = StableDiffusionPipeline(scheduler=makers["ddim"](), **parts)
    run("text.eta", pipe, 9, prompt=prompt, num_inference_steps=4, guidance_scale=1.0, eta=0.6, height=48, width=64)
    run("text.long", pipe, 2**32 + 5, prompt="the cat " * 60, num_inference_steps=2, guidance_scale=3.0, height=64, width=64)
    first = ready(ControlNetModel(**CONTROL))
    second = ControlNetModel(**CONTROL)
    for name, parameter in second.named_parameters():
        parameter.data = first.state_dict()[name] * 0.5
    second.eval()
    pipe = StableDiffusionControlNetPipeline(scheduler=makers["ddim"](), controlnet=first, **parts)
    common = dict(prompt=prompt, negative_prompt=negative, num_inference_steps=5, guidance_scale=5.0)
    run("control.one", pipe, 10, image=picture("control", 48, 64), controlnet_conditioning_scale=0.8, **common)
    run("control.guess", pipe, 11, image=picture("control", 48, 64), guess_mode=True, **common)
    pipe = StableDiffusionControlNetPipeline(scheduler=makers["pndm"](), controlnet=[first, second], **parts)
    run("control.two", pipe, 12, image=[picture("control", 48, 64), picture("control2", 48, 64)],
        controlnet_conditioning_scale=[0.8, 1.3], control_guidance_start=[0.0, 0.3], control_guidance_end=[0.6, 1.0], **common)
    pipe = StableDiffusionControlNetImg2ImgPipeline(scheduler=makers["dpm-solver"](), controlnet=first, **parts)
    run("control.image", pipe, 13, image=picture("start", 48, 64), control_image=picture("control", 48, 64), strength=0.6,
        controlnet_conditioning_scale=0.8, **common)
    return out | adapters(parts, makers, prompt)


def adapters(parts, makers, prompt):
    """LoRA by diffusers' own loading and fusing: the sum of every changed weight."""
    from diffusers import StableDiffusionPipeline

    unet, out = parts["unet"], {}
    state = {}
    for name, module in unet.named_modules():
        if name.endswith(("attn1.to_q", "attn2.to_v", "attn1.to_out.0")):
            rank = 3
            state[f"unet.{name}.lora_A.weight"] = signed(f"{name}.A", rank, module.in_features)
            state[f"unet.{name}.lora_B.weight"] = signed(f"{name}.B", module.out_features, rank)
    before = {name: p.detach().clone() for name, p in unet.named_parameters()}
    pipe = StableDiffusionPipeline(scheduler=makers["ddim"](), **parts)
    pipe.load_lora_weights(state)
    pipe.fuse_lora(lora_scale=0.75)
    pipe.unload_lora_weights()
    for name, parameter in unet.named_parameters():
        if name in before and not torch.equal(before[name], parameter):
            out[f"lora.{name}"] = (parameter.detach() - before[name]).contiguous()
    assert len(out) == len(state) // 2, (len(out), len(state))
    return out


def main():
    folder = pathlib.Path(sys.argv[1])
    from stable_diffusion_files import file_names, files
    from stable_diffusion_names import original_names
    from stable_diffusion_third import third

    parts = dict(schedulers=schedulers, networks=networks, autoencoders=autoencoders, pipelines=pipelines, third=third, files=files)
    for name, make in parts.items():
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        state = {key: value.detach().contiguous() for key, value in make().items()}
        save_file(state, folder / f"stable-diffusion-{name}.safetensors")
        print(name, len(state), sum(t.numel() * t.element_size() for t in state.values()))
    original_names(folder)
    file_names(folder)


if __name__ == "__main__":
    main()
