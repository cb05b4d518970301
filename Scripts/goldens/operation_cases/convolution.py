"""Convolution and transposed convolution."""

import torch.nn.functional as F

from .products import ACTIVATIONS
from .recorder import FLOAT32, channels_first, channels_last, normal

# label: (image [N, H, W, C], weight [O, C/groups, kh, kw], stride, padding (top, bottom, left, right), dilation,
# groups)
CASES = {
    "3x3": ((2, 7, 9, 3), (5, 3, 3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 1),
    "3x3-valid": ((2, 6, 5, 4), (6, 4, 3, 3), (1, 1), (0, 0, 0, 0), (1, 1), 1),
    "3x3-stride2": ((2, 9, 8, 4), (8, 4, 3, 3), (2, 2), (1, 1, 1, 1), (1, 1), 1),
    "1x1": ((2, 5, 7, 8), (6, 8, 1, 1), (1, 1), (0, 0, 0, 0), (1, 1), 1),
    "1x1-stride2": ((2, 7, 6, 4), (8, 4, 1, 1), (2, 2), (0, 0, 0, 0), (1, 1), 1),
    "7x7-stem": ((1, 15, 17, 3), (8, 3, 7, 7), (2, 2), (3, 3, 3, 3), (1, 1), 1),
    "5x3": ((2, 8, 7, 3), (4, 3, 5, 3), (1, 2), (2, 2, 1, 1), (1, 1), 1),
    "even": ((2, 8, 6, 3), (4, 3, 2, 4), (2, 1), (0, 0, 1, 1), (1, 1), 1),
    "patches": ((2, 8, 12, 3), (6, 3, 4, 4), (4, 4), (0, 0, 0, 0), (1, 1), 1),
    "dilated2": ((2, 9, 8, 3), (5, 3, 3, 3), (1, 1), (2, 2, 2, 2), (2, 2), 1),
    "dilated4": ((1, 11, 13, 4), (4, 4, 3, 3), (1, 1), (4, 4, 4, 4), (4, 4), 1),
    "dilated-oblong": ((1, 10, 9, 2), (3, 2, 3, 2), (2, 1), (3, 3, 1, 1), (3, 2), 1),
    "asymmetric": ((2, 6, 7, 3), (4, 3, 3, 3), (2, 2), (0, 1, 0, 1), (1, 1), 1),
    "asymmetric-wide": ((1, 5, 6, 2), (3, 2, 3, 3), (1, 1), (2, 0, 1, 3), (1, 1), 1),
    "groups2": ((2, 6, 7, 6), (8, 3, 3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 2),
    "groups3-stride": ((1, 7, 7, 6), (9, 2, 3, 3), (2, 2), (1, 1, 1, 1), (1, 1), 3),
    "depthwise": ((2, 7, 6, 8), (8, 1, 3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 8),
    "depthwise-stride": ((2, 7, 8, 5), (5, 1, 3, 3), (2, 2), (1, 1, 1, 1), (1, 1), 5),
    "depthwise-multiplier": ((1, 6, 5, 4), (8, 1, 3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 4),
    "depthwise-dilated": ((1, 9, 9, 4), (4, 1, 3, 3), (1, 1), (2, 2, 2, 2), (2, 2), 4),
    "wide": ((1, 5, 6, 32), (48, 32, 3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 1),
    "wide-odd": ((2, 7, 9, 16), (32, 16, 3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 1),
    "wide-asymmetric": ((1, 7, 6, 16), (32, 16, 3, 3), (1, 1), (0, 2, 2, 1), (1, 1), 1),
    "one-pixel": ((2, 1, 1, 5), (7, 5, 3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 1),
    "one-channel": ((2, 6, 5, 1), (1, 1, 3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 1),
}

# label: (image, weight [C, O/groups, kh, kw], stride, padding, output padding, dilation, groups)
TRANSPOSED = {
    "2x2-stride2": ((2, 4, 5, 6), (6, 4, 2, 2), (2, 2), (0, 0), (0, 0), (1, 1), 1),
    "3x3": ((2, 5, 4, 3), (3, 5, 3, 3), (1, 1), (1, 1), (0, 0), (1, 1), 1),
    "3x3-stride2-extra": ((2, 4, 3, 4), (4, 3, 3, 3), (2, 2), (1, 1), (1, 1), (1, 1), 1),
    "4x4-stride2": ((1, 3, 5, 4), (4, 2, 4, 4), (2, 2), (1, 1), (0, 0), (1, 1), 1),
    "groups": ((2, 4, 4, 6), (6, 2, 3, 3), (2, 2), (1, 1), (0, 0), (1, 1), 3),
    "dilated": ((1, 5, 4, 2), (2, 3, 3, 2), (1, 2), (1, 0), (0, 1), (2, 2), 1),
    "oblong": ((1, 3, 4, 2), (2, 3, 3, 5), (3, 1), (0, 2), (2, 0), (1, 1), 1),
}


def record(recorder):
    for label, (image, weight, stride, padding, dilation, groups) in CASES.items():
        attributes = options(stride, padding, dilation, groups, "none")
        plain = lambda x, w, s=stride, p=padding, d=dilation, g=groups: convolve(x, w, None, s, p, d, g)
        biased = lambda x, w, b, s=stride, p=padding, d=dilation, g=groups: convolve(x, w, b, s, p, d, g)
        operands = [normal(*image), normal(*weight, scale=fan_in(weight))]
        recorder.add("conv2d", label, operands, plain, attributes, parameters=[1])
        recorder.add("conv2d", f"{label}-bias", operands + [normal(weight[0])], biased, attributes, parameters=[1, 2])
    record_epilogues(recorder)
    for label, (image, weight, stride, padding, extra, dilation, groups) in TRANSPOSED.items():
        top, left = padding
        attributes = options(stride, (top, top, left, left), dilation, groups, "none") | {"extra": list(extra)}
        settings = dict(stride=stride, padding=padding, output_padding=extra, groups=groups, dilation=dilation)
        operands = [normal(*image), normal(*weight, scale=fan_in(weight))]
        recorder.add(
            "convTranspose2d", label, operands, lambda x, w, k=settings: transpose(x, w, None, k), attributes,
            parameters=[1])
        recorder.add(
            "convTranspose2d", f"{label}-bias", operands + [normal(weight[1] * groups)],
            lambda x, w, b, k=settings: transpose(x, w, b, k), attributes, parameters=[1, 2])


def record_epilogues(recorder):
    nothing = options((1, 1), (1, 1, 1, 1), (1, 1), 1, "none")
    recorder.add(
        "conv2d", "empty-batch", [normal(0, 5, 6, 3), normal(4, 3, 3, 3), normal(4)],
        lambda x, w, b: convolve(x, w, b, (1, 1), (1, 1, 1, 1), (1, 1), 1), nothing, FLOAT32, [1, 2])
    image, weight = (2, 5, 6, 4), (6, 4, 3, 3)
    stride, padding, dilation = (1, 1), (1, 1, 1, 1), (1, 1)
    operands = [normal(*image), normal(*weight, scale=fan_in(weight)), normal(6)]
    for name, function in ACTIVATIONS.items():
        attributes = options(stride, padding, dilation, 1, name)
        recorder.add(
            "conv2d", f"activation-{name}", operands,
            lambda x, w, b, f=function: f(convolve(x, w, b, stride, padding, dilation, 1)), attributes,
            parameters=[1, 2])
    recorder.add(
        "conv2dResidual", "relu", operands + [normal(2, 5, 6, 6)],
        lambda x, w, b, r: F.relu(convolve(x, w, b, stride, padding, dilation, 1) + r),
        options(stride, padding, dilation, 1, "relu"), parameters=[1, 2])


def convolve(x, w, b, stride, padding, dilation, groups):
    top, bottom, left, right = padding
    padded = F.pad(channels_first(x), (left, right, top, bottom))
    return channels_last(F.conv2d(padded, w, b, stride, 0, dilation, groups))


def transpose(x, w, b, settings):
    return channels_last(F.conv_transpose2d(channels_first(x), w, b, **settings))


def options(stride, padding, dilation, groups, activation):
    return {
        "stride": list(stride), "padding": list(padding), "dilation": list(dilation), "groups": groups,
        "activation": activation,
    }


def fan_in(weight):
    return (weight[1] * weight[2] * weight[3]) ** -0.5
