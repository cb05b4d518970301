"""Maximum and average pooling."""

import torch
import torch.nn.functional as F

from .recorder import channels_first, channels_last, normal

# label: (image [N, H, W, C], kernel, stride, padding)
CASES = {
    "2x2": ((2, 6, 8, 3), (2, 2), (2, 2), (0, 0)),
    "2x2-odd": ((2, 7, 5, 3), (2, 2), (2, 2), (0, 0)),
    "3x3-stem": ((2, 9, 11, 4), (3, 3), (2, 2), (1, 1)),
    "3x3-even": ((1, 8, 6, 5), (3, 3), (2, 2), (0, 0)),
    "overlap": ((1, 6, 7, 2), (3, 3), (1, 1), (1, 1)),
    "oblong": ((2, 7, 9, 3), (2, 3), (1, 2), (1, 0)),
    "gaps": ((1, 9, 10, 2), (2, 2), (3, 3), (0, 1)),
    "whole": ((2, 5, 4, 6), (5, 4), (5, 4), (0, 0)),
}


def record(recorder):
    for label, (image, kernel, stride, padding) in CASES.items():
        for ceil in [False, True]:
            settings = dict(kernel_size=kernel, stride=stride, padding=padding, ceil_mode=ceil)
            attributes = {
                "kernel": list(kernel), "stride": list(stride), "padding": [padding[0]] * 2 + [padding[1]] * 2,
                "ceil": ceil,
            }
            name = f"{label}{'-ceil' if ceil else ''}"
            recorder.add(
                "maxPool2d", name, [pixels(*image)],
                lambda x, k=settings: channels_last(F.max_pool2d(channels_first(x), **k)), attributes)
            for counts in [True, False]:
                recorder.add(
                    "averagePool2d", f"{name}{'' if counts else '-inside'}", [normal(*image)],
                    lambda x, k=settings, c=counts: channels_last(
                        F.avg_pool2d(channels_first(x), count_include_pad=c, **k)),
                    attributes | {"counts": counts})
    nan = torch.arange(16.0).reshape(1, 4, 4, 1)
    nan[0, 1, 1, 0] = float("nan")
    recorder.add(
        "maxPool2d", "nan", [nan], lambda x: channels_last(F.max_pool2d(channels_first(x), 2)),
        {"kernel": [2, 2], "stride": [2, 2], "padding": [0, 0, 0, 0], "ceil": False}, constants=[0])
    recorder.add("globalAveragePool2d", "oblong", [normal(2, 5, 3, 4)], lambda x: x.mean((1, 2)))


def pixels(n, height, width, channels):
    """Images whose channels have no two equal pixels, also in bfloat16."""
    return lambda values: torch.stack(
        [values.distinct(height, width) for _ in range(n * channels)]
    ).reshape(n, channels, height, width).permute(0, 2, 3, 1).contiguous()
