"""Filtering, relabelling and boundary refinement of pseudo labels with NumPy, SciPy and PyTorch."""
import numpy as np
import scipy.ndimage as ndimage
import torch
import torch.nn.functional as F

VOID = -1
EIGHT = np.ones((3, 3), int)


def regions(labels, classes):
    """One number a pixel from 1 on, and the class of each number."""
    numbers, owners = np.zeros(labels.shape, np.int64), []
    for k in classes:
        found, count = ndimage.label(labels == k, EIGHT)
        numbers[found > 0] = found[found > 0] + len(owners)
        owners += [k] * count
    return numbers, np.array(owners, np.int64)


class Cells:
    """The nearest cell of the map for every pixel."""

    def __init__(self, features, shape):
        h, w, self.channels = features.shape
        rows, columns = np.arange(shape[0]) * h // shape[0], np.arange(shape[1]) * w // shape[1]
        self.cells, self.count = (rows[:, None] * w + columns), h * w
        self.features = torch.from_numpy(features.reshape(h * w, -1))

    def sums(self, groups, count):
        """Sums over groups 0..<count of pixels; -1 is none."""
        inside = groups >= 0
        shares = np.bincount(groups[inside] * self.count + self.cells[inside], minlength=count * self.count)
        return torch.from_numpy(shares.reshape(count, self.count).astype(np.float32)) @ self.features


def unit(x):
    return F.normalize(x, dim=1)


def filtered(labels, features, means, classes, threshold):
    numbers, owners = regions(labels, classes)
    similarity = unit(Cells(features, labels.shape).sums(numbers - 1, len(owners))) @ unit(means).T
    own = similarity[torch.arange(len(owners)), torch.from_numpy(np.searchsorted(classes, owners))]
    freed = np.concatenate([[False], (own < threshold).numpy()])
    return np.where(freed[numbers], VOID, labels)


def relabelled(labels, features, means, classes, beta, confidence):
    present = [k for k in np.unique(labels) if k != VOID]
    local = Cells(features, labels.shape).sums(np.where(labels == VOID, -1, np.searchsorted(present, labels)), len(present))
    directions, names = [], []
    for k in sorted(set(present) | set(classes)):
        parts = [unit(means[classes.index(k)][None])] if k in classes else []
        own = [unit(local[present.index(k)][None])] if k in present else []
        both = parts + own
        directions.append(unit(beta * both[0] + (1 - beta) * both[1]) if len(both) == 2 else both[0])
        names.append(k)
    h, w, channels = features.shape
    cosines = unit(torch.from_numpy(features.reshape(-1, channels))) @ torch.cat(directions).T
    maps = cosines.T.reshape(1, len(names), h, w)
    best, place = F.interpolate(maps, labels.shape, mode="bilinear", align_corners=False)[0].max(0)
    named = (labels == VOID) & (best.numpy() >= confidence)
    return np.where(named, np.array(names)[place.numpy()], labels)


def means_of_windows(radius, shape):
    size = 2 * radius + 1
    counts = ndimage.uniform_filter(np.ones(shape, np.float32), size, mode="constant")
    return lambda x: ndimage.uniform_filter(x, size, mode="constant") / counts


def guided(p, guide, radius, epsilon):
    mean = means_of_windows(radius, p.shape)
    channels = [guide[..., c] for c in range(3)]
    mu, mean_p = [mean(c) for c in channels], mean(p)
    right = [mean(c * p) - m * mean_p for c, m in zip(channels, mu)]
    v = {(i, j): mean(channels[i] * channels[j]) - mu[i] * mu[j] + (epsilon if i == j else 0)
         for i in range(3) for j in range(i, 3)}
    a00 = v[1, 1] * v[2, 2] - v[1, 2] ** 2
    a01 = v[0, 2] * v[1, 2] - v[0, 1] * v[2, 2]
    a02 = v[0, 1] * v[1, 2] - v[0, 2] * v[1, 1]
    a11 = v[0, 0] * v[2, 2] - v[0, 2] ** 2
    a12 = v[0, 1] * v[0, 2] - v[0, 0] * v[1, 2]
    a22 = v[0, 0] * v[1, 1] - v[0, 1] ** 2
    determinant = v[0, 0] * a00 + v[0, 1] * a01 + v[0, 2] * a02
    slopes = [sum(a * r for a, r in zip(row, right)) / determinant for row in ((a00, a01, a02), (a01, a11, a12), (a02, a12, a22))]
    offset = mean_p - sum(s * m for s, m in zip(slopes, mu))
    return mean(offset) + sum(mean(s) * c for s, c in zip(slopes, channels))


def refined(labels, photo, band, radius, epsilon, agreement, least):
    """The guided filter on the tight box of each region, its answer used in the band and where there is no label."""
    numbers, owners = regions(labels, [k for k in np.unique(labels) if k not in (0, VOID)])
    size = 2 * band + 1
    low, high = ndimage.minimum_filter(labels, size, mode="nearest"), ndimage.maximum_filter(labels, size, mode="nearest")
    updatable = (low != high) | (labels == VOID)
    answers = []
    for number, box in enumerate(ndimage.find_objects(numbers), 1):
        part = numbers[box] == number
        if part.sum() < least:
            continue
        reach = 2 * radius
        window = tuple(slice(max(0, s.start - reach), min(n, s.stop + reach)) for s, n in zip(box, labels.shape))
        mask = (numbers[window] == number).astype(np.float32)
        q = guided(mask, photo[window].astype(np.float32) / 255, radius, epsilon)
        inside = q > 0.5
        union = (inside | (mask > 0)).sum()
        if union == 0 or (inside & (mask > 0)).sum() / union < agreement:
            continue
        score = np.clip(q[inside], 0, 1).mean() if inside.any() else 0.0
        answers.append((score, window, inside, mask > 0, owners[number - 1]))
    result, taken = labels.copy(), np.zeros(labels.shape, bool)
    for score, window, inside, mask, owner in sorted(answers, key=lambda a: -a[0]):
        here = inside & updatable[window] & ~taken[window]
        result[window][here] = owner
        taken[window] |= here
    for score, window, inside, mask, owner in answers:
        result[window][mask & updatable[window] & ~taken[window]] = 0
    return result
