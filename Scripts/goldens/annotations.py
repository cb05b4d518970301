"""Writes the annotation goldens of Tests/DatasetsTests/Goldens/annotations.

Usage: python Scripts/goldens/annotations.py   (needs the packages of requirements.txt; label-studio-sdk without its dependencies:
pip install --no-deps label-studio-sdk==2.1.2)

`coco.json`: polygons with the compressed runs that pycocotools fills them to, and random masks with their runs. `brushes.json`: masks
as Label Studio encodes them, with their plain runs along the rows.
"""

import importlib.util
import json
import math
import pathlib
import random

import numpy as np
from pycocotools import mask as coco

OUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/DatasetsTests/Goldens/annotations"
RNG = random.Random(11)


def brush_module():
    """Label Studio's own file, without the rest of its package."""
    package = pathlib.Path(importlib.util.find_spec("label_studio_sdk").submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location("brush", package / "converter/brush.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text(runs):
    return runs["counts"].decode("ascii")


def ring(cx, cy, rx, ry, count, jitter=0.0):
    points = []
    for index in range(count):
        angle = 2 * math.pi * index / count
        factor = 1 + RNG.uniform(-jitter, jitter)
        points += [cx + rx * factor * math.cos(angle), cy + ry * factor * math.sin(angle)]
    return points


def polygons():
    """Regular, ragged, tiny, thin, crossing, outside, beyond the borders, on pixel borders, with points twice."""
    yield 17, 23, [[3, 4, 15, 4, 15, 12, 3, 12]]
    yield 17, 23, [[3.5, 4.5, 15.5, 4.5, 15.5, 12.5, 3.5, 12.5]]
    yield 17, 23, [[0, 0, 23, 0, 23, 17, 0, 17]]
    yield 17, 23, [[-5, -7, 40, -7, 40, 30, -5, 30]]
    yield 17, 23, [[30, 2, 40, 2, 40, 9]]
    yield 17, 23, [[-30, 2, -4, 2, -9, 9]]
    yield 17, 23, [[2, 2, 2, 2, 9, 2, 9, 2, 9, 9, 2, 9, 2, 2]]
    yield 17, 23, [[2, 2, 20, 14, 20, 2, 2, 14]]
    yield 17, 23, [[4, 1, 4.1, 16, 4.2, 1]]
    yield 17, 23, [[1, 8, 22, 8.1, 1, 8.2]]
    yield 17, 23, [[5.2, 5.1, 5.4, 5.3, 5.1, 5.4]]
    yield 17, 23, [[2, 2, 9, 2, 9, 9, 2, 9], [6, 6, 15, 6, 15, 15, 6, 15]]
    yield 1, 1, [[0, 0, 1, 0, 1, 1, 0, 1]]
    yield 1, 40, [[3.3, 0, 20, 1, 33.3, 0]]
    yield 40, 1, [[0, 3.3, 1, 20, 0, 33.3]]
    yield 64, 80, [[500.5, -300.25, -200.125, 700.5, 40, 20.5, -10, 30]]
    for count in [3, 4, 5, 7, 12, 40, 200]:
        for jitter in [0.0, 0.4]:
            size = RNG.uniform(4, 50)
            center = (RNG.uniform(-5, 85), RNG.uniform(-5, 70))
            yield 64, 80, [ring(*center, size, RNG.uniform(4, 50), count, jitter)]
    for _ in range(24):
        count = RNG.randint(3, 14)
        yield 48, 37, [[RNG.uniform(-12, 55) for _ in range(2 * count)]]
    for _ in range(12):
        parts = [[round(RNG.uniform(0, 60), RNG.randint(0, 2)) for _ in range(2 * RNG.randint(3, 6))] for _ in range(3)]
        yield 60, 60, parts


def masks():
    for height, width, share in [(1, 1, 1), (1, 1, 0), (5, 7, 0.5), (64, 3, 0.1), (3, 64, 0.9), (40, 50, 0.02), (200, 300, 0.0003)]:
        yield (np.random.RandomState(height).rand(height, width) < share).astype(np.uint8)
    blocks = np.zeros((70, 90), np.uint8)
    blocks[10:60, 20:80] = 1
    blocks[30:40, 40:50] = 0
    yield blocks


def rounded(parts):
    return [[round(value, 4) for value in part] for part in parts]


def coco_goldens():
    filled = []
    for height, width, parts in polygons():
        parts = rounded(parts)
        runs = coco.merge(coco.frPyObjects(parts, height, width))
        filled.append({"height": height, "width": width, "polygons": parts, "counts": text(runs), "area": int(coco.area(runs))})
    encoded = []
    for mask in masks():
        runs = coco.encode(np.asfortranarray(mask))
        rows = ["".join("#" if value else "." for value in row) for row in mask] if mask.size < 4000 else []
        height, width = mask.shape
        encoded.append({"height": height, "width": width, "rows": rows, "counts": text(runs), "area": int(mask.sum())})
    return {"polygons": filled, "masks": encoded}


def row_runs(mask):
    counts, value, length = [], 0, 0
    for pixel in mask.flatten().tolist():
        if pixel != value:
            counts.append(length)
            value, length = pixel, 0
        length += 1
    return counts + [length]


def brush_goldens():
    brush = brush_module()
    cases = []
    for height, width, kind in [(12, 20, "block"), (30, 41, "noise"), (300, 260, "block"), (9, 5, "empty"), (6, 8, "soft")]:
        mask = np.zeros((height, width), np.uint8)
        if kind == "block":
            mask[height // 4 : height // 2, width // 5 : width - 3] = 255
        elif kind == "noise":
            mask = (np.random.RandomState(3).rand(height, width) < 0.3).astype(np.uint8) * 255
        elif kind == "soft":
            mask = np.arange(height * width, dtype=np.uint8).reshape(height, width) * 5
        rgba = np.repeat(mask[..., None], 4, axis=2)
        encoded = [int(value) for value in brush.encode_rle(rgba.flatten())]
        decoded = brush.decode_rle(encoded).reshape(height, width, 4)[..., 3]
        assert (decoded == mask).all()
        counts = row_runs((decoded >= 128).astype(np.uint8))
        cases.append({"height": height, "width": width, "rle": encoded, "counts": counts})
    return cases


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for name, value in [("coco", coco_goldens()), ("brushes", brush_goldens())]:
        (OUT / f"{name}.json").write_text(json.dumps(value, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
