"""Goldens of the decoder's switches and of the StyleGAN2-style decoder: outputs and gradients of PyTorch twins.

python Scripts/goldens/decoder_variants.py Tests/DiffusionTests/Goldens

Weights and inputs are the formulas of uqdd.py, so that the files hold results only. The style decoder is written with the modulation in
the kernels (grouped convolutions), the library's with the modulation in the activations: they are the same function.
"""

import importlib.util
import pathlib
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

# The generator beside this file has the name of the twin that it imports.
_spec = importlib.util.spec_from_file_location("uqdd_goldens", pathlib.Path(__file__).with_name("uqdd.py"))
_goldens = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_goldens)
UQDD, UQDDConfig = _goldens.UQDD, _goldens.UQDDConfig
last, randomise, signed = _goldens.last, _goldens.randomise, _goldens.signed

CONDITIONS = (5, 6, 7)
LOW = 9


class Switched(UQDD):
    """UQDD with halves of DQM off and low-level features on."""

    def __init__(self, config, error=True, iou=True, low=0):
        super().__init__(config)
        self.error_on, self.iou_on = error, iou
        if not iou:
            del self.iou_embed
        if not (error or iou):
            for layer in [*self.encoder, *self.decoder]:
                layer.dqm = None
        if low:
            width = config.channels[0]
            self.lfe = nn.ModuleDict({
                "project": nn.Conv2d(low, width, 1), "norm": nn.GroupNorm(config.groups, width),
                "fuse": nn.Conv2d(2 * width, width, 3, padding=1)})
        self.low = low

    def forward(self, x, t, c, image, features=None):
        time = self.time(t.float() * self.cfg.time_scale)
        error = self.error(x, image)
        iou = self.iou(x, image, error.detach())
        embedded = self.iou_embed(iou.detach() * 1000.0) if self.iou_on else torch.zeros(x.shape[0], self.cfg.embedding)
        errors = self.pyramid(error.detach() if self.error_on else torch.zeros_like(error))
        xs = self.pyramid(x)

        def run(layers, level, f):
            return layers[level](f, xs[level], time, errors[level], embedded, c[level])

        h = self.stem(x)
        if self.low:
            size = (self.cfg.resolution, self.cfg.resolution)
            f = F.interpolate(self.lfe["project"](features), size=size, mode="bilinear", align_corners=False)
            h = h + self.lfe["fuse"](torch.cat([h, F.silu(self.lfe["norm"](f))], 1))
        skips = []
        for level in range(3):
            if level > 0:
                h = F.avg_pool2d(h, 2)
            h = run(self.encoder, level, h)
            skips.append(h)
        h = self.middle(h)
        for level in (2, 1, 0):
            if level < 2:
                h = F.interpolate(h, scale_factor=2, mode="nearest")
            h = run(self.decoder, level, torch.cat([h, skips[level]], 1))
        return self.out(h), error, iou


class Modulated(nn.Module):
    def __init__(self, inputs, outputs, kernel, style, demodulates):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.affine = nn.Linear(style, inputs)
        self.demodulates = demodulates

    def forward(self, x, style):
        n, c, h, w = x.shape
        kernels = self.weight[None] * (self.affine(style) + 1)[:, None, :, None, None]
        if self.demodulates:
            kernels = kernels * torch.rsqrt(kernels.square().sum((2, 3, 4), keepdim=True) + 1e-8)
        k = kernels.shape[-1]
        y = F.conv2d(x.reshape(1, n * c, h, w), kernels.reshape(-1, c, k, k), padding=k // 2, groups=n)
        return y.reshape(n, -1, h, w) + self.bias[None, :, None, None]


class Block(nn.Module):
    def __init__(self, inputs, outputs, style, grows):
        super().__init__()
        self.conv = Modulated(inputs, outputs, 3, style, True)
        self.mask = Modulated(outputs, 1, 1, style, False)
        self.noise = nn.Parameter(torch.zeros(1))
        self.grows = grows

    def forward(self, x, mask, style, noise):
        def up(y):
            return F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)
        if self.grows:
            x = up(x)
        k = noise.shape[-1] // x.shape[-1]
        own = F.avg_pool2d(noise, k) * k if k > 1 else noise
        x = F.leaky_relu(self.conv(x, style) + own * self.noise, 0.2)
        part = self.mask(x, style)
        return x, part if mask is None else up(mask) + part


