"""Goldens of pseudo-label refinement: APF, APR and the guided filter in NumPy, written from the papers' formulas pixel by pixel.

python Scripts/goldens/pseudo_labels.py Tests/PseudoLabelTests/Goldens

Requirements: requirements.txt beside this file.
"""

import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

CHANNELS, CELLS, SIZE = 12, (9, 11), (40, 52)
REGION_THRESHOLD, BETA, CONFIDENCE, MARGIN = 0.8, 0.4, 0.6, 0.02


def components(labels, classes):
    """8-connected regions in scan order of their first pixels."""
    numbers, regions = np.full(labels.shape, -1), []
    for start in np.ndindex(labels.shape):
        if labels[start] not in classes or numbers[start] >= 0:
            continue
        stack, pixels = [start], []
        numbers[start] = len(regions)
        while stack:
            y, x = stack.pop()
            pixels.append((y, x))
            for ny in range(max(0, y - 1), min(labels.shape[0], y + 2)):
                for nx in range(max(0, x - 1), min(labels.shape[1], x + 2)):
                    if numbers[ny, nx] < 0 and labels[ny, nx] == labels[start]:
                        numbers[ny, nx] = len(regions)
                        stack.append((ny, nx))
        regions.append((labels[start], pixels))
    return regions


def enlarged(features):
    rows = np.arange(SIZE[0]) * CELLS[0] // SIZE[0]
    columns = np.arange(SIZE[1]) * CELLS[1] // SIZE[1]
    return features[rows][:, columns]


def unit(vector):
    return vector / np.linalg.norm(vector)


def blobs(random, classes, count):
    labels = np.zeros(SIZE, np.int32)
    for _ in range(count):
        (h, w), k = random.integers(4, 16, 2), random.choice(classes)
        y, x = random.integers(0, SIZE[0] - h), random.integers(0, SIZE[1] - w)
        labels[y : y + h, x : x + w] = k
    return labels


def class_features(random, truth, directions, noise):
    """Features of cells that look like the class in the middle of each cell."""
    ys = (np.arange(CELLS[0]) * SIZE[0] + SIZE[0] // 2) // CELLS[0]
    xs = (np.arange(CELLS[1]) * SIZE[1] + SIZE[1] // 2) // CELLS[1]
    return directions[truth[ys][:, xs]] + noise * random.normal(size=(*CELLS, CHANNELS))


def guided(p, guide, radius, epsilon):
    """He et al. 2013, equations 14 to 16 with a colour guide, window by window."""
    height, width = p.shape
    slopes, offsets = np.zeros((height, width, 3)), np.zeros((height, width))

    def window(y, x):
        return slice(max(0, y - radius), y + radius + 1), slice(max(0, x - radius), x + radius + 1)

    for y, x in np.ndindex(p.shape):
        values, colours = p[window(y, x)].ravel(), guide[window(y, x)].reshape(-1, 3)
        mean, mu = values.mean(), colours.mean(0)
        covariance = colours.T @ colours / len(colours) - np.outer(mu, mu)
        right = (colours * values[:, None]).mean(0) - mu * mean
        slopes[y, x] = np.linalg.solve(covariance + epsilon * np.eye(3), right)
        offsets[y, x] = mean - slopes[y, x] @ mu
    result = np.zeros_like(p)
    for y, x in np.ndindex(p.shape):
        a = slopes[window(y, x)].reshape(-1, 3).mean(0)
        result[y, x] = a @ guide[y, x] + offsets[window(y, x)].mean()
    return result


random = np.random.default_rng(4)
directions = random.normal(size=(6, CHANNELS))
support_labels, truth = blobs(random, [2, 4], 5), blobs(random, [1, 2, 4], 7)
predicted = truth.copy()
predicted[5:18, 30:44], predicted[25:36, 4:16] = 4, 2
support = class_features(random, support_labels, directions, 0.5)
features = class_features(random, truth, directions, 0.8)

means = {k: enlarged(support)[support_labels == k].mean(0) for k in (2, 4)}
filtered, similarities = predicted.copy(), []
for k, pixels in components(predicted, (2, 4)):
    v = enlarged(features)[tuple(np.array(pixels).T)].mean(0)
    similarities.append(unit(v) @ unit(means[k]))
    if similarities[-1] < REGION_THRESHOLD:
        filtered[tuple(np.array(pixels).T)] = -1

adapted = {}
for k in sorted(set(filtered.ravel()) - {-1} | set(means)):
    own = unit(enlarged(features)[filtered == k].mean(0)) if (filtered == k).any() else None
    parts = [v for v in (unit(means[k]) if k in means else None, own) if v is not None]
    adapted[k] = unit(BETA * parts[0] + (1 - BETA) * parts[1]) if len(parts) == 2 else parts[0]
unit_features = features / np.linalg.norm(features, axis=2, keepdims=True)
cosines = torch.tensor(np.stack([unit_features @ d for d in adapted.values()])[None], dtype=torch.float64)
cosines = F.interpolate(cosines, SIZE, mode="bilinear", align_corners=False)[0].numpy()
relabelled = filtered.copy()
for pixel in np.argwhere(filtered == -1):
    values = cosines[:, pixel[0], pixel[1]]
    second, best = np.sort(values)[-2:]
    if best >= CONFIDENCE and best - second >= MARGIN:
        relabelled[tuple(pixel)] = list(adapted)[values.argmax()]

guide = random.random((19, 23, 3))
guide[:, 9:] += 1
mask = (np.add.outer(np.zeros(19), np.arange(23)) < 11).astype(float)
close = np.abs(np.array(similarities) - REGION_THRESHOLD).min()
ties = [np.sort(cosines[:, y, x])[-2:] for y, x in np.argwhere(filtered == -1)]
nearest = min((min(abs(b - CONFIDENCE), abs(b - a - MARGIN)) for a, b in ties), default=0)
print(f"similarities {np.round(similarities, 3)}, nearest to lambda {close:.1e}, freed {(filtered == -1).sum()} pixels, "
      f"named {(relabelled != filtered).sum()}, nearest decision {nearest:.1e}")
save_file(
    {
        "support": support[None].astype(np.float32), "support_labels": support_labels, "features": features[None].astype(np.float32),
        "predicted": predicted.astype(np.int32), "similarities": np.array(similarities, np.float32),
        "mean2": means[2].astype(np.float32), "mean4": means[4].astype(np.float32), "filtered": filtered.astype(np.int32),
        "relabelled": relabelled.astype(np.int32), "guide": guide[None].astype(np.float32), "mask": mask[None, :, :, None].astype(np.float32),
        "guided": guided(mask, guide, 3, 1e-2)[None, :, :, None].astype(np.float32),
    },
    pathlib.Path(sys.argv[1]) / "pseudo-labels.safetensors")
