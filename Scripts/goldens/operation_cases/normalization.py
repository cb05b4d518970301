"""Normalisation layers, modulation and softmax."""

import torch
import torch.nn.functional as F

from .recorder import FLOAT32, channels_first, channels_last, normal, uniform


def record(recorder):
    record_groups(recorder)
    record_layers(recorder)
    record_batches(recorder)
    record_modulation(recorder)
    record_spatial_modulation(recorder)
    record_softmax(recorder)


def gain(channels):
    return [uniform(channels, low=0.5, high=1.5), normal(channels)]


def record_groups(recorder):
    for label, (shape, groups) in {
        "halves": ((2, 5, 3, 8), 2), "one": ((2, 4, 4, 6), 1), "pairs": ((1, 7, 5, 12), 6), "deep": ((2, 3, 3, 32), 4),
    }.items():
        for epsilon in [1e-5, 1e-6]:
            attributes = {"groups": groups, "epsilon": epsilon}
            recorder.add(
                "groupNorm", f"{label}-{epsilon}", [normal(*shape), *gain(shape[-1])],
                lambda x, s, b, g=groups, e=epsilon: channels_last(F.group_norm(channels_first(x), g, s, b, e)),
                attributes, parameters=[1, 2])
        recorder.add(
            "groupNorm", f"{label}-plain", [normal(*shape)],
            lambda x, g=groups: channels_last(F.group_norm(channels_first(x), g)), {"groups": groups, "epsilon": 1e-5})
    recorder.add(
        "groupNorm", "offset", [lambda values: values.normal(2, 4, 5, 4) + 20.0, *gain(4)],
        lambda x, s, b: channels_last(F.group_norm(channels_first(x), 2, s, b)), {"groups": 2, "epsilon": 1e-5},
        dtypes=FLOAT32, parameters=[1, 2])
    recorder.add(
        "groupNorm", "sequence", [normal(2, 7, 8), *gain(8)],
        lambda x, s, b: F.group_norm(x.transpose(1, 2), 4, s, b).transpose(1, 2), {"groups": 4, "epsilon": 1e-5},
        parameters=[1, 2])
    recorder.add(
        "groupNormSilu", "silu", [normal(2, 4, 5, 6), *gain(6)],
        lambda x, s, b: F.silu(channels_last(F.group_norm(channels_first(x), 3, s, b))), {"groups": 3, "epsilon": 1e-5},
        parameters=[1, 2])
    recorder.add(
        "instanceNorm", "plain", [normal(2, 5, 4, 3)],
        lambda x: channels_last(F.instance_norm(channels_first(x))), {"epsilon": 1e-5})
    recorder.add(
        "instanceNorm", "gain", [normal(2, 5, 4, 3), *gain(3)],
        lambda x, s, b: channels_last(F.instance_norm(channels_first(x), weight=s, bias=b)), {"epsilon": 1e-5},
        parameters=[1, 2])


def record_layers(recorder):
    shapes = {"rows": (3, 5), "sequence": (2, 7, 16), "image": (2, 3, 4, 6), "one-row": (9,), "wide": (2, 259)}
    for label, shape in shapes.items():
        width = shape[-1]
        recorder.add(
            "layerNorm", label, [normal(*shape), *gain(width)],
            lambda x, s, b, w=width: F.layer_norm(x, (w,), s, b, 1e-6), {"epsilon": 1e-6}, parameters=[1, 2])
        recorder.add(
            "layerNorm", f"{label}-plain", [normal(*shape)], lambda x, w=width: F.layer_norm(x, (w,)),
            {"epsilon": 1e-5})
        recorder.add(
            "rmsNorm", label, [normal(*shape), gain(width)[0]],
            lambda x, s, w=width: F.rms_norm(x, (w,), s, 1e-6), {"epsilon": 1e-6}, parameters=[1])
        recorder.add(
            "rmsNorm", f"{label}-plain", [normal(*shape)], lambda x, w=width: F.rms_norm(x, (w,), None, 1e-6),
            {"epsilon": 1e-6})


