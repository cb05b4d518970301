"""Comparisons, logic, integer arithmetic and conversions: no gradients."""

import torch

from .recorder import BOTH, FLOAT32, booleans, integers, normal, uniform

COMPARISONS = {
    "equal": torch.eq, "notEqual": torch.ne, "less": torch.lt, "lessOrEqual": torch.le, "greater": torch.gt,
    "greaterOrEqual": torch.ge,
}

TYPES = {"int32": torch.int32, "int64": torch.int64, "uint8": torch.uint8}


def record(recorder):
    record_comparisons(recorder)
    record_integers(recorder)
    record_conversions(recorder)


def record_comparisons(recorder):
    for name, function in COMPARISONS.items():
        near = [integers(3, 7, high=3, dtype=torch.float32), integers(7, high=3, dtype=torch.float32)]
        recorder.add(name, "broadcast", near, function, dtypes=BOTH, constants=[0, 1])
        nan = torch.tensor([float("nan"), 1.0, float("nan")])
        recorder.add(name, "nan", [nan, torch.tensor([1.0, 1.0, float("nan")])], function, constants=[0, 1])
        for label, dtype in TYPES.items():
            pair = [integers(4, 5, high=3, dtype=dtype), integers(4, 1, high=3, dtype=dtype)]
            recorder.add(name, label, pair, function, dtypes=FLOAT32)
        if name == "notEqual":
            continue
        for value in [1.0, 0.5]:
            scalar = lambda x, value=value: function(x, value)
            attributes = {"alpha": value}
            operand = integers(3, 7, high=3, dtype=torch.float32)
            recorder.add(name + "Scalar", f"float-{value}", [operand], scalar, attributes, constants=[0])
            for label, dtype in TYPES.items():
                operand = integers(3, 7, high=3, dtype=dtype)
                recorder.add(name + "Scalar", f"{label}-{value}", [operand], scalar, attributes, dtypes=FLOAT32)
            recorder.add(
                name + "Scalar", f"bool-{value}", [booleans(9)], scalar, attributes, dtypes=FLOAT32)
    recorder.add("and", "broadcast", [booleans(3, 5), booleans(5)], torch.logical_and, dtypes=FLOAT32)
    recorder.add("or", "broadcast", [booleans(3, 5), booleans(3, 1)], torch.logical_or, dtypes=FLOAT32)
    recorder.add("not", "plain", [booleans(17)], torch.logical_not, dtypes=FLOAT32)


def record_integers(recorder):
    functions = {"add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "maximum": torch.maximum}
    for name, function in functions.items():
        for label in ["int32", "int64"]:
            dtype = TYPES[label]
            pair = [integers(3, 5, low=-9, dtype=dtype), integers(5, low=-9, dtype=dtype)]
            recorder.add(name + "Tensors", label, pair, function, dtypes=FLOAT32)
    for label, make in {"uint8": integers(3, 5, low=100, high=250, dtype=torch.uint8), "bool": booleans(3, 5)}.items():
        for name in ["add", "multiply", "maximum"]:
            recorder.add(
                name + "Tensors", label, [make, make], lambda a, b, f=functions[name]: f(a.int(), b.int()),
                dtypes=FLOAT32)
    big = torch.tensor([2**53 + 1, -(2**60) - 3, 7])
    recorder.add("addTensors", "int64-wide", [big, torch.tensor([1, 2, 3])], torch.add, dtypes=FLOAT32)
    mixed = [integers(3, 5, low=-9), normal(5)]
    recorder.add("multiplyTensors", "int64-float", mixed, torch.mul, dtypes=FLOAT32)
    recorder.add("multiplyTensors", "bool-float", [booleans(3, 5), normal(5)], torch.mul, dtypes=FLOAT32)
    for label in ["int32", "int64"]:
        operand = integers(3, 7, low=-9, dtype=TYPES[label])
        recorder.add("negate", label, [operand], torch.neg, dtypes=FLOAT32)
        recorder.add("absoluteValue", label, [operand], torch.abs, dtypes=FLOAT32)
        recorder.add("sign", label, [operand], torch.sign, dtypes=FLOAT32)
        recorder.add("squared", label, [operand], torch.square, dtypes=FLOAT32)
        attributes = {"alpha": -3.0, "beta": 4.0}
        recorder.add("clamped", label, [operand], lambda x: x.clamp(-3, 4), attributes, dtypes=FLOAT32)
    for label, dtype in TYPES.items():
        operands = [booleans(3, 1), integers(3, 5, dtype=dtype), integers(5, dtype=dtype)]
        recorder.add("select", label, operands, torch.where, dtypes=FLOAT32)
    recorder.add("select", "bool", [booleans(4), booleans(4), booleans(4)], torch.where, dtypes=FLOAT32)


def record_conversions(recorder):
    names = {
        "float32": torch.float32, "bfloat16": torch.bfloat16, "int32": torch.int32, "int64": torch.int64,
        "uint8": torch.uint8, "bool": torch.bool,
    }
    # Halfway cases of the rounding to bfloat16: to the even neighbour.
    halves = torch.tensor([1.00390625, 1.01171875, -1.00390625, 3.4e38, 0.3, 1e-40, -7.99])
    recorder.add("converted", "halves", [halves], lambda x: x.to(torch.bfloat16), {"type": "bfloat16"}, dtypes=FLOAT32)
    for target, dtype in names.items():
        attributes = {"type": target}
        convert = lambda x, dtype=dtype: x.to(dtype)
        recorder.add("converted", f"float-to-{target}", [uniform(3, 7, low=0, high=9)], convert, attributes)
        for label, source in TYPES.items():
            recorder.add(
                "converted", f"{label}-to-{target}", [integers(13, high=5, dtype=source)], convert, attributes,
                dtypes=FLOAT32)
        recorder.add("converted", f"bool-to-{target}", [booleans(13)], convert, attributes, dtypes=FLOAT32)
    signed = uniform(3, 7, low=-9, high=9)
    for target in ["int32", "int64"]:
        recorder.add(
            "converted", f"signed-to-{target}", [signed], lambda x, t=names[target]: x.to(t), {"type": target})
