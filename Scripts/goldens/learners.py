"""Goldens of the learners HSNet and PFENet: outputs and gradients of PyTorch networks written here after the papers and the facts of the
released networks, for weights and maps made from formulas (uqdd.py), and the names of their parameters at full size.

python Scripts/goldens/learners.py Tests/DiffusionTests/Goldens
"""

import importlib.util
import pathlib
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

_spec = importlib.util.spec_from_file_location("uqdd_goldens", pathlib.Path(__file__).with_name("uqdd.py"))
_goldens = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_goldens)
last, randomise, signed, uniform = _goldens.last, _goldens.randomise, _goldens.signed, _goldens.uniform


def resize(x, size):
    return F.interpolate(x, size, mode="bilinear", align_corners=True)


# HSNet (Min, Kang and Cho 2021).


class CenterPivot(nn.Module):
    """Correlations are `[N, C, Hq, Wq, Hs, Ws]`."""

    def __init__(self, inputs, outputs, kernel, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
        self.conv2 = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2)
        self.stride = stride

    def forward(self, x):
        thin = x[..., :: self.stride, :: self.stride]
        n, c, hq, wq, hs, ws = thin.shape
        a = self.conv1(thin.permute(0, 4, 5, 1, 2, 3).reshape(-1, c, hq, wq))
        a = a.reshape(n, hs, ws, -1, hq, wq).permute(0, 3, 4, 5, 1, 2)
        b = self.conv2(x.permute(0, 2, 3, 1, 4, 5).reshape(-1, c, *x.shape[4:]))
        b = b.reshape(n, hq, wq, -1, hs, ws).permute(0, 3, 1, 2, 4, 5)
        return a + b


def block(inputs, channels, kernels, strides, groups):
    layers = []
    for c, k, s in zip(channels, kernels, strides):
        layers += [CenterPivot(inputs, c, k, s), nn.GroupNorm(groups, c), nn.ReLU()]
        inputs = c
    return nn.Sequential(*layers)


class Hypercorrelation(nn.Module):
    def __init__(self, maps, channels=(16, 64, 128), groups=4):
        super().__init__()
        width = channels[-1]
        self.encoder_layer4 = block(maps[0], channels, (3, 3, 3), (2, 2, 2), groups)
        self.encoder_layer3 = block(maps[1], channels, (5, 3, 3), (4, 2, 2), groups)
        self.encoder_layer2 = block(maps[2], channels, (5, 5, 3), (4, 4, 2), groups)
        self.encoder_layer4to3 = block(width, (width,) * 3, (3, 3, 3), (1, 1, 1), groups)
        self.encoder_layer3to2 = block(width, (width,) * 3, (3, 3, 3), (1, 1, 1), groups)
        self.decoder1 = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, channels[1], 3, padding=1), nn.ReLU())
        self.decoder2 = nn.Sequential(
            nn.Conv2d(channels[1], channels[1], 3, padding=1), nn.ReLU(), nn.Conv2d(channels[1], 2, 3, padding=1))

    @staticmethod
    def finer(x, like):
        n, c, hq, wq, hs, ws = x.shape
        x = x.permute(0, 4, 5, 1, 2, 3).reshape(-1, c, hq, wq)
        x = resize(x, like.shape[2:4])
        return x.reshape(n, hs, ws, c, *like.shape[2:4]).permute(0, 3, 4, 5, 1, 2)

    def forward(self, pyramid):
        deep, middle, fine = self.encoder_layer4(pyramid[0]), self.encoder_layer3(pyramid[1]), self.encoder_layer2(pyramid[2])
        x = self.encoder_layer4to3(self.finer(deep, middle) + middle)
        x = self.encoder_layer3to2(self.finer(x, fine) + fine)
        x = self.decoder1(x.mean(dim=(4, 5)))
        return self.decoder2(resize(x, (2 * x.shape[2], 2 * x.shape[3])))


