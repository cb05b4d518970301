"""Matrix products and fully connected layers."""

import torch
import torch.nn.functional as F

from .recorder import FLOAT32, normal

ACTIVATIONS = {
    "none": lambda x: x,
    "relu": F.relu,
    "relu6": F.relu6,
    "silu": F.silu,
    "quickGELU": lambda x: x * torch.sigmoid(1.702 * x),
    "geluErf": F.gelu,
    "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
    "sigmoid": torch.sigmoid,
}

SHAPES = {
    "plain": ([5, 3], [3, 7]),
    "batch": ([2, 5, 3], [2, 3, 7]),
    "broadcast-right": ([4, 5, 3], [3, 7]),
    "broadcast-left": ([5, 3], [4, 3, 7]),
    "broadcast-both": ([2, 1, 4, 6], [1, 3, 6, 5]),
    "row": ([1, 9], [9, 4]),
    "column": ([6, 5], [5, 1]),
    "wide": ([33, 65], [65, 17]),
}


def record(recorder):
    for label, (a, b) in SHAPES.items():
        for left in [False, True]:
            for right in [False, True]:
                if (left or right) and label not in ("plain", "batch", "broadcast-both", "broadcast-right"):
                    continue
                recorder.add(
                    "matmul", f"{label}{'-left' if left else ''}{'-right' if right else ''}",
                    [normal(*flipped(a, left)), normal(*flipped(b, right))],
                    lambda x, y, left=left, right=right: turned(x, left) @ turned(y, right),
                    {"left": left, "right": right})
    recorder.add(
        "matmul", "float-weight", [normal(4, 5, 6), normal(6, 3)], torch.matmul, {"left": False, "right": False},
        parameters=[1])
    for label, (a, b) in {"rows": ([0, 3], [3, 2]), "depth": ([4, 0], [0, 5]), "batch": ([0, 2, 3], [0, 3, 4])}.items():
        recorder.add(
            "matmul", f"empty-{label}", [normal(*a), normal(*b)], torch.matmul, {"left": False, "right": False},
            FLOAT32)
    recorder.add(
        "linear", "empty", [normal(0, 6), normal(4, 6), normal(4)], F.linear, {"activation": "relu"}, FLOAT32, [1, 2])
    recorder.add("linear", "plain", [normal(3, 6), normal(4, 6)], F.linear, {"activation": "none"}, parameters=[1])
    for name, function in ACTIVATIONS.items():
        recorder.add(
            "linear", f"bias-{name}", [normal(2, 5, 6), normal(7, 6), normal(7)],
            lambda x, w, b, function=function: function(F.linear(x, w, b)), {"activation": name}, parameters=[1, 2])
    recorder.add(
        "linear", "vector", [normal(6), normal(4, 6), normal(4)], F.linear, {"activation": "none"}, FLOAT32, [1, 2])


def flipped(shape, flip):
    return shape[:-2] + shape[:-3:-1] if flip else shape


def turned(x, flip):
    return x.transpose(-1, -2) if flip else x
