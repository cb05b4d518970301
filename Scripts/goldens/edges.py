"""Writes Tests/SegModelsTests/Goldens/edges.safetensors: OpenCV's Sobel derivatives and Canny edges.

Usage: python Scripts/goldens/edges.py   (needs the packages of requirements.txt)

`<name>.image` is a grey image of 8 bits; `<name>.dx` and `<name>.dy` are its 3x3 derivatives with a replicated border,
`<name>.canny.<low>.<high>` its edges (aperture 3, L1 norm) as zeros and ones.
"""

import pathlib

import cv2
import numpy as np
from safetensors.numpy import save_file

OUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/SegModelsTests/Goldens/edges.safetensors"
THRESHOLDS = [(100, 200), (20, 60), (0, 0)]


def drawn(height, width):
    """Shapes with edges in all directions."""
    image = np.full((height, width), 40, np.uint8)
    cv2.rectangle(image, (3, 2), (width // 2, height // 2), 200, -1)
    cv2.circle(image, (2 * width // 3, 2 * height // 3), min(height, width) // 4, 120, -1)
    cv2.line(image, (0, height - 1), (width - 1, 1), 255, 1)
    return image


def images():
    random = np.random.RandomState(11)
    yield "drawn", drawn(21, 27)
    yield "blurred", cv2.GaussianBlur(drawn(19, 15), (5, 5), 1.2)
    yield "noisy", random.randint(0, 256, (13, 11)).astype(np.uint8)
    yield "faint", (drawn(15, 17) // 6 + random.randint(0, 9, (15, 17))).astype(np.uint8)
    yield "ramp", (np.add.outer(np.arange(9) * 11, np.arange(15) * 7) % 256).astype(np.uint8)
    yield "flat", np.full((5, 6), 77, np.uint8)
    yield "column", random.randint(0, 256, (13, 1)).astype(np.uint8)
    yield "row", random.randint(0, 256, (1, 12)).astype(np.uint8)
    yield "pixel", np.full((1, 1), 9, np.uint8)


tensors = {}
for name, image in images():
    tensors[f"{name}.image"] = np.ascontiguousarray(image)
    for axis, (x, y) in {"dx": (1, 0), "dy": (0, 1)}.items():
        derivative = cv2.Sobel(image, cv2.CV_16S, x, y, ksize=3, borderType=cv2.BORDER_REPLICATE)
        tensors[f"{name}.{axis}"] = derivative.astype(np.int32)
    for low, high in THRESHOLDS:
        edges = cv2.Canny(image, low, high, apertureSize=3, L2gradient=False)
        tensors[f"{name}.canny.{low}.{high}"] = (edges > 0).astype(np.uint8)
save_file(tensors, OUT, metadata={"opencv": cv2.__version__})
