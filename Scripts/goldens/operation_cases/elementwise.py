"""Element-wise functions of one, two and three operands."""

import math

import torch
import torch.nn.functional as F

from .recorder import FLOAT32, booleans, integers, normal, uniform

# name: (function, smallest and largest operand, operands at kinks and extremes)
UNARY = {
    "negate": (lambda x: -x, -4, 4, []),
    "absoluteValue": (torch.abs, -4, 4, [0]),
    "squared": (torch.square, -4, 4, [0]),
    "squareRoot": (torch.sqrt, 0.1, 5, [1]),
    "reciprocalSquareRoot": (torch.rsqrt, 0.1, 5, [1]),
    "reciprocal": (torch.reciprocal, 0.2, 5, [1, -1]),
    "exp": (torch.exp, -4, 4, [0]),
    "log": (torch.log, 0.1, 5, [1]),
    "sin": (torch.sin, -7, 7, [0]),
    "cos": (torch.cos, -7, 7, [0]),
    "sign": (torch.sign, -4, 4, [0]),
    "floor": (torch.floor, -4, 4, [0, 1, -1]),
    "rounded": (torch.round, -4, 4, [0.5, 1.5, -0.5, 2.5]),
    "erf": (torch.erf, -3, 3, [0]),
    "relu": (F.relu, -4, 4, [0]),
    "relu6": (F.relu6, -4, 9, []),
    "sigmoid": (torch.sigmoid, -6, 6, [0, 40, -40]),
    "tanh": (torch.tanh, -4, 4, [0, 20, -20]),
    "silu": (F.silu, -6, 6, [0, 40, -40]),
    "quickGELU": (lambda x: x * torch.sigmoid(1.702 * x), -6, 6, [0, 30, -30]),
    "geluErf": (F.gelu, -5, 5, [0, 12, -12]),
    "geluTanh": (lambda x: F.gelu(x, approximate="tanh"), -5, 5, [0, 12, -12]),
    "softplus": (F.softplus, -6, 6, [0, 19, 21, 90, -90]),
    "hardSwish": (F.hardswish, -6, 6, [0, -3, 3]),
    "hardSigmoid": (F.hardsigmoid, -6, 6, [0, -3, 3]),
}

PARAMETRIC = [
    ("leakyReLU", "slope", {"alpha": 0.2}, lambda x: F.leaky_relu(x, 0.2), -4, 4),
    ("elu", "alpha", {"alpha": 0.7}, lambda x: F.elu(x, 0.7), -4, 4),
    ("power", "cube", {"alpha": 3.0}, lambda x: x.pow(3.0), -2, 2),
    ("power", "fraction", {"alpha": 1.7}, lambda x: x.pow(1.7), 0.1, 3),
    ("power", "inverse-square", {"alpha": -2.0}, lambda x: x.pow(-2.0), 0.3, 3),
    ("power", "zero", {"alpha": 0.0}, lambda x: x.pow(0.0), -2, 2),
    ("affine", "both", {"alpha": -1.5, "beta": 0.25}, lambda x: -1.5 * x + 0.25, -4, 4),
    ("clamped", "inside", {"alpha": -0.5, "beta": 1.25}, lambda x: x.clamp(-0.5, 1.25), -3, 3),
    ("clamped", "above", {"alpha": 0.0, "beta": 3e38}, lambda x: x.clamp(min=0), -3, 3),
    ("addScalar", "2.5", {"alpha": 2.5}, lambda x: x + 2.5, -4, 4),
    ("subtractScalar", "2.5", {"alpha": 2.5}, lambda x: x - 2.5, -4, 4),
    ("scalarSubtract", "2.5", {"alpha": 2.5}, lambda x: 2.5 - x, -4, 4),
    ("multiplyScalar", "2.5", {"alpha": 2.5}, lambda x: x * 2.5, -4, 4),
    ("divideScalar", "2.5", {"alpha": 2.5}, lambda x: x / 2.5, -4, 4),
    ("scalarDivide", "2.5", {"alpha": 2.5}, lambda x: 2.5 / x, 0.3, 4),
]

