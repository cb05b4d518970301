"""The decoder's training step in PyTorch with DistributedDataParallel over gloo, one process a rank: the twin of `fss train`.

A step draws episodes whose features, affinities and prototypes are known, makes priors and conditions, and takes a step of AdamW with
clipped gradients and a moving average. Values are random; shapes and work are those of the library's. Prints one line of JSON.
"""
import argparse
import json
import os
import pathlib
import random
import sys
import time

import torch
import torch.distributed as distributed
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "twin"))
import priors  # noqa: E402
import sampling  # noqa: E402
from uqdd import UQDD, UQDDConfig  # noqa: E402

# The small backbone's channels and the sides of its maps by that of the photo; a support's views; episodes that are kept.
CHANNELS, STRIDES, VIEWS, KEPT = (32, 64, 128), (4, 8, 16), 6, 24


class Query:
    def __init__(self, side, resolution):
        self.maps, self.affinities, self.prototypes = [], [], []
        for channels, stride in zip(CHANNELS, STRIDES):
            cells = side // stride
            maps = torch.randn(1, channels, cells, cells).to(memory_format=torch.channels_last)
            pixels = priors.pixels_of(maps)[0]
            self.maps.append(maps)
            self.affinities.append(priors.affinity(pixels, pixels.mean(0, keepdim=True)))
            self.prototypes.append(tuple(torch.randn(VIEWS, channels) for _ in range(3)))
        self.canvas = torch.rand(1, 5, 2 * resolution, 2 * resolution) * 2 - 1
        self.target = (torch.rand(1, 2, 2 * resolution, 2 * resolution) > 0.5).float()


def raw_priors(pooled, maps, affinity):
    """Six maps a view; the query's affinity is known."""
    foreground, background, mean = pooled
    h, w = maps.shape[2:]
    pixels = priors.pixels_of(maps)[0]
    directions = F.normalize(pixels, dim=1)
    unit = F.normalize(foreground, dim=1)
    contrast = unit - F.normalize(background, dim=1)
    centre = (mean + pixels.mean(0, keepdim=True)) * 0.5
    direction = foreground - centre
    products = direction @ pixels.T - (direction * centre).sum(1, keepdim=True)
    lengths = pixels.square().sum(1)[None] - 2 * (centre @ pixels.T) + centre.square().sum(1, keepdim=True)
    norms = lengths.clamp_min(1e-6).sqrt() * direction.norm(dim=1, keepdim=True).clamp_min(1e-6)
    direct = torch.stack([unit @ directions.T, contrast @ directions.T, products / norms], 1)
    return torch.cat([direct, direct @ affinity.T], 1).view(-1, 6, h, w)


def window(maps, side, scale, centre):
    """A crop, perhaps mirrored, stretched to the whole."""
    theta = torch.tensor([[scale[0], 0, centre[0]], [0, scale[1], centre[1]]]).expand(maps.shape[0], 2, 3)
    grid = F.affine_grid(theta, (maps.shape[0], maps.shape[1], side, side), align_corners=False)
    return F.grid_sample(maps, grid, padding_mode="border", align_corners=False)


def episode(queries, resolution, draw):
    query, support = draw.choice(queries), draw.choice(queries)
    width = draw.uniform(0.6, 1)
    height = min(1, max(0.6, width * draw.uniform(0.8, 1.25)))
    centre = (draw.uniform(width - 1, 1 - width), draw.uniform(height - 1, 1 - height))
    scale = (-width if draw.random() < 0.5 else width, height)
    canvas = window(query.canvas, resolution, scale, centre)
    levels = []
    for level, (maps, affinity, pooled) in enumerate(zip(query.maps, query.affinities, support.prototypes)):
        side = resolution >> level
        resized = priors.normalized(window(raw_priors(pooled, maps, affinity), side, scale, centre))
        gain, shift = (torch.randn(1, 6, 1, 1) * 0.15).exp(), torch.randn(1, 6, 1, 1) * 0.15
        fused = priors.fused(resized * gain + shift)
        levels.append(torch.cat([fused, F.adaptive_avg_pool2d(canvas[:, 3:], side)], 1))
    target = window(query.target, resolution, scale, centre)
    weight = target[:, 1:]
    truth = (target[:, :1] / weight.clamp_min(1e-6)).clamp(0, 1)
    return levels, canvas[:, :3], truth, weight


def batch(queries, count, resolution, draw):
    with torch.no_grad():
        found = [episode(queries, resolution, draw) for _ in range(count)]
        def joined(parts):
            return torch.cat(parts).to(memory_format=torch.channels_last)
        conditions = [joined([each[0][level] for each in found]) for level in range(3)]
        return conditions, *(joined([each[part] for each in found]) for part in (1, 2, 3))


def loss(network, given, alphas):
    conditions, image, truth, weight = given
    with torch.no_grad():
        timesteps = torch.randint(0, len(alphas), (truth.shape[0],))
        kept = alphas[timesteps].view(-1, 1, 1, 1)
        clean = truth * 2 - 1
        noisy = clean * kept.sqrt() + torch.randn_like(truth) * (1 - kept).sqrt()
        counts = weight > 0.5
        predicted, actual = (noisy > 0) & counts, (truth > 0.5) & counts
        iou = (predicted & actual).sum((1, 2, 3)) / (predicted | actual).sum((1, 2, 3)).clamp_min(1)
        current = (noisy + 1).clamp(0, 2) * 0.5
    prediction, error, guess = network(noisy, timesteps, conditions, image)
    images = ((prediction - clean).square() * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3)).clamp_min(1)
    quality = ((error - (truth - current)).square() * weight).mean()
    return images.mean() + 0.1 * quality + 0.1 * (guess - iou).abs().mean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, required=True, help="episodes of this rank")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--bucket", type=float, default=25, help="mebibytes a bucket of gradients")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--resolution", type=int, default=32)
    parser.add_argument("--channels", type=int, nargs=3, default=(32, 64, 128))
    options = parser.parse_args()
    torch.set_num_threads(1)
    distributed.init_process_group("gloo")
    torch.manual_seed(distributed.get_rank())
    draw = random.Random(distributed.get_rank())
    plain = UQDD(UQDDConfig(resolution=options.resolution, channels=tuple(options.channels), condition_channels=(38, 38, 38)))
    plain = plain.to(memory_format=torch.channels_last)
    # Every rank begins with the first one's weights.
    network = torch.nn.parallel.DistributedDataParallel(plain, bucket_cap_mb=options.bucket, gradient_as_bucket_view=True)
    parameters = list(plain.parameters())
    average = [parameter.detach().clone() for parameter in parameters]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    alphas = torch.tensor(sampling.alphas_cumulative()).float()
    queries = [Query(options.side, options.resolution) for _ in range(KEPT)]
    seconds = []
    distributed.barrier()
    for _ in range(options.steps):
        start = time.monotonic()
        optimizer.zero_grad(set_to_none=True)
        loss(network, batch(queries, options.batch, options.resolution, draw), alphas).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, parameters, 0.01)
        seconds.append(time.monotonic() - start)
    distributed.barrier()
    if distributed.get_rank() == 0:
        count = sum(parameter.numel() for parameter in parameters)
        print(json.dumps({"seconds": seconds, "parameters": count, "torch": torch.__version__}))
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
