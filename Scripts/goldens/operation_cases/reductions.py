"""Reductions, arg-reductions, running sums and top-k."""

import torch
import torch.nn.functional as F

from .recorder import FLOAT32, booleans, distinct, integers, normal, uniform

AXES = {"all": None, "first": [0], "last": [-1], "inner": [1, 2], "outer": [0, 2], "image": [1, 2]}


def shape_of(label):
    return (2, 5, 3, 4) if label == "image" else (3, 4, 5)


def axes_of(axes, x):
    return list(range(x.dim())) if axes is None else axes


def record(recorder):
    functions = {
        "sum": lambda x, axes, keep: x.sum(axes, keepdim=keep),
        "mean": lambda x, axes, keep: x.mean(axes, keepdim=keep),
        "variance": lambda x, axes, keep: x.var(axes, correction=0, keepdim=keep),
        "max": lambda x, axes, keep: x.amax(axes, keepdim=keep),
        "min": lambda x, axes, keep: x.amin(axes, keepdim=keep),
        "product": product,
        "norm": lambda x, axes, keep: torch.linalg.vector_norm(x, dim=axes, keepdim=keep),
    }
    for name, function in functions.items():
        for label, axes in AXES.items():
            for keep in [False, True]:
                shape = shape_of(label)
                operand = distinct(*shape) if name in ("max", "min") else normal(*shape)
                if name == "product":
                    operand = uniform(*shape, low=0.6, high=1.5)
                attributes = {"axes": axes, "keeping": keep} if axes is not None else {"keeping": keep}
                recorder.add(
                    name, f"{label}{'-kept' if keep else ''}", [operand],
                    lambda x, axes=axes, keep=keep: function(x, axes_of(axes, x), keep), attributes)
    record_details(recorder)
    record_positions(recorder)


def product(x, axes, keep):
    for axis in sorted((axis % x.dim() for axis in axes), reverse=True):
        x = x.prod(axis, keepdim=keep)
    return x


def record_details(recorder):
    recorder.add("sum", "long", [normal(2, 1031)], lambda x: x.sum(-1), {"axes": [-1], "keeping": False})
    recorder.add("mean", "long", [normal(1031, 3)], lambda x: x.mean(0), {"axes": [0], "keeping": False})
    for label, axes in {"kept-axis": [1], "gone-axis": [0], "all": [0, 1]}.items():
        attributes = {"axes": axes, "keeping": False}
        recorder.add("sum", f"empty-{label}", [torch.zeros(0, 3)], lambda x, a=axes: x.sum(a), attributes, FLOAT32)
    tied = torch.tensor([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]])
    recorder.add("max", "ties", [tied], lambda x: x.amax(-1), {"axes": [-1], "keeping": False})
    recorder.add("min", "ties", [tied], lambda x: x.amin(-1), {"axes": [-1], "keeping": False})
    nan = torch.tensor([[1.0, float("nan"), 2.0], [float("nan"), 3.0, 4.0], [5.0, 6.0, 7.0]])
    recorder.add("max", "nan", [nan], lambda x: x.amax(-1), {"axes": [-1], "keeping": False}, constants=[0])
    recorder.add("min", "nan", [nan], lambda x: x.amin(-1), {"axes": [-1], "keeping": False}, constants=[0])
    for label, dtype in {"int32": torch.int32, "int64": torch.int64, "uint8": torch.uint8}.items():
        operand = integers(3, 4, 5, dtype=dtype)
        recorder.add(
            "sum", label, [operand], lambda x: x.sum([0, 2]), {"axes": [0, 2], "keeping": False}, dtypes=FLOAT32)
        recorder.add(
            "max", label, [operand], lambda x: x.amax([0, 2]), {"axes": [0, 2], "keeping": False}, dtypes=FLOAT32)
        recorder.add(
            "min", label, [operand], lambda x: x.amin([1]), {"axes": [1], "keeping": False}, dtypes=FLOAT32)
    recorder.add("sum", "bool", [booleans(7, 9)], lambda x: x.sum(1), {"axes": [1], "keeping": False}, dtypes=FLOAT32)
    recorder.add("sum", "none", [normal(3, 4)], lambda x: x.clone(), {"axes": [], "keeping": False}, dtypes=FLOAT32)
    for axis in [-1, 1, 0]:
        recorder.add(
            "normalized", f"axis{axis}", [normal(3, 4, 5)], lambda x, axis=axis: F.normalize(x, dim=axis),
            {"axis": axis})
    zeros = torch.tensor([[0.0, 0.0, 0.0], [3.0, -4.0, 0.0]])
    recorder.add("normalized", "zeros", [zeros], lambda x: F.normalize(x, dim=-1), {"axis": -1}, dtypes=FLOAT32)
    recorder.add(
        "norm", "zeros", [zeros], lambda x: torch.linalg.vector_norm(x, dim=-1), {"axes": [-1], "keeping": False})


def record_positions(recorder):
    for axis in [-1, 0, 1]:
        attributes = {"axis": axis, "keeping": False}
        for label, operand in {"float": distinct(3, 4, 5), "int64": integers(3, 4, 5, high=4)}.items():
            dtypes = FLOAT32 if label != "float" else ("float32", "bfloat16")
            recorder.add(
                "argMax", f"{label}-axis{axis}", [operand], lambda x, a=axis: first(x, a, torch.amax), attributes,
                dtypes=dtypes, constants=[0])
            recorder.add(
                "argMin", f"{label}-axis{axis}", [operand], lambda x, a=axis: first(x, a, torch.amin), attributes,
                dtypes=dtypes, constants=[0])
        for label, backwards in {"forward": False, "reversed": True}.items():
            recorder.add(
                "cumulativeSum", f"{label}-axis{axis}", [normal(3, 4, 5)],
                lambda x, a=axis, r=backwards: x.flip(a).cumsum(a).flip(a) if r else x.cumsum(a),
                {"axis": axis, "reversed": backwards})
        recorder.add(
            "topK", f"axis{axis}", [distinct(3, 4, 5)], lambda x, a=axis: tuple(x.topk(2, dim=a)),
            {"axis": axis, "count": 2})
    recorder.add("argMax", "kept", [distinct(3, 7)], lambda x: x.argmax(-1, keepdim=True),
                 {"axis": -1, "keeping": True}, constants=[0])
    countable = {"int64": integers(3, 9), "int32": integers(3, 9, dtype=torch.int32), "bool": booleans(3, 9)}
    for label, operand in countable.items():
        recorder.add(
            "cumulativeSum", label, [operand], lambda x: x.cumsum(1), {"axis": 1, "reversed": False}, dtypes=FLOAT32)
    recorder.add(
        "argMax", "uint8", [integers(3, 9, dtype=torch.uint8)], lambda x: first(x, 1, torch.amax),
        {"axis": 1, "keeping": False}, dtypes=FLOAT32)
    recorder.add(
        "product", "int32", [integers(3, 4, low=1, dtype=torch.int32)], lambda x: x.prod(1),
        {"axes": [1], "keeping": False}, dtypes=FLOAT32)
    recorder.add(
        "max", "bool", [booleans(5, 2)], lambda x: x.amax(1), {"axes": [1], "keeping": False}, dtypes=FLOAT32)
    recorder.add("topK", "all", [distinct(2, 17)], lambda x: tuple(x.topk(17, dim=-1)), {"axis": -1, "count": 17})


def first(x, axis, extremum):
    """The first position of the extremum, which torch.argmax does not promise for ties."""
    best = extremum(x, axis, keepdim=True)
    return (x == best).to(torch.uint8).argmax(axis)
