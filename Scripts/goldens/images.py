"""Writes the image goldens of Tests/DatasetsTests/Goldens/images.

Usage: python Scripts/goldens/images.py   (needs the packages of requirements.txt)

Every case is a file plus `<name>.rgb` or `<name>.labels`: the expected samples, raw, rows from top to bottom. `index.json`
lists the cases with their sizes. Resize cases name source, filter and target.
"""

import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/DatasetsTests/Goldens/images"
CASES = {"decode": [], "labels": [], "resize": [], "refused": []}
RNG = np.random.RandomState(7)


def scene(width, height):
    """Gradients, an edge and some noise: what resampling and JPEG have to cope with."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 255 * x / width
    green = 127 + 120 * np.sin(y / 3) * np.cos(x / 5)
    blue = np.where((x - width / 2) ** 2 + (y - height / 2) ** 2 < height * height / 9, 230, 20)
    noise = RNG.normal(0, 12, (height, width, 3))
    return np.clip(np.stack([red, green, blue], -1) + noise, 0, 255).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path, rows, width, height, depth, colour, interlace=0, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def filtered(samples):
    """Rows with filter type 0 in front; 16-bit samples are big-endian."""
    big = samples.astype(">u2") if samples.dtype == np.uint16 else samples
    return b"".join(b"\0" + row.tobytes() for row in big)


def expect(name, kind, array):
    array = np.ascontiguousarray(array, np.uint8)
    (OUT / f"{name}.{'rgb' if kind == 'decode' else 'labels'}").write_bytes(array.tobytes())
    return {"width": int(array.shape[1]), "height": int(array.shape[0])}


def add(kind, file, array, **more):
    name = file.rsplit(".", 1)[0]
    CASES[kind].append({"file": file, "expected": name, **expect(name, kind, array), **more})


def composite(rgba):
    values = rgba.astype(np.uint32)
    alpha = values[..., 3:]
    return (values[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255


def decode_cases():
    small = scene(29, 23)
    image = Image.fromarray(small)
    image.save(OUT / "rgb.png")
    add("decode", "rgb.png", small)

    grey = small[..., 1]
    Image.fromarray(grey).save(OUT / "grey.png")
    add("decode", "grey.png", np.repeat(grey[..., None], 3, -1))

    palette = image.quantize(11)
    palette.save(OUT / "palette.png")
    add("decode", "palette.png", np.asarray(palette.convert("RGB")))

    rgba = np.concatenate([small, RNG.randint(0, 256, (23, 29, 1), np.uint8)], -1)
    Image.fromarray(rgba).save(OUT / "alpha.png")
    add("decode", "alpha.png", composite(rgba))

    deep = RNG.randint(0, 65536, (9, 14, 3)).astype(np.uint16)
    write_png(OUT / "sixteen.png", filtered(deep), 14, 9, 16, 2)
    add("decode", "sixteen.png", np.floor(deep / 257 + 0.5))

    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b"".join(filtered(small[y::dy, x::dx]) for x, y, dx, dy in passes if small[y::dy, x::dx].size)
    write_png(OUT / "interlaced.png", rows, 29, 23, 8, 2, interlace=1)
    add("decode", "interlaced.png", small)

    options = {
        "baseline": {"quality": 90, "subsampling": 0},
        "subsampled": {"quality": 75, "subsampling": 2},
        "progressive": {"quality": 80, "progressive": True},
    }
    for name, option in options.items():
        image.save(OUT / f"{name}.jpg", **option)
        add("decode", f"{name}.jpg", np.asarray(Image.open(OUT / f"{name}.jpg").convert("RGB")))
    Image.fromarray(grey).save(OUT / "grey-jpeg.jpg", quality=85)
    add("decode", "grey-jpeg.jpg", np.asarray(Image.open(OUT / "grey-jpeg.jpg").convert("RGB")))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        name = f"exif{orientation}.jpg"
        Image.fromarray(small[:8, :13]).save(OUT / name, quality=95, subsampling=0, exif=exif.tobytes())
        add("decode", name, np.asarray(ImageOps.exif_transpose(Image.open(OUT / name))))

    image.convert("CMYK").save(OUT / "cmyk.jpg", quality=60)
    CASES["refused"].append({"file": "cmyk.jpg", "mentions": "CMYK"})
    image.save(OUT / "animated.png", save_all=True, append_images=[image.transpose(Image.Transpose.ROTATE_180)])
    CASES["refused"].append({"file": "animated.png", "mentions": "animated"})
    for name in ["gif", "webp", "bmp", "tiff"]:
        Image.new("RGB", (2, 2)).save(OUT / f"other.{name}")
        CASES["refused"].append({"file": f"other.{name}", "mentions": "convert it to PNG or JPEG"})


def label_cases():
    labels = np.zeros((17, 21), np.uint8)
    labels[3:12, 4:15] = 15
    labels[5:9, 14:19] = 7
    labels[3, 4:15] = 255
    image = Image.fromarray(labels)
    image.putpalette([(i * 37) % 256 for i in range(768)])
    image.save(OUT / "voc.png")
    add("labels", "voc.png", labels)
    Image.fromarray(labels).save(OUT / "grey-labels.png")
    add("labels", "grey-labels.png", labels)
    few = (labels > 0).astype(np.uint8) + (labels == 7)
    for bits in [2, 4]:
        values = few * (1 if bits == 2 else 5)
        packed = Image.fromarray(values)
        packed.putpalette([(i * 5) % 256 for i in range(3 * 2**bits)])
        packed.save(OUT / f"bits{bits}.png", bits=bits)
        add("labels", f"bits{bits}.png", values)
    Image.fromarray(labels == 15).save(OUT / "bits1.png")
    add("labels", "bits1.png", (labels == 15).astype(np.uint8))


def resize_cases():
    source = scene(53, 41)
    Image.fromarray(source).save(OUT / "resize-source.png")
    filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    for width, height in [(20, 16), (53, 20), (55, 42), (37, 41), (1, 1), (7, 60)]:
        for name, flavour in filters.items():
            resized = np.asarray(Image.fromarray(source).resize((width, height), flavour))
            case = f"resize-{name}-{width}x{height}"
            size = expect(case, "decode", resized)
            CASES["resize"].append({"source": "resize-source.png", "filter": name, "expected": case, **size})


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    decode_cases()
    label_cases()
    resize_cases()
    (OUT / "index.json").write_text(json.dumps(CASES, indent=1) + "\n")