class Priors(nn.Module):
    def __init__(self, channels, conditions, resolution, embedding):
        super().__init__()
        before = (0, *channels)
        self.levels = nn.ModuleList(
            nn.Conv2d(k + before[level], c, 3, padding=1) for level, (k, c) in enumerate(zip(conditions, channels)))
        self.further = nn.ModuleList()
        side = resolution >> (len(channels) - 1)
        while side > 4:
            self.further.append(nn.Conv2d(channels[-1], channels[-1], 3, stride=2, padding=1))
            side //= 2
        self.linear = nn.Linear(side * side * channels[-1], embedding)

    def forward(self, conditions):
        h = None
        for layer, c in zip(self.levels, conditions):
            h = F.leaky_relu(layer(c if h is None else torch.cat([c, F.avg_pool2d(h, 2)], 1)), 0.2)
        for layer in self.further:
            h = F.leaky_relu(layer(h), 0.2)
        # The library is channels last, and so is the vector.
        return F.leaky_relu(self.linear(h.permute(0, 2, 3, 1).flatten(1)), 0.2)


class Style(nn.Module):
    def __init__(self, channels, conditions, resolution, embedding):
        super().__init__()
        self.resolution = resolution
        self.noise_width = min(embedding, resolution * resolution)
        self.priors = Priors(channels, conditions, resolution, embedding)
        self.mapping = nn.ModuleList([nn.Linear(embedding + self.noise_width, embedding), nn.Linear(embedding, embedding)])
        self.constant = nn.Parameter(torch.zeros(1, 4, 4, channels[-1]))
        self.blocks = nn.ModuleList()
        side, inputs = 4, channels[-1]
        while side <= resolution:
            level = (resolution // side).bit_length() - 1
            outputs = channels[min(level, len(channels) - 1)]
            self.blocks.append(Block(inputs, outputs, embedding, side > 4))
            side, inputs = side * 2, outputs

    def forward(self, x, conditions):
        n = x.shape[0]
        noise = x.permute(0, 2, 3, 1).reshape(n, -1)[:, :self.noise_width]
        style = torch.cat([self.priors(conditions), noise], 1)
        for layer in self.mapping:
            style = F.leaky_relu(layer(style), 0.2)
        h, mask = self.constant.permute(0, 3, 1, 2).expand(n, -1, -1, -1), None
        for block in self.blocks:
            h, mask = block(h, mask, style, x)
        return mask


def inputs(resolution):
    x = signed("x", 2, resolution, resolution, 1).requires_grad_()
    image = signed("image", 2, resolution, resolution, 3)
    conditions = [
        signed(f"c{level}", 2, resolution >> level, resolution >> level, k).requires_grad_()
        for level, k in enumerate(CONDITIONS)]
    return x, image, conditions


def results(net, prediction, loss, x, conditions):
    loss.backward()
    out = {"prediction": last(prediction), "gradient.x": last(x.grad)}
    out |= {f"gradient.c{level}": last(c.grad) for level, c in enumerate(conditions)}
    out |= {f"gradient.{name}": p.grad.contiguous() for name, p in net.named_parameters() if p.grad is not None}
    return {name: tensor.detach().contiguous() for name, tensor in out.items()}


def switched(error, iou, low):
    config = UQDDConfig(
        resolution=16, channels=(8, 12, 16), embedding=24, sinusoid=16, groups=4, heads=2, condition_channels=CONDITIONS,
        error_channels=6, iou_channels=(6, 8))
    net = Switched(config, error, iou, low)
    randomise(net)
    x, image, conditions = inputs(16)
    features = signed("low", 2, 5, 7, low) if low else None
    prediction, error_map, ratio = net(x, torch.tensor([3, 200]), conditions, image, features)
    loss = (prediction * signed("g", 2, 16, 16, 1)).mean() + (error_map * signed("ge", 2, 16, 16, 1)).mean()
    loss = loss + (ratio * torch.tensor([0.3, -0.7])).mean()
    return results(net, prediction, loss, x, conditions)


def style():
    net = Style((8, 12, 16), CONDITIONS, 32, 24)
    randomise(net)
    x, _, conditions = inputs(32)
    prediction = net(x, conditions)
    return results(net, prediction, (prediction * signed("g", 2, 32, 32, 1)).mean(), x, conditions)


def main():
    folder = pathlib.Path(sys.argv[1])
    save_file(switched(False, True, 0), folder / "uqdd-no-error.safetensors")
    save_file(switched(True, False, 0), folder / "uqdd-no-iou.safetensors")
    save_file(switched(False, False, 0), folder / "uqdd-heads-only.safetensors")
    save_file(switched(True, True, LOW), folder / "uqdd-low-level.safetensors")
    save_file(style(), folder / "style-decoder.safetensors")


if __name__ == "__main__":
    main()