def record_batches(recorder):
    for label, shape in {"image": (2, 5, 4, 3), "rows": (7, 6), "deep": (2, 3, 3, 17)}.items():
        channels = shape[-1]
        recorder.add(
            "batchNormTraining", label, [normal(*shape), *gain(channels)], train, {"epsilon": 1e-5}, parameters=[1, 2])
        statistics = [normal(channels), uniform(channels, low=0.3, high=2)]
        recorder.add(
            "batchNormInference", label, [normal(*shape), *statistics, *gain(channels)],
            lambda x, m, v, s, b: F.batch_norm(x.movedim(-1, 1), m, v, s, b).movedim(1, -1), {"epsilon": 1e-5},
            parameters=[1, 2, 3, 4], constants=[1, 2])


def train(x, scale, shift):
    result = F.batch_norm(x.movedim(-1, 1), None, None, scale, shift, training=True).movedim(1, -1)
    flat = x.detach().reshape(-1, x.shape[-1])
    return result, flat.mean(0), flat.var(0, correction=0)


def record_modulation(recorder):
    shapes = {"channels": ([2, 5, 3, 4], [4], [4]), "sample": ([2, 5, 3, 4], [2, 1, 1, 4], [2, 1, 1, 4]),
              "full": ([2, 3, 4], [2, 3, 4], [2, 3, 4]), "mixed": ([2, 3, 4], [3, 1], [])}
    for label, (x, scale, shift) in shapes.items():
        for one in [False, True]:
            recorder.add(
                "modulated", f"{label}{'-one' if one else ''}", [normal(*x), normal(*scale), normal(*shift)],
                lambda x, a, b, one=one: x * (a + 1 if one else a) + b, {"one": one})


def record_spatial_modulation(recorder):
    shapes = {"bias": ((2, 4, 5, 3), (6,)), "maps": ((2, 3, 9, 5), (2, 3, 9, 10)), "shared": ((2, 5, 6, 17), (1, 5, 6, 34))}
    for label, (x, base) in shapes.items():
        channels = x[3]
        operands = [
            normal(*x), normal(x[0], 2 * channels), normal(*x[:3], 1), normal(2 * channels, 1, 3, 3, scale=0.3), normal(*base)]
        for one in [False, True]:
            recorder.add(
                "spatiallyModulated", f"{label}{'-one' if one else ''}", operands,
                lambda *inputs, one=one: spatially_modulated(*inputs, one), {"one": one},
                parameters=[1, 3] + ([4] if len(base) == 1 else []))


def spatially_modulated(x, style, signal, weight, base, one):
    maps = channels_last(F.conv2d(channels_first(signal), weight, padding=1)) + base
    gamma, beta = maps.chunk(2, dim=-1)
    scale, shift = style[:, None, None].chunk(2, dim=-1)
    normalised = channels_last(F.instance_norm(channels_first(x)))
    return (gamma + 1 if one else gamma) * (normalised * (scale + 1) + shift) + beta


def record_softmax(recorder):
    for axis in [-1, 0, 1]:
        for label, scale in {"mild": 1.0, "steep": 30.0}.items():
            dtypes = FLOAT32 if scale > 1 else ("float32", "bfloat16")
            operand = normal(3, 4, 7, scale=scale)
            recorder.add(
                "softmax", f"{label}-axis{axis}", [operand], lambda x, a=axis: x.softmax(a), {"axis": axis}, dtypes)
            recorder.add(
                "logSoftmax", f"{label}-axis{axis}", [operand], lambda x, a=axis: x.log_softmax(a), {"axis": axis},
                dtypes)
    recorder.add("softmax", "long", [normal(3, 1031)], lambda x: x.softmax(-1), {"axis": -1})
    recorder.add("softmax", "single", [normal(4, 1)], lambda x: x.softmax(-1), {"axis": -1}, FLOAT32)
    recorder.add("softmax", "empty", [torch.zeros(0, 5)], lambda x: x.softmax(-1), {"axis": -1}, FLOAT32)
    recorder.add("layerNorm", "empty", [torch.zeros(0, 5)], lambda x: F.layer_norm(x, (5,)), {"epsilon": 1e-5}, FLOAT32)
    masked = torch.tensor([[1.0, float("-inf"), 2.0], [float("-inf"), float("-inf"), 0.5]])
    recorder.add("softmax", "masked", [masked], lambda x: x.softmax(-1), {"axis": -1})
    recorder.add("logSoftmax", "masked", [masked], lambda x: x.log_softmax(-1), {"axis": -1}, constants=[0])
