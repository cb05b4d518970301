"""BAFT and UAPF (sections 3.3.1 and 3.3.2): features of query and support views to the decoder's conditions.

Priors in channel order: foreground, contrast, centred, then the same three with affinity. Feature maps are NCHW in
channels_last memory.
"""
import torch
import torch.nn.functional as F


def pixels_of(features):
    """[N, C, h, w] -> [N, P, C], float32; no copy where the memory is channels_last float32."""
    n, c, h, w = features.shape
    return features.permute(0, 2, 3, 1).reshape(n, h * w, c).float()


def prototypes(features, masks):
    """features [V, C, h, w], masks [V, 1, H, W] -> foreground, background and mean [V, C]."""
    v, _, h, w = features.shape
    pixels = pixels_of(features)
    weights = F.adaptive_avg_pool2d(masks, (h, w)).reshape(v, 1, h * w)

    def pooled(weight):
        return (torch.bmm(weight, pixels) / weight.sum(2, keepdim=True).clamp_min(1e-6))[:, 0]

    return pooled(weights), pooled(1 - weights), pixels.mean(1)


def affinity(pixels, mean):
    """Equation 11, centred, squared, rows that add up to one: [P, P]."""
    directions = F.normalize(pixels - mean, dim=1)
    similarity = (directions @ directions.T).relu_().square_()
    return similarity / similarity.sum(1, keepdim=True).clamp_min(1e-12)


def baft(pooled, query):
    """One level: prototypes of V views and the query's features [1, C, h, w] -> raw priors [V, 6, h, w]."""
    foreground, background, mean = pooled
    h, w = query.shape[2:]
    pixels = pixels_of(query)[0]
    query_mean = pixels.mean(0, keepdim=True)
    directions = F.normalize(pixels, dim=1)
    unit = F.normalize(foreground, dim=1)
    plain = unit @ directions.T
    contrast = (unit - F.normalize(background, dim=1)) @ directions.T
    centre = (mean + query_mean) * 0.5
    direction = foreground - centre
    products = direction @ pixels.T - (direction * centre).sum(1, keepdim=True)
    lengths = pixels.square().sum(1)[None] - 2 * (centre @ pixels.T) + centre.square().sum(1, keepdim=True)
    norms = lengths.clamp_min(1e-6).sqrt() * direction.norm(dim=1, keepdim=True).clamp_min(1e-6)
    direct = torch.stack([plain, contrast, products / norms], 1)
    enhanced = direct @ affinity(pixels, query_mean).T
    return torch.cat([direct, enhanced], 1).view(-1, 6, h, w)


def normalized(priors):
    """Each kind to mean 0 and half its standard deviation over views and pixels, cut at 2."""
    centred = priors - priors.mean((0, 2, 3), keepdim=True)
    deviation = centred.square().mean((0, 2, 3), keepdim=True).sqrt()
    return (centred / (deviation.clamp_min(1e-6) * 2)).clamp(-2, 2)


def fused(priors, count=4):
    """Equation 12 and the `count` views that are largest in the mean: [V, K, h, w] -> [1, K * (2 + count), h, w]."""
    v, k, h, w = priors.shape
    mean = priors.mean(0, keepdim=True)
    variance = (priors - mean).square().mean(0, keepdim=True)
    order = priors.mean((2, 3)).argsort(dim=0, descending=True, stable=True)
    places = order[torch.arange(count) % v]
    ranked = priors[places, torch.arange(k)[None].expand(count, k)]
    return torch.cat([mean, variance, ranked.reshape(1, count * k, h, w)], 1)


def conditions(levels, edges, resolution=64):
    """Raw priors of three levels and edges [1, 2, 128, 128] -> one [1, 38, s, s] a level."""
    out = []
    for level, raw in enumerate(levels):
        side = resolution >> level
        maps = normalized(F.interpolate(raw, size=(side, side), mode="bilinear", align_corners=False))
        out.append(torch.cat([fused(maps), F.adaptive_avg_pool2d(edges, side)], 1))
    return out
