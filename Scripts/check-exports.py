#!/usr/bin/env python3
"""Reads exports of `fss predict` back with the tools that they are for, and compares pixels with the masks of the run.

    Scripts/check-exports.py [--fss .build/release/fss] [--results FOLDER] [--tolerance PIXELS]

Without --results it draws photos, looks for two concepts in them and exports that, without a tolerance and with one.
  coco      pycocotools: no pixel may differ
  palette   Pillow: no pixel may differ
  labelme   labelme's own loader, with the photo beside; its polygons filled by pycocotools
  yolo      ultralytics' dataset check, its search for labels and its check of a label; the polygons filled by pycocotools
Polygons without a tolerance may not differ in a pixel; with one only in pixels that are at most so far, plus one, from the mask's border.

Needs: pip install pycocotools==2.0.11 labelme==6.3.1 ultralytics==8.4.190 scipy==1.17.1 pillow numpy  (the last but two brings torch)
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from pycocotools import mask as coco_masks
from pycocotools.coco import COCO
from scipy import ndimage

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("coco", "palette", "labelme", "yolo")


def drawn(folder):
    """Photos of a ring, blobs and touching squares on grounds of several sizes, and masks of two things in the first."""
    rng = np.random.default_rng(7)
    photos = folder / "photos"
    photos.mkdir()
    for number, (width, height) in enumerate([(320, 240), (241, 333), (400, 150), (97, 101), (640, 480), (200, 200)]):
        noise = rng.integers(0, 40, (height, width, 3), dtype=np.uint8)
        image = Image.fromarray(noise + np.array([30, 60, 40], np.uint8))
        draw = ImageDraw.Draw(image)
        side = min(width, height)
        ring = (width // 8, height // 8, width // 8 + side // 2, height // 8 + side // 2)
        square = (width - side // 3 - 4, height - side // 3 - 4, width - 5, height - 5)
        draw.ellipse(ring, fill=(210, 60, 50), outline=(90, 20, 20), width=3)
        draw.ellipse([(ring[0] + ring[2]) // 2 - side // 8, (ring[1] + ring[3]) // 2 - side // 8,
                      (ring[0] + ring[2]) // 2 + side // 8, (ring[1] + ring[3]) // 2 + side // 8], fill=(40, 70, 50))
        draw.rectangle(square, fill=(50, 90, 220))
        image.save(photos / f"drawn {number}.{'png' if number % 2 else 'jpg'}")
        if number == 0:
            boxes = {"ring": ring, "blue-square": square}
    return photos, boxes


def predicted(fss, folder, tolerance):
    """A run of two concepts on drawn photos, exported."""
    photos, boxes = drawn(folder)
    concepts = []
    for name, box in boxes.items():
        path = folder / f"{name}.fss"
        call(fss, "concept", "create", path, "--support", photos / "drawn 0.jpg", "--box", ",".join(map(str, box)))
        concepts += ["--concept", path]
    out = folder / "found"
    # Whether the masks are right does not matter here: few steps on a small square are soon done.
    call(fss, "predict", *concepts, photos, "--out", out, "--separate", "--threshold", "0.3", "--steps", "2", "--ensemble", "1",
         "--resolution", "64", "--export", *FORMATS, "--export-tolerance", tolerance, "-q")
    return out


def call(fss, *words):
    done = subprocess.run([str(fss), *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"check-exports: fss {words[0]} ended with {done.returncode}: {done.stderr.strip()}")


class Truth:
    """The masks of a run, photo by photo and class by class."""

    def __init__(self, folder):
        records = {}
        for line in (folder / "results.jsonl").read_text().splitlines():
            record = json.loads(line)
            records[record["name"]] = record
        self.photos = {name: self.masks(folder, record) for name, record in records.items()
                       if record.get("mask") and not record.get("error")}
        self.pixels = sum(masks.size for photo in self.photos.values() for masks in photo.values())

    @staticmethod
    def masks(folder, record):
        values = np.array(Image.open(folder / record["mask"]))
        names = [concept["name"] for concept in record.get("concepts") or []]
        if len(names) < 2:
            return {names[0] if names else "object": values > 0}
        return {name: values == number + 1 for number, name in enumerate(names)}


class Comparison:
    def __init__(self, title, truth, reach):
        self.title, self.truth, self.reach = title, truth, reach
        self.photos = self.differing = self.beyond = 0
        self.complaints = []

    def photo(self, name, found):
        """Compares what was read with the masks; `found` has a mask for each class that has one."""
        self.photos += 1
        for label, mask in self.truth.photos[name].items():
            other = found.pop(label, None)
            other = np.zeros_like(mask) if other is None else other
            if other.shape != mask.shape:
                self.complaints.append(f"{name}: {other.shape}, expected {mask.shape}")
                continue
            wrong = other != mask
            self.differing += int(wrong.sum())
            if self.reach is None:
                self.beyond += int(wrong.sum())
            elif wrong.any():
                # How far a pixel is from the nearest one of the other kind.
                padded = np.pad(mask, 1)
                far = np.where(padded, ndimage.distance_transform_edt(padded), ndimage.distance_transform_edt(~padded))[1:-1, 1:-1]
                self.beyond += int((wrong & (far > self.reach)).sum())
        for label in found:
            self.complaints.append(f"{name}: the class {label} was not looked for")

    def end(self):
        if self.photos != len(self.truth.photos):
            self.complaints.append(f"{self.photos} photos, expected {len(self.truth.photos)}")
        if self.beyond:
            self.complaints.append(f"{self.beyond} pixels differ that may not")
        print(f"{self.title:9} {self.photos} photos, {self.differing} of {self.truth.pixels} pixels differ, "
              f"{self.beyond} of them beyond the tolerance" + "".join(f"\n  {text}" for text in self.complaints[:10]))
        return not self.complaints


def filled(rings, height, width):
    rings = [ring for ring in rings if len(ring) >= 6]
    if not rings:
        return np.zeros((height, width), bool)
    # A part of several rings would be one object for frPyObjects: each ring is a part of its own here.
    return coco_masks.decode(coco_masks.merge(coco_masks.frPyObjects(rings, height, width))) > 0


def check_coco(folder, truth):
    comparison = Comparison("coco", truth, None)
    data = COCO(folder / "coco/instances.json")
    for image in data.loadImgs(data.getImgIds()):
        found = {}
        for item in data.loadAnns(data.getAnnIds(imgIds=image["id"])):
            label = data.cats[item["category_id"]]["name"]
            mask = data.annToMask(item) > 0
            rle = data.annToRLE(item)
            if int(coco_masks.area(rle)) != item["area"] or list(coco_masks.toBbox(rle)) != item["bbox"]:
                comparison.complaints.append(f"annotation {item['id']}: area or bbox are not those of its pixels")
            found[label] = found.get(label, False) | mask
        comparison.photo(Path(image["file_name"]).stem, found)
    return comparison.end()


def check_palette(folder, truth):
    comparison = Comparison("palette", truth, None)
    lines = (folder / "palette/classes.txt").read_text().splitlines()
    classes = dict(line.split(" ", 1) for line in lines)
    for name in truth.photos:
        values = np.array(Image.open(folder / f"palette/SegmentationClass/{name}.png"))
        comparison.photo(name, {classes[str(value)]: values == value for value in np.unique(values) if value})
    return comparison.end()


def check_labelme(folder, truth, reach):
    from labelme import LabelFile
    from loguru import logger

    logger.disable("labelme")
    comparison = Comparison("labelme", truth, reach)
    for name, masks in truth.photos.items():
        file = LabelFile(str(folder / f"labelme/{name}.json"))
        height, width = next(iter(masks.values())).shape
        rings = {}
        for shape in file.shapes:
            rings.setdefault(shape["label"], []).append([number for point in shape["points"] for number in point])
        comparison.photo(name, {label: filled(own, height, width) for label, own in rings.items()})
    return comparison.end()


def check_yolo(folder, truth, reach):
    os.environ.setdefault("YOLO_CONFIG_DIR", tempfile.mkdtemp())
    os.environ.setdefault("YOLO_OFFLINE", "true")
    from ultralytics.data.utils import check_det_dataset, img2label_paths, verify_image_label

    comparison = Comparison("yolo", truth, reach)
    data = check_det_dataset(str(folder / "yolo/data.yaml"), autodownload=False)
    if not isinstance(data["names"], dict):
        comparison.complaints.append(f"names are {type(data['names']).__name__}, expected dict")
    images = sorted(str(path) for path in Path(data["train"]).iterdir())
    for image, label in zip(images, img2label_paths(images)):
        checked = verify_image_label((image, label, "", False, len(data["names"]), 0, 0, False))
        file, boxes, shape, segments, _, missing, _, _, corrupt, message = checked
        if file is None or missing or corrupt or message:
            comparison.complaints.append(f"{image}: missing {missing}, corrupt {corrupt}: {message}")
            continue
        height, width = shape
        rings = {}
        for box, segment in zip(boxes, segments):
            points = segment.astype(np.float64) * [width, height]
            rings.setdefault(data["names"][int(box[0])], []).append(points.reshape(-1).tolist())
        comparison.photo(Path(image).stem, {name: filled(own, height, width) for name, own in rings.items()})
    return comparison.end()


def check(results, tolerance):
    truth, exports = Truth(results), results / "exports"
    things = sum(bool(mask.any()) for photo in truth.photos.values() for mask in photo.values())
    print(f"{results}: {len(truth.photos)} photos, {things} masks with pixels, tolerance {tolerance:g}")
    if things == 0:
        print("  nothing was found, which shows nothing")
        return False
    reach = None if tolerance == 0 else tolerance + 1
    return all([check_coco(exports, truth), check_palette(exports, truth), check_labelme(exports, truth, reach),
                check_yolo(exports, truth, reach)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fss", default=ROOT / ".build/release/fss", type=Path)
    parser.add_argument("--results", type=Path, help=f"a run with the exports {', '.join(FORMATS)}")
    parser.add_argument("--tolerance", type=float, default=1.0, help="the --export-tolerance of --results")
    options = parser.parse_args()
    if options.results:
        sys.exit(0 if check(options.results, options.tolerance) else 1)
    good = True
    for tolerance in (0.0, 1.0):
        with tempfile.TemporaryDirectory() as folder:
            good = check(predicted(options.fss.absolute(), Path(folder), tolerance), tolerance) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
