"""Writes the goldens of Tests/DatasetsTests/Goldens/exports: what pycocotools makes of masks, and a label map of SBD's form.

Usage: python Scripts/goldens/exports.py   (needs the packages of requirements.txt)

`coco.json`: masks as rows of text with the compressed runs, the area and the box that pycocotools gives them.
`sbd.mat`, `sbd-plain.mat`: GTcls with Boundaries (sparse), Segmentation and CategoriesPresent as SBD's cls/*.mat have them, compressed
and not; `sbd.json`: the values of Segmentation.
"""

import json
import pathlib
import random

import numpy as np
import scipy.io
import scipy.sparse
from pycocotools import mask as masks

OUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/DatasetsTests/Goldens/exports"
RNG = random.Random(5)


def blobs(height, width):
    """Boxes over each other, each turning over what is under it: parts, holes, parts in holes, corners that touch."""
    mask = np.zeros((height, width), np.uint8)
    for _ in range(RNG.randrange(1, 7)):
        y, x = RNG.randrange(height), RNG.randrange(width)
        mask[y:y + RNG.randrange(1, height), x:x + RNG.randrange(1, width)] ^= 1
    return mask


def noise(height, width):
    return np.array([[RNG.random() < 0.5 for _ in range(width)] for _ in range(height)], np.uint8)


def golden(mask):
    runs = masks.encode(np.asfortranarray(mask))
    return {
        "rows": ["".join("#" if value else "." for value in row) for row in mask],
        "counts": runs["counts"].decode(),
        "area": int(masks.area(runs)),
        "box": [int(value) for value in masks.toBbox(runs)],
    }


def labels():
    values = np.zeros((9, 13), np.uint8)
    values[1:5, 2:9] = 15
    values[4:8, 6:12] = 1
    return values


def sbd(values):
    cells = np.empty((20, 1), object)
    for index in range(20):
        edge = np.zeros(values.shape, bool)
        edge[index % values.shape[0], :] = index + 1 in (1, 15)
        cells[index, 0] = scipy.sparse.csc_matrix(edge)
    present = np.array([[1], [15]], np.uint8)
    return {"GTcls": {"Boundaries": cells, "Segmentation": values, "CategoriesPresent": present}}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    cases = [np.zeros((3, 4), np.uint8), np.ones((5, 2), np.uint8), noise(1, 9), noise(11, 1)]
    cases += [blobs(RNG.randrange(5, 30), RNG.randrange(5, 30)) for _ in range(12)]
    cases += [noise(RNG.randrange(4, 16), RNG.randrange(4, 16)) for _ in range(6)]
    (OUT / "coco.json").write_text(json.dumps([golden(mask) for mask in cases]) + "\n")
    for name, compresses in [("sbd", True), ("sbd-plain", False)]:
        path = OUT / f"{name}.mat"
        scipy.io.savemat(path, sbd(labels()), do_compression=compresses)
        # The header's text has the date.
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + path.read_bytes()[116:])
    (OUT / "sbd.json").write_text(json.dumps(labels().tolist()) + "\n")


main()
