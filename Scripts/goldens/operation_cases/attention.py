"""Scaled dot-product attention."""

import torch.nn.functional as F

from .recorder import BOTH, FLOAT32, booleans, normal


def record(recorder):
    shapes = {"square": (3, 6, 6, 4, 4), "cross": (2, 7, 5, 4, 3), "one-key": (2, 3, 1, 4, 2)}
    for label, (batch, queries, keys, width, outputs) in shapes.items():
        # Over one key the softmax is constant: query and key take no gradient, so that a relative norm says nothing.
        dtypes = FLOAT32 if keys == 1 else BOTH
        operands = [normal(batch, queries, width), normal(batch, keys, width), normal(batch, keys, outputs)]
        for block in [1, 4, 64]:
            recorder.add("attention", f"{label}-block{block}", operands, attend, {"block": block}, dtypes)
        recorder.add(
            "attention", f"{label}-scale", operands, lambda q, k, v: attend(q, k, v, scale=0.3),
            {"block": 2, "scale": 0.3}, dtypes)
        biases = {
            "full": (batch, queries, keys), "shared": (1, queries, keys), "matrix": (queries, keys),
            "keys": (batch, 1, keys), "row": (keys,),
        }
        for kind, shape in biases.items():
            recorder.add(
                "attention", f"{label}-bias-{kind}", operands + [normal(*shape)], attend, {"block": 3}, dtypes)
    recorder.add(
        "attention", "mask", [normal(2, 5, 4), normal(2, 6, 4), normal(2, 6, 3), mask], attend, {"block": 2},
        constants=[3])


def attend(q, k, v, bias=None, scale=None):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=scale)


def mask(values):
    """Minus infinity at some keys, never at all of them."""
    hidden = booleans(2, 5, 6)(values)
    hidden[..., 0] = False
    return hidden.float().masked_fill(hidden, float("-inf"))