BROADCASTS = {
    "same": ([2, 3, 5], [2, 3, 5]),
    "last": ([2, 3, 5], [5]),
    "middle": ([2, 3, 5], [3, 1]),
    "both": ([4, 1, 3], [2, 1]),
    "leading": ([3], [2, 2, 3]),
    "scalar": ([3, 7], []),
    "image": ([2, 3, 5, 4], [2, 1, 1, 4]),
    "long": ([2, 67], [2, 67]),
}


def record(recorder):
    record_unary(recorder)
    record_binary(recorder)
    record_selection(recorder)
    record_special_values(recorder)


def record_unary(recorder):
    for name, (function, low, high, kinks) in UNARY.items():
        recorder.add(name, "rank3", [uniform(2, 3, 5, low=low, high=high)], function)
        recorder.add(name, "long", [uniform(131, low=low, high=high)], function)
        recorder.add(name, "scalar", [uniform(low=low, high=high)], function, dtypes=FLOAT32)
        recorder.add(name, "empty", [torch.zeros(0, 3)], function, dtypes=FLOAT32)
        if kinks:
            recorder.add(name, "kinks", [torch.tensor(kinks, dtype=torch.float32)], function)
    for name, label, attributes, function, low, high in PARAMETRIC:
        recorder.add(name, label, [uniform(3, 2, 11, low=low, high=high)], function, attributes)
    recorder.add("geglu", "rank3", [normal(2, 3, 10)], lambda x: x.chunk(2, -1)[0] * F.gelu(x.chunk(2, -1)[1]))
    recorder.add("broadcast", "leading", [normal(3, 1)], lambda x: x.expand(2, 3, 4), {"shape": [2, 3, 4]})
    recorder.add("broadcast", "scalar", [normal()], lambda x: x.expand(3, 5), {"shape": [3, 5]})


def record_binary(recorder):
    functions = {
        "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div, "power": torch.pow,
        "maximum": torch.maximum, "minimum": torch.minimum,
    }
    for name, function in functions.items():
        low = 0.3 if name == "power" else -3
        for label, (a, b) in BROADCASTS.items():
            second = uniform(*b, low=0.3, high=3) if name == "divide" else uniform(*b, low=low, high=3)
            recorder.add(name + "Tensors", label, [uniform(*a, low=low, high=3), second], function)
    for name in ["maximum", "minimum"]:
        tied = [integers(4, 6, high=3, dtype=torch.float32), integers(4, 6, high=3, dtype=torch.float32)]
        recorder.add(name + "Tensors", "ties", tied, functions[name])
    recorder.add(
        "weightedSum", "both", [normal(3, 5), normal(3, 5)], lambda a, b: 0.75 * a - 1.5 * b,
        {"alpha": 0.75, "beta": -1.5})


def record_selection(recorder):
    shapes = {"same": ([3, 5], [3, 5], [3, 5]), "condition": ([3, 1], [3, 5], [3, 5]), "all": ([2, 1, 1], [3, 1], [5])}
    for label, (condition, a, b) in shapes.items():
        recorder.add("select", label, [booleans(*condition), normal(*a), normal(*b)], torch.where)
    recorder.add(
        "masked", "row", [normal(3, 5), booleans(5)], lambda x, mask: x.masked_fill(mask, -2.5), {"alpha": -2.5})


def record_special_values(recorder):
    values = torch.tensor([math.nan, math.inf, -math.inf, -0.0, 0.0, 1.0])
    for name in ["relu", "absoluteValue", "negate", "exp", "sigmoid", "tanh", "sign"]:
        recorder.add(name, "special", [values], UNARY[name][0], constants=[0])
    recorder.add(
        "clamped", "special", [values], lambda x: x.clamp(-1, 0.5), {"alpha": -1.0, "beta": 0.5}, constants=[0])
    others = torch.tensor([1.0, math.nan, 2.0, 0.0, math.nan, math.inf])
    for name, function in {"maximum": torch.maximum, "minimum": torch.minimum, "add": torch.add}.items():
        recorder.add(name + "Tensors", "special", [values, others], function, constants=[0, 1])
