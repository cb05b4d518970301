"""Interpolation between grids."""

import torch.nn.functional as F

from .recorder import channels_first, channels_last, normal

# label: (image [N, H, W, C], target size)
SIZES = {
    "double": ((2, 4, 5, 3), (8, 10)),
    "up-odd": ((1, 5, 7, 2), (9, 16)),
    "down": ((2, 11, 8, 3), (5, 3)),
    "half": ((1, 8, 6, 2), (4, 3)),
    "mixed": ((1, 4, 9, 2), (7, 5)),
    "from-one": ((1, 1, 1, 3), (4, 3)),
    "to-one": ((1, 5, 6, 2), (1, 1)),
    "same": ((1, 4, 3, 2), (4, 3)),
    # floor(i * in / out) in single precision is not the integer quotient here.
    "rounding": ((1, 2, 3, 1), (82, 123)),
}


def record(recorder):
    for label, (image, size) in SIZES.items():
        for mode, corners in [
            ("nearest", None), ("area", None), ("bilinear", False), ("bilinear", True), ("bicubic", False),
            ("bicubic", True),
        ]:
            if label == "rounding" and mode != "nearest":
                continue
            recorder.add(
                "resized", f"{label}-{mode}{'-corners' if corners else ''}", [normal(*image)],
                lambda x, s=size, m=mode, c=corners: resize(x, s, m, c),
                {"size": list(size), "mode": mode, "corners": bool(corners)})


def resize(x, size, mode, corners):
    return channels_last(F.interpolate(channels_first(x), size=size, mode=mode, align_corners=corners))
