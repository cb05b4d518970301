"""UQDD of DiffUp (section 3.3.3): 3-level U-Net with SCM after every encoder and decoder layer and the DQM branch.

NCHW here, NHWC in Swift. Level 0 = full resolution (64), level 1 = 32, level 2 = 16. No randomness except dropout.
"""
import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class UQDDConfig:
    resolution: int = 64
    channels: tuple = (16, 64, 160)
    embedding: int = 608              # width of the time / IoU embedding
    sinusoid: int = 128               # width of the sinusoidal code
    groups: int = 8
    heads: int = 4
    condition_channels: tuple = (26, 26, 26)   # per level: 6 per prior kind + 2 (Sobel, Canny)
    modulation: str = "residual"      # "residual": (1+gamma)*AdaIN+beta   "text": gamma*AdaIN+beta
    quality: bool = True              # DQM on/off
    gradients_through_quality: bool = False    # whether the diffusion loss trains the heads through the second modulation
    error_channels: int = 16
    iou_channels: tuple = (16, 32)
    dropout: float = 0.0
    time_scale: float = 4.0           # 1000 / T


def sinusoidal(value, width):
    """value [N] (float) -> [N, width]: cos then sin, frequencies 10000^(-i/half)."""
    half = width // 2
    freq = torch.exp(-math.log(10000.0) * torch.arange(half, dtype=torch.float32) / half)
    arg = value.float()[:, None] * freq[None]
    return torch.cat([torch.cos(arg), torch.sin(arg)], 1)


