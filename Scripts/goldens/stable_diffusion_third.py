"""Goldens of Stable Diffusion 3's networks and pipelines; stable_diffusion.py runs it."""

import io
import pathlib
import sys

import numpy as np
import sentencepiece
import torch
import transformers
from backbones import uniform
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler
from stable_diffusion import MERGES, last, picture, probes, randomise, ready, signed, tokenizer, vae_options


def third():
    """Stable Diffusion 3's networks: the transformer in both shapes, T5, and the text towers' inner states."""
    from diffusers import SD3Transformer2DModel

    out = {}
    common = dict(
        sample_size=8, patch_size=2, in_channels=16, out_channels=16, num_layers=3, attention_head_dim=8, num_attention_heads=2,
        joint_attention_dim=24, caption_projection_dim=16, pooled_projection_dim=20, pos_embed_max_size=12)
    for name, options in (("large", dict(qk_norm="rms_norm")), ("medium", dict(
            qk_norm="rms_norm", dual_attention_layers=(0, 1))), ("plain", {})):
        net = ready(SD3Transformer2DModel(**common, **options))
        table = torch.from_numpy(uniform("pos_embed.pos_embed", net.pos_embed.pos_embed.numel()).astype(np.float32))
        net.pos_embed.pos_embed.copy_((2 * table - 1).reshape(net.pos_embed.pos_embed.shape) * 0.3)
        x = signed("latent16", 2, 10, 6, 16).requires_grad_()
        context = signed("context24", 2, 7, 24).requires_grad_()
        vector = signed("pooled20", 2, 20).requires_grad_()
        y = net(
            hidden_states=x, encoder_hidden_states=context, pooled_projections=vector, timestep=torch.tensor([987.4, 12.0])).sample
        (y * signed("grain16", 2, 10, 6, 16)).mean().backward()
        out |= {f"{name}.output": last(y), f"{name}.gradient.x": last(x.grad)}
        out |= {f"{name}.gradient.context": context.grad.clone(), f"{name}.gradient.pooled": vector.grad.clone()}
        out |= {f"{name}.{key}": value for key, value in probes(net).items()}
    config = transformers.T5Config(
        vocab_size=100, d_model=12, d_kv=6, d_ff=20, num_layers=3, num_heads=4, feed_forward_proj="gated-gelu",
        is_encoder_decoder=False, use_cache=False)
    t5 = ready(transformers.T5EncoderModel(config))
    ids = torch.tensor([[(7 * i * i + 3 * i + row) % 100 for i in range(70)] for row in range(2)])
    states = t5(ids)[0]
    (states * signed("grain-t5", 2, 70, 12)).mean().backward()
    out["t5.states"] = states.detach().contiguous()
    names = {n for n, _ in t5.named_parameters()}
    out |= {f"t5.{key}": value for key, value in probes(t5).items() if key.removeprefix("gradient.") in names}
    count = 512 + len(MERGES) + 2
    clip = transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(
        vocab_size=count, hidden_size=12, intermediate_size=24, num_hidden_layers=3, num_attention_heads=2, projection_dim=10,
        hidden_act="gelu", eos_token_id=2))
    randomise(clip).eval()
    ids = torch.tensor([[count - 2, 5, 80, 513, count - 1] + [0] * 8, [count - 2, count - 1] + [0] * 11])
    with torch.no_grad():
        found = clip(ids, output_hidden_states=True)
    out |= {"clip.penultimate": found.hidden_states[-2], "clip.pooled": found.text_embeds, "clip.last": found.last_hidden_state}
    with torch.no_grad():
        return out | third_pipelines()


class Pieces:
    """T5's tokenizer: SentencePiece, the end, and zeros, with what the pipeline asks for."""

    model_max_length = 256

    def __init__(self):
        model = io.BytesIO()
        lines = ["a photo of the cat", "an ugly photo of a dog", "the dog and the cat of the photo"] * 40
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines), model_writer=model, vocab_size=22, model_type="unigram", pad_id=0, eos_id=1, unk_id=2,
            bos_id=-1, pad_piece="<pad>", normalization_rule_name="identity", minloglevel=2)
        (pathlib.Path(sys.argv[1]) / "stable-diffusion-pieces.model").write_bytes(model.getvalue())
        self.processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())

    def __call__(self, prompts, padding=None, max_length=None, truncation=None, add_special_tokens=True, return_tensors=None):
        rows = [(self.processor.encode(p)[:max_length - 1] if max_length else self.processor.encode(p)) + [1] for p in prompts]
        longest = max_length or max(map(len, rows))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        return type("Batch", (), {"input_ids": ids})()

    def batch_decode(self, rows):
        return ["" for _ in rows]


def third_pipelines():
    from diffusers import SD3Transformer2DModel, StableDiffusion3Img2ImgPipeline, StableDiffusion3Pipeline

    first, count = tokenizer()
    second, _ = tokenizer()
    second.pad_token = "!"
    common = dict(vocab_size=count, intermediate_size=24, num_hidden_layers=3, num_attention_heads=2, eos_token_id=2)
    left = transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(
        hidden_size=12, projection_dim=12, hidden_act="quick_gelu", **common))
    right = transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(
        hidden_size=16, projection_dim=16, hidden_act="gelu", **common))
    t5 = transformers.T5EncoderModel(transformers.T5Config(
        vocab_size=410, d_model=32, d_kv=6, d_ff=20, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu",
        is_encoder_decoder=False, use_cache=False))
    net = ready(SD3Transformer2DModel(
        sample_size=8, patch_size=2, in_channels=16, out_channels=16, num_layers=2, attention_head_dim=8, num_attention_heads=2,
        joint_attention_dim=32, caption_projection_dim=16, pooled_projection_dim=28, pos_embed_max_size=12, qk_norm="rms_norm",
        dual_attention_layers=(0,)))
    table = torch.from_numpy(uniform("pos_embed.pos_embed", net.pos_embed.pos_embed.numel()).astype(np.float32))
    net.pos_embed.pos_embed.copy_((2 * table - 1).reshape(net.pos_embed.pos_embed.shape) * 0.3)
    vae = ready(AutoencoderKL(**vae_options(16, False), scaling_factor=1.5305, shift_factor=0.0609))
    parts = dict(
        transformer=net, vae=vae, text_encoder=ready(left), text_encoder_2=ready(right), text_encoder_3=ready(t5), tokenizer=first,
        tokenizer_2=second, tokenizer_3=None, scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0))
    out = {}
    for name, maker, arguments in (
        ("pipeline.text", StableDiffusion3Pipeline, {}),
        ("pipeline.image", StableDiffusion3Img2ImgPipeline, dict(image=picture("start", 48, 64), strength=0.7)),
    ):
        pipe = maker(**parts)
        pipe.tokenizer_3 = Pieces()
        pipe.set_progress_bar_config(disable=True)
        arguments |= dict(
            height=48, width=64,
            prompt="a photo of the cat", negative_prompt="an ugly photo", num_inference_steps=6, guidance_scale=4.5)

        def make(kind):
            return pipe(generator=torch.Generator().manual_seed(21), output_type=kind, **arguments).images

        out[f"{name}.latent"] = last(make("latent"))
        out[f"{name}.image"] = torch.from_numpy((make("np") * 255).round().astype(np.uint8))
    return out
