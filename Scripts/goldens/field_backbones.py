"""Goldens of the convolutional backbones as few-shot papers use them: the dilated deep-stem ResNet of PFENet, and maps before the ReLU.

python Scripts/goldens/field_backbones.py Tests/SegModelsTests/Goldens

Weights and images are those of backbones.py. Requirements: requirements.txt beside this file.
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file

from backbones import fill, formula_images, loss_of, models, narrow_resnet, nhwc, preprocess

WIDTH = 8


class DeepStem(torch.nn.Module):
    """Three 3x3 convolutions, as `resnet.py` of semseg and PFENet has them: stride 2, then 1, 1, the last twice as wide."""

    def __init__(self, resnet):
        super().__init__()
        channels = [3, WIDTH, WIDTH, 2 * WIDTH]
        for number in (1, 2, 3):
            inputs, outputs = channels[number - 1 : number + 1]
            convolution = torch.nn.Conv2d(inputs, outputs, 3, stride=2 if number == 1 else 1, padding=1, bias=False)
            setattr(self, f"conv{number}", convolution)
            setattr(self, f"bn{number}", torch.nn.BatchNorm2d(outputs))
        for number in (1, 2, 3, 4):
            setattr(self, f"layer{number}", getattr(resnet, f"layer{number}"))
        first = self.layer1[0]
        first.conv1 = torch.nn.Conv2d(2 * WIDTH, WIDTH, 1, bias=False)
        first.downsample[0] = torch.nn.Conv2d(2 * WIDTH, 4 * WIDTH, 1, bias=False)
        self.fc = resnet.fc
        # PFENet sets stride and dilation of all 3x3 convolutions of a layer, also of its first block.
        for layer, dilation in ((self.layer3, 2), (self.layer4, 4)):
            for name, module in layer.named_modules():
                if name.endswith("conv2"):
                    module.stride, module.dilation, module.padding = (1, 1), (dilation, dilation), (dilation, dilation)
                elif name.endswith("downsample.0"):
                    module.stride = (1, 1)

    def forward(self, x):
        for number in (1, 2, 3):
            x = torch.relu(getattr(self, f"bn{number}")(getattr(self, f"conv{number}")(x)))
        x = torch.nn.functional.max_pool2d(x, 3, 2, 1)
        for number in (1, 2, 3, 4):
            x = getattr(self, f"layer{number}")(x)
        return self.fc(x.mean((2, 3)))


def bottleneck(block, x):
    """A bottleneck's map before and after its last ReLU, written out as HSNet's loop has it."""
    identity = x if block.downsample is None else block.downsample(x)
    y = torch.relu(block.bn1(block.conv1(x)))
    y = torch.relu(block.bn2(block.conv2(y)))
    y = block.bn3(block.conv3(y)) + identity
    return y, torch.relu(y)


def save(folder, name, maps, logits=None, gradients=None):
    golden = {f"level{index}": nhwc(map) for index, map in enumerate(maps)}
    golden |= {"gradient." + key: tensor for key, tensor in (gradients or {}).items()}
    if logits is not None:
        golden["logits"] = logits.detach()
    tensors = {key: tensor.contiguous().clone() for key, tensor in golden.items()}
    save_file(tensors, folder / f"backbone-{name}.safetensors")


def deep_stem(folder):
    model = fill(DeepStem(narrow_resnet(models.resnet.Bottleneck, [1, 1, 2, 1], WIDTH, 7))).eval()
    taps = ["layer2.0", "layer3.0", "layer3.1", "layer4.0"]
    keys = ["conv1.weight", "bn3.weight", "layer3.1.conv2.weight"]
    x = preprocess(formula_images(1, 49, 65), "torchvision")
    outputs = {}
    for tap in taps:
        model.get_submodule(tap).register_forward_hook(
            lambda module, inputs, output, tap=tap: outputs.__setitem__(tap, output.clone()))
    logits = model(x)
    maps = [outputs[tap] for tap in taps]
    loss_of(maps).backward()
    parameters = dict(model.named_parameters())
    save(folder, "resnet-deep", maps, logits, {key: parameters[key].grad for key in keys})


def before_relu(folder):
    """HSNet's maps: every bottleneck of layers 2 to 4 before its last ReLU; the last after it, too."""
    model = fill(narrow_resnet(models.resnet.Bottleneck, [1, 1, 2, 1], WIDTH, 7)).eval()
    x = preprocess(formula_images(1, 65, 97), "torchvision")
    x = model.maxpool(torch.relu(model.bn1(model.conv1(x))))
    maps = []
    for number in (1, 2, 3, 4):
        for block in getattr(model, f"layer{number}"):
            before, x = bottleneck(block, x)
            maps += [before] if number > 1 else []
    save(folder, "resnet-before", maps + [x])


def vgg(folder):
    """HSNet's maps of VGG: convolutions before the ReLU and the last pooling; the classifier; poolings that round up."""
    layers = [4, 4, "M", 8, 8, "M", 8, 8, "M", 8, 8, "M", 8, 8, "M"]
    taps = [17, 19, 20, 22, 24]
    for name, ceil in (("vgg-classifier", False), ("vgg-ceil", True)):
        model = models.vgg.VGG(models.vgg.make_layers(layers), num_classes=3)
        model.classifier = torch.nn.Sequential(
            torch.nn.Linear(8 * 49, 10), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(10, 10), torch.nn.ReLU(),
            torch.nn.Dropout(), torch.nn.Linear(10, 3))
        fill(model).eval()
        for module in model.features:
            if isinstance(module, torch.nn.MaxPool2d):
                module.ceil_mode = ceil
        images = preprocess(formula_images(1, 70, 101), "torchvision")
        x, maps = images, []
        for index, module in enumerate(model.features):
            x = module(x)
            if index in taps:
                maps.append(x.clone())
        loss_of(maps).backward()
        parameters = dict(model.named_parameters())
        wanted = [] if ceil else ["features.0.weight", "features.10.weight", "features.22.bias"]
        save(folder, name, maps, model(images), {key: parameters[key].grad for key in wanted})


def main():
    torch.manual_seed(0)
    torch.set_num_threads(2)
    folder = pathlib.Path(sys.argv[1])
    deep_stem(folder)
    with torch.no_grad():
        before_relu(folder)
    vgg(folder)


if __name__ == "__main__":
    main()
