"""Writes an instances file with the statistics of COCO's instances_train2017.json: sizes, counts, order of keys, spelling.

    instances.py FILE [SCALE]        SCALE 1 (the default) gives about 450 MB; needs NumPy

118 287 images, 860 001 annotations of 80 classes with COCO's long tail (30 % persons), 1.1 polygons an annotation, a
log-normal number of corners, 1.2 % crowds with run lengths. The same seed gives the same bytes.
"""
import json
import pathlib
import sys

import numpy as np

IMAGES, ANNOTATIONS, CROWDS = 118_287, 860_001, 10_498
# COCO's category ids: 1...90 with ten gaps.
CATEGORIES = [number for number in range(1, 91) if number not in {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}]
SIZES = [(640, 480), (480, 640), (640, 427), (427, 640), (500, 375), (640, 360)]


def text(values):
    """Numbers as COCO spells them: two decimals at most, at least one."""
    return "[" + ",".join(map(repr, values)) + "]"


def image(number, random):
    width, height = SIZES[random.integers(len(SIZES))]
    name = f"{number:012d}.jpg"
    record = {
        "license": int(random.integers(1, 9)), "file_name": name,
        "coco_url": f"http://images.cocodataset.org/train2017/{name}", "height": height, "width": width,
        "date_captured": "2013-11-14 11:18:45",
        "flickr_url": f"http://farm9.staticflickr.com/8186/{random.integers(1 << 32)}_{random.integers(1 << 40):010x}_z.jpg",
        "id": number}
    return record


def polygon(random, width, height, corners):
    """A star-shaped outline inside of the image."""
    reach = np.exp(random.normal(-2.2, 0.9))
    x, y = random.uniform(0.05, 0.95) * width, random.uniform(0.05, 0.95) * height
    angles = np.sort(random.uniform(0, 2 * np.pi, corners))
    radii = reach * random.uniform(0.5, 1, corners) / 2
    xs = np.clip(x + radii * np.cos(angles) * width, 0, width)
    ys = np.clip(y + radii * np.sin(angles) * height, 0, height)
    return np.round(np.stack([xs, ys], 1), 2)


def area(points):
    x, y = points[:, 0], points[:, 1]
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def instance(number, owner, category, random):
    parts = 1 + (random.random() < 0.09) * int(random.geometric(0.6))
    corners = np.maximum(4, np.exp(random.normal(2.84, 0.75, parts))).astype(int)
    points = [polygon(random, owner["width"], owner["height"], count) for count in corners]
    every = np.concatenate(points)
    low, high = every.min(0), every.max(0)
    box = [float(value) for value in np.round([low[0], low[1], high[0] - low[0], high[1] - low[1]], 2)]
    lists = ",".join(text(part.ravel().tolist()) for part in points)
    return (f'{{"segmentation": [{lists}], "area": {sum(map(area, points))!r}, "iscrowd": 0, "image_id": {owner["id"]}, '
            f'"bbox": {text(box)}, "category_id": {category}, "id": {number}}}')


def crowd(number, owner, category, random):
    width, height = owner["width"], owner["height"]
    cuts = np.sort(random.choice(width * height, int(np.exp(random.normal(5.5, 0.7))), replace=False))
    counts = np.diff(np.concatenate([[0], cuts, [width * height]]))
    return (f'{{"segmentation": {{"counts": {text(counts.tolist())}, "size": [{height}, {width}]}}, '
            f'"area": {int(counts[1::2].sum())}, "iscrowd": 1, "image_id": {owner["id"]}, "bbox": [0, 0, {width}, {height}], '
            f'"category_id": {category}, "id": {number}}}')


def main():
    path, scale = pathlib.Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    random = np.random.default_rng(2017)
    numbers = np.sort(random.choice(581_930, int(IMAGES * scale), replace=False)) + 1
    images = [image(int(number), random) for number in random.permutation(numbers)]
    total, crowds = int(ANNOTATIONS * scale), int(CROWDS * scale)
    weights = np.concatenate([[0.305 / 0.695 * sum(1 / (rank + 6) for rank in range(1, 80))], 1 / np.arange(7, 86)])
    categories = random.choice(CATEGORIES, total, p=weights / weights.sum())
    owners = random.choice(len(images), total, p=random.dirichlet(np.full(len(images), 1.0)))
    info = {"description": "Generated with the statistics of COCO 2017", "version": "1.0", "year": 2017}
    licences = [{"url": "http://creativecommons.org/licenses/by/2.0/", "id": number, "name": "Attribution"} for number in range(1, 9)]
    names = [{"supercategory": "thing", "id": number, "name": f"thing {number}"} for number in CATEGORIES]
    with path.open("w") as out:
        out.write(f'{{"info": {json.dumps(info)}, "licenses": {json.dumps(licences)}, "images": {json.dumps(images)}, ')
        out.write('"annotations": [')
        for index in range(total):
            make = crowd if index >= total - crowds else instance
            entry = make(index + 1, images[owners[index]], int(categories[index]), random)
            out.write(entry if index == 0 else ", " + entry)
        out.write(f'], "categories": {json.dumps(names)}}}')


main()
