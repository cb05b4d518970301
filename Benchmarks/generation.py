"""Steps of generators at the size of published models, on PyTorch's side. The weights' file has the row's precision."""
import torch

from workloads import TYPES, Inference, compiled, first, last

import generators  # noqa: E402, from the folder that workloads adds


class Generation(Inference):
    """Networks by the prefix of their weights, and inputs that are not weights."""
    networks = {}

    @classmethod
    def stored(cls, batch, precision):
        tensors = {}
        for prefix, make in cls.networks.items():
            tensors |= generators.random_weights(make, prefix, TYPES[precision])
        return tensors | cls.inputs(batch)

    def __init__(self, inputs, precision, engine):
        self.engine = engine
        self.type = TYPES[precision]
        self.models = {prefix: generators.opened(make, inputs.path, prefix) for prefix, make in self.networks.items()}
        self.step = compiled(self.answer, engine)
        self.given = [self.placed(inputs[name]) for name in self.inputs(0)]

    def placed(self, tensor):
        return (first(tensor) if tensor.dim() == 4 else tensor).to(self.type)

    def compute(self):
        return {"y": last(self.step(*self.given))}


class ControlledStep(Generation):
    """Stable Diffusion 1.5 at 512 px: what the denoiser and a ControlNet say to one latent, without and with the prompt."""
    networks = {"unet": generators.unet, "controlnet": generators.controlnet}

    @staticmethod
    def inputs(batch):
        return {
            "latent": torch.randn(batch, 64, 64, 4), "context": torch.randn(batch, 77, 768),
            "picture": torch.rand(batch, 512, 512, 3)}

    def answer(self, latent, context, picture):
        time = torch.full((latent.shape[0],), 501)
        down, middle = self.models["controlnet"](
            latent, time, encoder_hidden_states=context, controlnet_cond=picture, return_dict=False)
        return self.models["unet"](
            latent, time, encoder_hidden_states=context, down_block_additional_residuals=down,
            mid_block_additional_residual=middle, return_dict=False)[0]


class TransformerStep(Generation):
    """Stable Diffusion 3.5 Medium at 512 px: what the transformer says to one latent, without and with the prompt."""
    networks = {"transformer": generators.transformer}

    @staticmethod
    def inputs(batch):
        return {
            "latent": torch.randn(batch, 64, 64, 16), "context": torch.randn(batch, 333, 4096), "pooled": torch.randn(batch, 2048)}

    def answer(self, latent, context, pooled):
        time = torch.full((latent.shape[0],), 501.0)
        return self.models["transformer"](
            latent, encoder_hidden_states=context, pooled_projections=pooled, timestep=time, return_dict=False)[0]


class Decoding(Generation):
    """Stable Diffusion's autoencoder: a latent to a picture of 512 px."""
    networks = {"vae": generators.autoencoder}

    @staticmethod
    def inputs(batch):
        return {"latent": torch.randn(batch, 64, 64, 4)}

    def answer(self, latent):
        return self.models["vae"].decode(latent, return_dict=False)[0]


KINDS = {"sd15-control-step": ControlledStep, "sd35-medium-step": TransformerStep, "vae-decode": Decoding}
