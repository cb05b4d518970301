"""Goldens of holistically-nested edge detection: both published forms with narrow stages, weights from formulas.

python Scripts/goldens/hed.py Tests/SegModelsTests/Goldens
"""

import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from backbones import formula_images, formula_tensor

CHANNELS = [6, 8, 10, 12, 12]
DEPTHS = [2, 2, 3, 3, 3]


def maps(x, out, form):
    height, width = x.shape[2:]
    results, inputs = [], 3
    for stage, (channels, depth) in enumerate(zip(CHANNELS, DEPTHS), 1):
        if stage > 1:
            x = F.max_pool2d(x, 2, 2)
        for index in range(depth):
            name = f"block{stage}.convs.{index}"
            x = F.relu(F.conv2d(x, formula_tensor(f"{name}.weight", (channels, inputs, 3, 3)),
                                formula_tensor(f"{name}.bias", (channels,)), padding=1))
            inputs = channels
        name = f"block{stage}.projection"
        y = F.conv2d(x, formula_tensor(f"{name}.weight", (1, channels, 1, 1)), formula_tensor(f"{name}.bias", (1,)))
        y = F.interpolate(y, (height, width), mode="bilinear", align_corners=False)
        out[f"{form}.map{stage}"] = y.permute(0, 2, 3, 1).contiguous().detach()
        results.append(y)
    return results


def main():
    out = {}
    images = formula_images(2, 37, 52).float().permute(0, 3, 1, 2)
    # The scale keeps the sigmoid from saturating: the mean and deviation of random weights are not those of trained ones.
    for form in ("controlnet", "original"):
        x = (images * 0.02).requires_grad_()
        if form == "controlnet":
            results = maps(x - formula_tensor("norm", (1, 3, 1, 1)), out, form)
            edges = torch.sigmoid(torch.stack(results).mean(0))
        else:
            mean = torch.tensor([104.00698793, 116.66876762, 122.67891434]).view(1, 3, 1, 1)
            results = maps(x.flip(1) - mean, out, form)
            weight, bias = formula_tensor("combine.weight", (1, 5, 1, 1)), formula_tensor("combine.bias", (1,))
            edges = torch.sigmoid(F.conv2d(torch.cat(results, 1), weight, bias))
        edges.mean().backward()
        out[f"{form}.edges"] = edges.permute(0, 2, 3, 1).contiguous().detach()
        out[f"{form}.gradient"] = x.grad.permute(0, 2, 3, 1).contiguous()
    save_file(out, pathlib.Path(sys.argv[1]) / "hed.safetensors")


if __name__ == "__main__":
    main()
