"""Losses: float32 scalars."""

import torch
import torch.nn.functional as F

from .recorder import booleans, integers, normal, uniform


def record(recorder):
    shape = (2, 5, 3)
    soft = uniform(*shape)
    recorder.add(
        "binaryCrossEntropy", "soft", [normal(*shape, scale=3), soft], F.binary_cross_entropy_with_logits,
        constants=[1])
    recorder.add(
        "binaryCrossEntropy", "extreme", [torch.tensor([60.0, -60.0, 25.0, 0.0]), torch.tensor([1.0, 0.0, 0.0, 1.0])],
        F.binary_cross_entropy_with_logits, constants=[1])
    recorder.add(
        "binaryCrossEntropy", "weighted", [normal(*shape), soft, uniform(5, 1, low=0.2, high=2)],
        lambda x, y, w: F.binary_cross_entropy_with_logits(x, y, w.expand(2, 5, 3)), constants=[1, 2])
    for label, smoothing in {"plain": 0.0, "smoothed": 0.1}.items():
        recorder.add(
            "crossEntropy", label, [normal(2, 4, 5, 6), integers(2, 4, 5, high=6)],
            lambda x, y, s=smoothing: F.cross_entropy(x.flatten(0, 2), y.flatten(), label_smoothing=s),
            {"ignored": -100, "smoothing": smoothing})
    recorder.add(
        "crossEntropy", "ignored", [normal(2, 4, 5, 3), ignoring(2, 4, 5)],
        lambda x, y: F.cross_entropy(x.flatten(0, 2), y.flatten(), ignore_index=255),
        {"ignored": 255, "smoothing": 0.0})
    recorder.add(
        "crossEntropy", "ignored-smoothed", [normal(2, 4, 5, 3), ignoring(2, 4, 5)],
        lambda x, y: F.cross_entropy(x.flatten(0, 2), y.flatten(), ignore_index=255, label_smoothing=0.2),
        {"ignored": 255, "smoothing": 0.2})
    recorder.add("meanSquaredError", "plain", [normal(*shape), normal(*shape)], F.mse_loss)
    recorder.add("meanAbsoluteError", "plain", [normal(*shape), normal(*shape)], F.l1_loss)
    for beta in [1.0, 0.3]:
        recorder.add(
            "smoothL1", f"beta{beta}", [normal(*shape), normal(*shape)],
            lambda x, y, b=beta: F.smooth_l1_loss(x, y, beta=b), {"beta": beta})
    recorder.add("diceLoss", "plain", [uniform(3, 4, 5), masks(3, 4, 5)], dice, constants=[1])
    for gamma in [2.0, 1.5]:
        recorder.add(
            "focalLoss", f"gamma{gamma}", [normal(3, 4, 5), masks(3, 4, 5)],
            lambda x, y, g=gamma: focal(x, y, 0.25, g), {"alpha": 0.25, "gamma": gamma}, constants=[1])


def ignoring(*shape):
    return lambda values: torch.where(booleans(*shape)(values), integers(*shape, high=3)(values), 255)


def masks(*shape):
    return lambda values: booleans(*shape)(values).float()


def dice(p, y, epsilon=1.0):
    overlap = 2 * (p * y).flatten(1).sum(1) + epsilon
    return 1 - (overlap / (p.flatten(1).sum(1) + y.flatten(1).sum(1) + epsilon)).mean()


def focal(x, y, alpha, gamma):
    entropy = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    p = x.sigmoid()
    right = p * y + (1 - p) * (1 - y)
    return ((alpha * y + (1 - alpha) * (1 - y)) * (1 - right) ** gamma * entropy).mean()
