"""Writes the goldens of Tests/DatasetsTests/Goldens/coco: an instances file and what pycocotools makes of it.

Usage: python Scripts/goldens/coco.py [<instances files>]   (needs the packages of requirements.txt)

`instances.json`: own images with polygons of every kind, run lengths plain and compressed, crowds. `masks.json`: by annotation id the
compressed runs that `COCO.annToMask` gives. For instances files that are named, the digest of all their masks is printed: lines
`id runs` in the order of ids, joined by line feeds.
"""

import contextlib
import hashlib
import io
import json
import math
import pathlib
import random
import sys

import numpy as np
from pycocotools import mask as masks
from pycocotools.coco import COCO

OUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/DatasetsTests/Goldens/coco"
RNG = random.Random(20)
IMAGES = [(7, 64, 48), (3, 33, 57)]
# Category, and whether it is among COCO's ids after a gap.
CATEGORIES = [(1, "person"), (18, "dog"), (90, "toothbrush")]


def outline(width, height, count, decimals):
    """A ring that may leave the image."""
    cx, cy, radius = RNG.uniform(0, width), RNG.uniform(0, height), RNG.uniform(1, width / 1.5)
    values = []
    for index in range(count):
        angle = 2 * math.pi * index / count
        factor = RNG.uniform(0.4, 1)
        values += [round(cx + radius * factor * math.cos(angle), decimals), round(cy + radius * factor * math.sin(angle), decimals)]
    return values


def random_mask(width, height):
    mask = np.zeros((height, width), np.uint8, order="F")
    for _ in range(4):
        x, y = RNG.randrange(width - 3), RNG.randrange(height - 3)
        mask[y:y + RNG.randrange(1, 12), x:x + RNG.randrange(1, 12)] ^= 1
    return mask


def plain(mask):
    flat = mask.ravel(order="F")
    cuts = np.flatnonzero(np.diff(np.concatenate([[0], flat, [2]])))
    return np.diff(np.concatenate([[0], cuts])).tolist()


def segmentation(number, width, height):
    kind = number % 8
    if kind == 5:
        mask = random_mask(width, height)
        return {"size": [height, width], "counts": plain(mask)}, 1
    if kind == 6:
        return {"size": [height, width], "counts": masks.encode(random_mask(width, height))["counts"].decode()}, 0
    decimals = {0: 2, 1: 1, 2: 0, 3: 6, 4: 2, 7: 2}[kind]
    parts = 3 if kind == 4 else 1
    return [outline(width, height, RNG.randrange(3, 12), decimals) for _ in range(parts)], 0


def runs(coco, annotation):
    return masks.encode(np.asfortranarray(coco.annToMask(annotation)))["counts"].decode()


def opened(path):
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    annotations = []
    for number in range(40):
        identity, width, height = IMAGES[number % 2]
        shape, crowd = segmentation(number, width, height)
        annotations.append({
            "segmentation": shape, "area": round(RNG.uniform(1, 900), 3), "iscrowd": crowd, "image_id": identity,
            "bbox": [1.5, 2, 10, 4.25], "category_id": CATEGORIES[number % 3][0], "id": 1000 - number})
    content = {
        "info": {"year": 2017}, "licenses": [],
        "images": [{"id": i, "width": w, "height": h, "file_name": f"{i:012d}.jpg"} for i, w, h in IMAGES],
        "annotations": annotations,
        "categories": [{"supercategory": "thing", "id": i, "name": name} for i, name in CATEGORIES]}
    path = OUT / "instances.json"
    path.write_text(json.dumps(content))
    coco = opened(path)
    (OUT / "masks.json").write_text(json.dumps({str(i): runs(coco, a) for i, a in sorted(coco.anns.items())}))
    for name in sys.argv[1:]:
        other = opened(name)
        lines = [f"{i} {runs(other, a)}" for i, a in sorted(other.anns.items())]
        print(hashlib.sha256("\n".join(lines).encode()).hexdigest(), len(lines), pathlib.Path(name).name)


main()
