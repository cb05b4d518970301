"""Shaping, slicing, joining, indexing and windows."""

import torch
import torch.nn.functional as F

from .recorder import FLOAT32, booleans, integers, normal


def record(recorder):
    record_shaping(recorder)
    record_slicing(recorder)
    record_joining(recorder)
    record_indexing(recorder)
    record_windows(recorder)


def record_shaping(recorder):
    recorder.add("reshaped", "plain", [normal(2, 3, 4)], lambda x: x.reshape(4, 6), {"shape": [4, 6]})
    recorder.add(
        "flattened", "middle", [normal(2, 3, 4, 5)], lambda x: x.flatten(1, 2), {"start": 1, "end": 2})
    recorder.add("flattened", "all", [normal(2, 3)], torch.flatten, {"start": 0, "end": -1})
    recorder.add("squeezed", "middle", [normal(2, 1, 3)], lambda x: x.squeeze(1), {"axis": 1})
    for axis in [0, 1, -1]:
        recorder.add("expanded", f"at{axis}", [normal(2, 3)], lambda x, a=axis: x.unsqueeze(a), {"axis": axis})
    for order in [[1, 0, 2], [2, 0, 1], [0, 2, 1], [2, 1, 0], [0, 1, 2]]:
        name = "".join(map(str, order))
        recorder.add("permuted", name, [normal(3, 4, 5)], lambda x, o=order: x.permute(o), {"axes": order})
    image = [0, 3, 1, 2]
    recorder.add("permuted", "image", [normal(2, 5, 3, 4)], lambda x: x.permute(image), {"axes": image})
    for label, operand in {"int64": integers(3, 4, 2), "bool": booleans(3, 4, 2)}.items():
        recorder.add(
            "permuted", label, [operand], lambda x: x.permute(2, 0, 1), {"axes": [2, 0, 1]}, dtypes=FLOAT32)
    recorder.add("swapped", "outer", [normal(2, 3, 4)], lambda x: x.transpose(0, 2), {"a": 0, "b": 2})
    recorder.add("transposed", "batch", [normal(2, 3, 4)], lambda x: x.transpose(-1, -2))


def record_slicing(recorder):
    cases = [(0, 1, 2, 1), (1, 0, 3, 2), (-1, 2, 2, 2), (2, 4, 1, 1), (1, 1, 0, 1)]
    for axis, start, count, step in cases:
        attributes = {"axis": axis, "start": start, "count": count, "step": step}
        recorder.add(
            "sliced", f"axis{axis}-{start}-{count}-{step}", [normal(4, 5, 6)],
            lambda x, a=axis, s=start, c=count, t=step: x.index_select(a, torch.arange(c) * t + s), attributes)
    recorder.add(
        "sliced", "uint8", [integers(5, 6, dtype=torch.uint8)], lambda x: x[:, 1:6:2],
        {"axis": 1, "start": 1, "count": 3, "step": 2}, dtypes=FLOAT32)
    for index in [2, -1]:
        recorder.add(
            "selecting", f"index{index}", [normal(3, 4, 5)], lambda x, i=index: x.select(1, i),
            {"axis": 1, "index": index})
    recorder.add("split", "three", [normal(2, 7, 3)], lambda x: x.split([2, 4, 1], 1), {"axis": 1, "counts": [2, 4, 1]})
    recorder.add("flipped", "two", [normal(2, 3, 4)], lambda x: x.flip([0, 2]), {"axes": [0, 2]})
    recorder.add("flipped", "columns", [normal(2, 3, 5, 2)], lambda x: x.flip([2]), {"axes": [2]})
    for shift, axis in [(2, 1), (-3, 1), (1, 0), (7, -1), (0, 0)]:
        recorder.add(
            "rolled", f"by{shift}-axis{axis}", [normal(3, 5, 4)], lambda x, s=shift, a=axis: x.roll(s, a),
            {"shift": shift, "axis": axis})