class HSNet(nn.Module):
    def __init__(self, maps, **options):
        super().__init__()
        self.maps = maps
        self.hpn_learner = Hypercorrelation(maps, **options)

    def pyramid(self, query, support, mask):
        def unit(x):
            x = x.flatten(2)
            return x / (x.norm(dim=1, keepdim=True) + 1e-5)

        pairs = []
        for q, s in zip(query, support):
            s = s * resize(mask, s.shape[2:])
            pairs.append((unit(q).transpose(1, 2) @ unit(s)).clamp(min=0).reshape(q.shape[0], *q.shape[2:], *s.shape[2:]))
        deep, middle, fine = self.maps
        ends = [len(pairs), len(pairs) - deep, len(pairs) - deep - middle, 0]
        return [torch.stack(pairs[ends[i + 1] : ends[i]], dim=1) for i in range(3)]

    def forward(self, query, support, mask):
        return self.hpn_learner(self.pyramid(query, support, mask))


def votes(network, query, supports, size):
    """Masks of single supports vote; the largest number of votes of a picture counts as one."""
    total = sum((resize(network(query, s, m), size).softmax(1)[:, 1] > 0.5).float() for s, m in supports)
    return total / total.flatten(1).max(1)[0].clamp(min=1).reshape(-1, 1, 1)


# PFENet (Tian et al. 2020).


def plain(inputs, outputs, kernel):
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)


class PFENet(nn.Module):
    def __init__(self, channels, width=256, scales=(60, 30, 15, 8)):
        super().__init__()
        self.scales = scales
        relu, drop = nn.ReLU, nn.Dropout2d

        def head():
            return nn.Sequential(plain(width, width, 3), relu(), drop(0.1), nn.Conv2d(width, 2, 1))

        def pair():
            return nn.Sequential(plain(width, width, 3), relu(), plain(width, width, 3), relu())

        self.cls = head()
        self.down_query = nn.Sequential(plain(channels, width, 1), relu(), drop(0.5))
        self.down_supp = nn.Sequential(plain(channels, width, 1), relu(), drop(0.5))
        self.init_merge = nn.ModuleList(nn.Sequential(plain(2 * width + 1, width, 1), relu()) for _ in scales)
        self.beta_conv = nn.ModuleList(pair() for _ in scales)
        self.inner_cls = nn.ModuleList(head() for _ in scales)
        self.res1 = nn.Sequential(plain(width * len(scales), width, 1), relu())
        self.res2 = pair()
        self.alpha_conv = nn.ModuleList(nn.Sequential(plain(2 * width, width, 1), relu()) for _ in scales[1:])

    @staticmethod
    def middle(maps):
        shallow, deep = maps[-3], maps[-2]
        return torch.cat([deep, resize(shallow, deep.shape[2:])], 1)

    @staticmethod
    def prior(query, support, mask):
        support = support * resize(mask, support.shape[2:])
        q, s = query.flatten(2), support.flatten(2)
        cosines = (s.transpose(1, 2) @ q) / (s.norm(dim=1)[:, :, None] * q.norm(dim=1)[:, None, :] + 1e-7)
        best = cosines.max(1)[0]
        low, high = best.min(1, keepdim=True)[0], best.max(1, keepdim=True)[0]
        return ((best - low) / (high - low + 1e-7)).reshape(q.shape[0], 1, *query.shape[2:])

    def prototype(self, maps, mask):
        x = self.down_supp(self.middle(maps))
        m = resize(mask, x.shape[2:])
        return (x * m).sum((2, 3), keepdim=True) / (m.sum((2, 3), keepdim=True) + 0.0005)

    def forward(self, query, supports):
        x = self.down_query(self.middle(query))
        size = x.shape[2:]
        prior = sum(resize(self.prior(query[-1], s[-1], m), size) for s, m in supports) / len(supports)
        prototype = sum(self.prototype(s, m) for s, m in supports) / len(supports)
        features, scores = [], []
        for i, scale in enumerate(self.scales):
            parts = [F.adaptive_avg_pool2d(x, scale), prototype.expand(-1, -1, scale, scale), resize(prior, (scale, scale))]
            y = self.init_merge[i](torch.cat(parts, 1))
            if features:
                y = self.alpha_conv[i - 1](torch.cat([y, resize(features[-1], (scale, scale))], 1)) + y
            y = self.beta_conv[i](y) + y
            scores.append(self.inner_cls[i](y))
            features.append(resize(y, size))
        y = self.res1(torch.cat(features, 1))
        return self.cls(self.res2(y) + y), scores, prior


