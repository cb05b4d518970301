"""The cosine schedule and the DDIM loop (equation 14) for a decoder that predicts the clean mask."""
import math

import torch


def alphas_cumulative(count=250):
    """Nichol and Dhariwal's cosine schedule in double precision, beta at most 0.999."""
    def level(position):
        return math.cos((position + 0.008) / 1.008 * math.pi / 2) ** 2

    product, out = 1.0, []
    for step in range(count):
        product *= 1 - min(1 - level((step + 1) / count) / level(step / count), 0.999)
        out.append(product)
    return out


def timesteps(steps, count=250):
    """From the last timestep downward by count / steps."""
    return [count - 1 - (step * count + steps // 2) // steps for step in range(steps)]


def sample(noise, denoise, steps=50, count=250):
    """`denoise(x, t)` gives clean masks; returns the last of them in [-1, 1]."""
    alphas = alphas_cumulative(count)
    visited = timesteps(steps, count)
    x = noise
    for index, t in enumerate(visited):
        clean = denoise(x, t).clamp(-1, 1)
        if index + 1 == len(visited):
            return clean
        signal, level = math.sqrt(alphas[t]), math.sqrt(1 - alphas[t])
        epsilon = x * (1 / level) - clean * (signal / level)
        after = alphas[visited[index + 1]]
        x = clean * math.sqrt(after) + epsilon * math.sqrt(1 - after)