def record_joining(recorder):
    parts = {0: [(1, 3, 2), (2, 3, 2)], 1: [(2, 1, 3), (2, 4, 3), (2, 2, 3)], -1: [(2, 3, 1), (2, 3, 5)]}
    for axis, shapes in parts.items():
        recorder.add(
            "concatenated", f"axis{axis}", [normal(*shape) for shape in shapes],
            lambda *parts, a=axis: torch.cat(parts, a), {"axis": axis})
    recorder.add(
        "concatenated", "empty", [normal(2, 0, 3), normal(2, 4, 3)], lambda *parts: torch.cat(parts, 1), {"axis": 1},
        FLOAT32)
    for axis in [0, 1, -1]:
        recorder.add(
            "stacked", f"axis{axis}", [normal(2, 3), normal(2, 3)], lambda *parts, a=axis: torch.stack(parts, a),
            {"axis": axis})
    recorder.add(
        "padded", "all", [normal(2, 3, 4)], lambda x: F.pad(x, (2, 1, 0, 3, 1, 0), value=-1.5),
        {"before": [1, 0, 2], "after": [0, 3, 1], "value": -1.5})
    recorder.add(
        "padded", "image", [normal(2, 3, 4, 2)], lambda x: F.pad(x, (0, 0, 2, 1, 1, 0)),
        {"before": [0, 1, 2, 0], "after": [0, 0, 1, 0], "value": 0.0})


def record_indexing(recorder):
    for axis, extent in [(0, 4), (1, 5), (-1, 6)]:
        indices = integers(7, high=extent)
        attributes = {"axis": axis}
        recorder.add(
            "gathered", f"axis{axis}", [normal(4, 5, 6), indices], lambda x, i, a=axis: x.index_select(a, i),
            attributes)
        shape = [4, 5, 6]
        shape[axis] = 7
        recorder.add(
            "scatterAdding", f"axis{axis}", [normal(4, 5, 6), normal(*shape), indices],
            lambda x, updates, i, a=axis: x.index_add(a, i, updates), attributes)
        recorder.add(
            "gatheredElements", f"axis{axis}", [normal(4, 5, 6), integers(*shape, high=extent)],
            lambda x, i, a=axis: x.gather(a, i), attributes)
        recorder.add(
            "scatterAddingElements", f"axis{axis}", [normal(4, 5, 6), normal(*shape), integers(*shape, high=extent)],
            lambda x, updates, i, a=axis: x.scatter_add(a, i, updates), attributes)
    recorder.add(
        "gathered", "int32", [normal(4, 3), integers(5, high=4, dtype=torch.int32)],
        lambda x, i: x.index_select(0, i), {"axis": 0}, dtypes=FLOAT32)
    nowhere = torch.zeros(0, dtype=torch.int64)
    recorder.add(
        "gathered", "nothing", [normal(4, 3), nowhere], lambda x, i: x.index_select(0, i), {"axis": 0}, FLOAT32)
    recorder.add("embedding", "rank2", [normal(11, 4), integers(2, 5, high=11)], lambda t, i: F.embedding(i, t))
    recorder.add("oneHot", "rank2", [integers(2, 5, high=6)], lambda i: F.one_hot(i, 6).float(), {"count": 6}, FLOAT32)


def record_windows(recorder):
    recorder.add(
        "windowPartitioned", "oblong", [normal(2, 6, 4, 3)], lambda x: partition(x, 3, 2), {"height": 3, "width": 2})
    recorder.add(
        "windowsMerged", "oblong", [normal(8, 3, 2, 3)], lambda w: merge(w, 6, 4), {"height": 6, "width": 4})


def partition(x, h, w):
    n, rows, columns, c = x.shape
    windows = x.view(n, rows // h, h, columns // w, w, c).permute(0, 1, 3, 2, 4, 5)
    return windows.reshape(-1, h, w, c)


def merge(windows, rows, columns):
    count, h, w, c = windows.shape
    n = count // (rows // h * (columns // w))
    x = windows.view(n, rows // h, columns // w, h, w, c).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(n, rows, columns, c)