# Cases.


def loss(scores, target):
    return F.cross_entropy(resize(scores, target.shape[1:]), target, ignore_index=255)


def target(name, n, side):
    """Background, object, and some that do not count."""
    values = torch.from_numpy(uniform(name, n * side * side)).reshape(n, side, side)
    return torch.where(values < 0.45, 0, torch.where(values < 0.9, 1, 255)).long()


def mask(name, n, side):
    return torch.from_numpy((uniform(name, n * side * side) < 0.6).astype("float32")).reshape(n, 1, side, side)


def maps(name, n, levels):
    return [signed(f"{name}{i}", n, side, side, c) for i, (side, c) in enumerate(levels)]


def gradients(network):
    return {f"gradient.{name}": p.grad.contiguous() for name, p in network.named_parameters()}


def hsnet():
    # Two maps of stride 8, one of 16, two of 32, of a picture of 80 pixels.
    levels, n = [(10, 6), (10, 7), (5, 8), (3, 5), (3, 9)], 2
    network = HSNet((2, 1, 2), channels=(4, 8, 8), groups=4)
    randomise(network)
    query, support, shown = maps("q", n, levels), maps("s", n, levels), mask("m", n, 80)
    scores = network(query, support, shown)
    value = loss(scores, target("t", n, 80))
    value.backward()
    pyramid = network.pyramid(query, support, shown)
    out = {"scores": last(scores), "loss": value.reshape(1)} | gradients(network)
    out |= {f"pyramid.{i}": p.permute(0, 2, 3, 4, 5, 1).contiguous() for i, p in enumerate(pyramid)}
    with torch.no_grad():
        supports = [(maps(f"s{k}", n, levels), mask(f"m{k}", n, 80)) for k in range(3)]
        out["votes"] = votes(network, query, supports, (48, 64))[..., None]
    return out


def pfenet():
    # Maps of stride 8, 16 and 16 of a picture of 80 pixels, as of a VGG.
    levels, n = [(10, 6), (5, 8), (5, 9)], 2
    network = PFENet(14, width=6, scales=(5, 3, 2, 1)).eval()
    randomise(network)
    query = maps("q", n, levels)
    supports = [(maps(f"s{k}", n, levels), mask(f"m{k}", n, 80)) for k in range(2)]
    truth = target("t", n, 80)
    out = {}
    for shots in (1, 2):
        network.zero_grad()
        scores, inner, prior = network(query, supports[:shots])
        value = loss(scores, truth) + sum(loss(s, truth) for s in inner) / len(inner)
        value.backward()
        found = {"scores": last(scores), "prior": last(prior), "loss": value.reshape(1)} | gradients(network)
        found |= {f"inner.{i}": last(s) for i, s in enumerate(inner)}
        out |= {f"{shots}.{name}": tensor for name, tensor in found.items()}
    return out


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, case in (("hsnet", hsnet()), ("pfenet", pfenet())):
        save_file({key: tensor.detach().contiguous() for key, tensor in case.items()}, folder / f"learner-{name}.safetensors")
    full = {
        "hsnet-resnet50": HSNet((3, 6, 4)), "hsnet-resnet101": HSNet((3, 23, 4)), "hsnet-vgg16": HSNet((1, 3, 3)),
        "pfenet-resnet50": PFENet(1536), "pfenet-vgg16": PFENet(768),
    }
    lines = [
        f"{name} {key} {','.join(map(str, p.shape))}" for name, network in full.items() for key, p in network.named_parameters()
    ]
    (folder / "learner-keys.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