class Embedding(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.width = cfg.sinusoid
        self.linear1 = nn.Linear(cfg.sinusoid, cfg.embedding)
        self.linear2 = nn.Linear(cfg.embedding, cfg.embedding)

    def forward(self, value):
        """Returns SiLU(e): every user applies SiLU first, so it is done once here. Float32 in any precision."""
        with torch.autocast("cpu", enabled=False):
            return F.silu(self.linear2(F.silu(self.linear1(sinusoidal(value, self.width)))))


class ResBlock(nn.Module):
    def __init__(self, cin, cout, cfg):
        super().__init__()
        self.norm1 = nn.GroupNorm(cfg.groups, cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.norm2 = nn.GroupNorm(cfg.groups, cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.skip = nn.Conv2d(cin, cout, 1) if cin != cout else None
        self.dropout = cfg.dropout

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        h = F.silu(self.norm2(h))
        if self.dropout > 0:
            h = F.dropout2d(h, self.dropout, self.training)      # whole channels
        h = self.conv2(h)
        return h + (x if self.skip is None else self.skip(x))


class Attention(nn.Module):
    def __init__(self, c, cfg):
        super().__init__()
        self.heads = cfg.heads
        self.norm = nn.GroupNorm(cfg.groups, c)
        self.qkv = nn.Linear(c, 3 * c)
        self.proj = nn.Linear(c, c)

    def forward(self, x):
        n, c, h, w = x.shape
        y = self.norm(x).flatten(2).transpose(1, 2)                       # [N, HW, C]
        q, k, v = self.qkv(y).view(n, h * w, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v)                       # scale 1/sqrt(c/heads)
        y = self.proj(y.transpose(1, 2).reshape(n, h * w, c))
        return x + y.transpose(1, 2).reshape(n, c, h, w)


class SCM(nn.Module):
    """Eq. 15-17. conv is linear in concat(c, x), so its c part (bias included) is computed once per query."""

    def __init__(self, c, cond, cfg):
        super().__init__()
        self.cond = cond
        self.text = cfg.modulation == "text"
        self.conv = nn.Conv2d(cond + 1, 2 * c, 3, padding=1)
        self.embed = nn.Linear(cfg.embedding, 2 * c)
        nn.init.zeros_(self.conv.weight)
        nn.init.zeros_(self.conv.bias)
        nn.init.zeros_(self.embed.weight)
        nn.init.zeros_(self.embed.bias)
        if self.text:
            nn.init.ones_(self.conv.bias[:c])

    def condition(self, c):
        """The query-constant part: conv over the condition channels."""
        return F.conv2d(c, self.conv.weight[:, :self.cond], self.conv.bias, padding=1)

    def forward(self, f, x, e, c=None, pre=None):
        """f [N,C,h,w], x [N,1,h,w] (x_t or error map), e [N,E] after SiLU; c raw condition or pre = condition(c)."""
        if pre is not None:
            m = pre + F.conv2d(x, self.conv.weight[:, self.cond:], padding=1)
        else:
            m = self.conv(x if c is None else torch.cat([c, x], 1))
        gamma, beta = m.chunk(2, 1)
        s, b = self.embed(e.to(self.embed.weight.dtype))[:, :, None, None].chunk(2, 1)
        a = (1 + s) * F.instance_norm(f, eps=1e-5) + b
        return gamma * a + beta if self.text else (1 + gamma) * a + beta


class Layer(nn.Module):
    def __init__(self, cin, c, cond, cfg):
        super().__init__()
        self.res = ResBlock(cin, c, cfg)
        self.scm = SCM(c, cond, cfg)
        self.dqm = SCM(c, 0, cfg) if cfg.quality else None

    def forward(self, f, x, te, err, ie, c=None, pre=None):
        f = self.scm(self.res(f), x, te, c, pre)
        return f if self.dqm is None else self.dqm(f, err, ie)


class ErrorHead(nn.Module):
    """Eq. 18. Input concat(x_t, I_q): 1 + 3 channels, output e^ (linear)."""

    def __init__(self, cfg):
        super().__init__()
        c = cfg.error_channels
        self.conv1 = nn.Conv2d(4, c, 3, padding=1)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1)
        self.conv3 = nn.Conv2d(c, 1, 3, padding=1)

    def forward(self, x, image):
        h = F.silu(self.conv1(torch.cat([x, image], 1)))
        return self.conv3(F.silu(self.conv2(h)))


class IoUHead(nn.Module):
    """Eq. 19. Input concat(x_t, I_q, e^): 1 + 3 + 1 channels, output in (0,1). The last layer is float32 in any precision: a
    thousandth of the IoU is a whole step of its sinusoid."""

    def __init__(self, cfg):
        super().__init__()
        a, b = cfg.iou_channels
        self.conv1 = nn.Conv2d(5, a, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(a, b, 3, stride=2, padding=1)
        self.linear = nn.Linear(b, 1)

    def forward(self, x, image, err):
        h = F.silu(self.conv1(torch.cat([x, image, err], 1)))
        h = F.silu(self.conv2(h)).mean((2, 3)).float()
        with torch.autocast("cpu", enabled=False):
            return torch.sigmoid(self.linear(h))[:, 0]


class Middle(nn.Module):
    def __init__(self, c, cfg):
        super().__init__()
        self.res = ResBlock(c, c, cfg)
        self.attention = Attention(c, cfg)

    def forward(self, x):
        return self.attention(self.res(x))


class Output(nn.Module):
    def __init__(self, c, cfg):
        super().__init__()
        self.norm = nn.GroupNorm(cfg.groups, c)
        self.conv = nn.Conv2d(c, 1, 3, padding=1)
        nn.init.zeros_(self.conv.weight)
        nn.init.zeros_(self.conv.bias)

    def forward(self, x):
        return self.conv(F.silu(self.norm(x)))


class UQDD(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        c0, c1, c2 = cfg.channels
        k0, k1, k2 = cfg.condition_channels
        self.time = Embedding(cfg)
        if cfg.quality:
            self.iou_embed = Embedding(cfg)
            self.error = ErrorHead(cfg)
            self.iou = IoUHead(cfg)
        self.stem = nn.Conv2d(1, c0, 3, padding=1)
        self.encoder = nn.ModuleList([Layer(c0, c0, k0, cfg), Layer(c0, c1, k1, cfg), Layer(c1, c2, k2, cfg)])
        self.middle = Middle(c2, cfg)
        self.decoder = nn.ModuleList([Layer(c1 + c0, c0, k0, cfg), Layer(c2 + c1, c1, k1, cfg), Layer(2 * c2, c2, k2, cfg)])
        self.out = Output(c0, cfg)

    def lowered(self, dtype):
        """Converted for inference; what has to stay float32 stays."""
        self.to(dtype)
        self.time.float()
        if self.cfg.quality:
            self.iou_embed.float()
            self.iou.linear.float()
        return self

    def precompute(self, c):
        """Query-constant maps of all six SCMs; c = [c_0, c_1, c_2]."""
        return ([l.scm.condition(c[i]) for i, l in enumerate(self.encoder)],
                [l.scm.condition(c[i]) for i, l in enumerate(self.decoder)])

    def forward(self, x, t, c, image, pre=None):
        """x [N,1,64,64] noisy mask; t [N] integer step; c list of [N,K_l,s_l,s_l]; image [N,3,64,64] in [-1,1].
        Returns (prediction [N,1,64,64], error map [N,1,64,64], IoU [N]); the last two are None without DQM."""
        te = self.time(t.float() * self.cfg.time_scale)
        err = iou = ie = None
        errs = [None] * 3
        if self.cfg.quality:
            err = self.error(x, image)
            passed = (lambda value: value) if self.cfg.gradients_through_quality else torch.Tensor.detach
            iou = self.iou(x, image, passed(err))
            ie = self.iou_embed(passed(iou) * 1000.0)
            errs = self.pyramid(passed(err))
        xs = self.pyramid(x)

        def run(layers, side, l, f):
            return layers[l](f, xs[l], te, errs[l], ie, None if pre is not None else c[l], None if pre is None else pre[side][l])

        h = self.stem(x)
        skips = []
        for l in range(3):
            if l > 0:
                h = F.avg_pool2d(h, 2)
            h = run(self.encoder, 0, l, h)
            skips.append(h)
        h = self.middle(h)
        for l in (2, 1, 0):
            if l < 2:
                h = F.interpolate(h, scale_factor=2, mode="nearest")
            h = run(self.decoder, 1, l, torch.cat([h, skips[l]], 1))
        return self.out(h), err, iou

    @staticmethod
    def pyramid(x):
        return [x, F.avg_pool2d(x, 2), F.avg_pool2d(x, 4)]


if __name__ == "__main__":
    import time
    torch.set_num_threads(2)
    cfg = UQDDConfig()
    m = UQDD(cfg)
    print("parameters", sum(p.numel() for p in m.parameters()))
    macs = [0]

    def hook(mod, i, o):
        if isinstance(mod, nn.Conv2d):
            macs[0] += o.numel() * mod.weight[0].numel()
        elif isinstance(mod, nn.Linear):
            macs[0] += o.numel() * mod.weight.shape[1]
    hs = [mod.register_forward_hook(hook) for mod in m.modules()]
    mk = lambda n: [torch.randn(n, cfg.condition_channels[l], 64 >> l, 64 >> l) for l in range(3)]
    m(torch.randn(1, 1, 64, 64), torch.tensor([3]), mk(1), torch.randn(1, 3, 64, 64))
    print("GFLOP per sample", 2 * macs[0] / 1e9)
    for h in hs:
        h.remove()
    for p in m.parameters():
        p.data += 0.02 * torch.randn_like(p)
    c, x, im, t = mk(8), torch.randn(8, 1, 64, 64), torch.randn(8, 3, 64, 64), torch.arange(8)
    with torch.no_grad():
        a = m(x, t, c, im)[0]
        b = m(x, t, None, im, m.precompute(c))[0]
    print("cached - plain", (a - b).abs().max().item(), "scale", a.std().item())
    m = m.to(memory_format=torch.channels_last)
    for k in range(4):
        s = time.time()
        o, e, i = m(x.to(memory_format=torch.channels_last), t, c, im)
        f = time.time()
        (o.square().mean() + e.square().mean() + i.mean()).backward()
        print("forward %.3f step %.3f" % (f - s, time.time() - s))
