"""Goldens of the backbones: torchvision's outputs and gradients for weights and images that both sides make from formulas.

python Scripts/goldens/backbones.py Tests/SegModelsTests/Goldens [folder with the real weights]

Weights are hashes of name and index, so that the files hold results only. The real-weight goldens are sampled feature values
of a synthetic image. Requirements: requirements.txt beside this file.
"""

import copy
import hashlib
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from torchvision_import import import_torchvision

models = import_torchvision().models


def uniform(name, count):
    """`count` numbers in [0, 1): splitmix64 of FNV-1a(name) + index, upper 24 bits."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**24


def formula_tensor(name, shape):
    count = int(np.prod(shape))
    u = uniform(name, count)
    if len(shape) > 1:
        values = (2 * u - 1) * np.sqrt(6 / (count // shape[0]))
    elif name.endswith("running_var"):
        values = 0.5 + u
    elif name.endswith("weight"):
        values = 0.9 + 0.2 * u
    else:
        values = 0.2 * (u - 0.5)
    return torch.from_numpy(values.astype(np.float32)).reshape(tuple(shape))


def formula_images(count, height, width):
    n, y, x, c = np.meshgrid(*(np.arange(e) for e in (count, height, width, 3)), indexing="ij")
    values = (x * (3 + c) + y * (5 + 2 * c) + x * y // 7 + 40 * n) % 256
    return torch.from_numpy(values.astype(np.uint8))


def fill(model):
    state = {
        name: formula_tensor(name, tensor.shape)
        for name, tensor in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    model.load_state_dict(state, strict=False)
    return model


RULES = {
    "torchvision": ("rgb", 1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "caffe": ("bgr", 1.0, (103.939, 116.779, 123.68), (1, 1, 1)),
    "caffeRounded": ("bgr", 1.0, (104, 117, 123), (1, 1, 1)),
    "tensorFlow": ("rgb", 1 / 127.5, (1, 1, 1), (1, 1, 1)),
}


def preprocess(images, rule):
    order, scale, mean, std = RULES[rule]
    x = images.float().permute(0, 3, 1, 2)
    if order == "bgr":
        x = x.flip(1)
    return (x * scale - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def narrow_resnet(block, layers, width, classes):
    """torchvision's ResNet with `width` stem channels instead of 64."""

    class Narrow(models.resnet.ResNet):
        @property
        def inplanes(self):
            return self.__dict__["planes"]

        @inplanes.setter
        def inplanes(self, value):
            self.__dict__["planes"] = value if "planes" in self.__dict__ else width

        def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
            return super()._make_layer(block, planes * width // 64, blocks, stride, dilate)

    model = Narrow(block, layers)
    model.fc = torch.nn.Linear(model.inplanes, classes)
    return model


def move_strides_to_conv1(model):
    for module in model.modules():
        if isinstance(module, models.resnet.Bottleneck):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, module.conv1.stride
    return model


def pad_as_tensorflow(model):
    def pad(module, inputs):
        (x,) = inputs
        totals = []
        for size, stride, kernel in zip(x.shape[2:], module.stride, module.kernel_size):
            totals.append(max((-(-size // stride) - 1) * stride + kernel - size, 0))
        rows, columns = totals
        return (F.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)),)

    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d) and module.padding != (0, 0):
            module.padding = (0, 0)
            module.register_forward_pre_hook(pad)
    return model


def run(model, taps, x):
    """Outputs of the modules in `taps` (rectified where a DenseNet norm or a VGG convolution is meant), and the logits."""
    outputs = {}
    hooks = []
    for tap in taps:
        module = model.get_submodule(tap)
        rectifies = isinstance(module, (torch.nn.BatchNorm2d, torch.nn.Conv2d))

        def keep(module, inputs, output, tap=tap, rectifies=rectifies):
            outputs[tap] = F.relu(output) if rectifies else output.clone()

        hooks.append(module.register_forward_hook(keep))
    logits = model(x)
    for hook in hooks:
        hook.remove()
    return [outputs[tap] for tap in taps], logits


def nhwc(x):
    return x.detach().permute(0, 2, 3, 1).contiguous()


def loss_of(maps):
    """Weighs every element with a formula, so that no gradient cancels."""
    total = 0
    for index, map in enumerate(maps):
        channels_last = map.permute(0, 2, 3, 1)
        weights = torch.from_numpy((uniform(f"loss{index}", map.numel()) - 0.5).astype(np.float32))
        total = total + (channels_last * weights.reshape(channels_last.shape)).mean()
    return total


def check_smoothness(name, model, taps, x, keys):
    """Refuses a case where rounding alone decides on which side of a kink (ReLU, max pooling) an activation falls."""
    gradients = []
    noise = torch.Generator().manual_seed(1)
    for level in [0] + 8 * [5e-7]:
        twin = copy.deepcopy(model).double()
        nudged = x.double() * (1 + level * torch.randn(x.shape, generator=noise, dtype=torch.double))
        loss_of(run(twin, taps, nudged)[0]).backward()
        parameters = dict(twin.named_parameters())
        gradients.append({key: parameters[key].grad for key in keys if parameters[key].grad is not None})
    for key, gradient in gradients[0].items():
        difference = max((gradient - other[key]).abs().max() for other in gradients[1:]) / gradient.abs().max()
        if difference > 2e-4:
            raise SystemExit(f"{name}: the gradient of {key} jumps by {difference:.1e}; choose another image size")


def case(folder, name, model, taps, rule, size, gradients=(), train=False, with_logits=True):
    fill(model).train(train)
    x = preprocess(formula_images(*size), rule)
    keys = list(dict(model.named_parameters())) if gradients == "all" else list(gradients)
    check_smoothness(name, model, taps, x, keys)
    maps, logits = run(model, taps, x)
    golden = {f"level{index}": nhwc(map) for index, map in enumerate(maps)}
    if with_logits:
        golden["logits"] = logits.detach()
    loss = loss_of(maps)
    if gradients:
        loss.backward()
    parameters = dict(model.named_parameters())
    for key in keys:
        if parameters[key].grad is not None:
            golden["gradient." + key] = parameters[key].grad
    if train:
        for key, tensor in model.state_dict().items():
            if "running_" in key and "layer4" not in key:
                golden["after." + key] = tensor
    save_file({key: value.contiguous().clone() for key, value in golden.items()}, folder / f"backbone-{name}.safetensors")


def small_cases(folder):
    resnet = models.resnet
    deep = ["layer2.0", "layer3.0", "layer3.1"]
    case(
        folder, "resnet-bottleneck", narrow_resnet(resnet.Bottleneck, [1, 1, 2, 1], 8, 7), deep, "torchvision", (2, 65, 97),
        ["conv1.weight", "layer2.0.conv2.weight", "layer2.0.downsample.1.weight", "layer3.1.bn3.bias"])
    case(
        folder, "resnet-v1-bgr", move_strides_to_conv1(narrow_resnet(resnet.Bottleneck, [1, 1, 2, 1], 8, 7)), deep, "caffe",
        (1, 70, 66), ["conv1.weight"])
    case(
        folder, "resnet-tiny-train", narrow_resnet(resnet.BasicBlock, [1, 1, 2, 1], 8, 7), deep, "torchvision", (3, 66, 64),
        "all", train=True, with_logits=False)
    case(
        folder, "squeezenet1_0", models.squeezenet.SqueezeNet("1_0", num_classes=5),
        ["features.9", "features.10", "features.12"], "caffeRounded", (1, 52, 65), ["features.0.weight", "features.9.squeeze.bias"])
    case(
        folder, "squeezenet1_1", models.squeezenet.SqueezeNet("1_1", num_classes=5),
        ["features.7", "features.11", "features.12"], "caffe", (1, 53, 66), ["features.0.weight"])
    mobile_taps = ["features.7.conv.0", "features.13.conv.0", "features.14.conv.0"]
    mobile = lambda: models.mobilenetv2.MobileNetV2(num_classes=5, width_mult=0.25)
    case(
        folder, "mobilenet_v2", mobile(), mobile_taps, "torchvision", (1, 65, 98),
        ["features.0.0.weight", "features.7.conv.1.0.weight", "features.4.conv.3.bias"])
    case(folder, "mobilenet_v2-tensorflow", pad_as_tensorflow(mobile()), mobile_taps, "tensorFlow", (1, 66, 99))
    dense = models.densenet.DenseNet(8, (2, 2, 4, 2), 16, bn_size=2, num_classes=5)
    case(
        folder, "densenet", dense,
        ["features.transition2.norm", "features.denseblock3.denselayer3.norm1", "features.transition3.norm"], "torchvision",
        (1, 65, 98), ["features.conv0.weight", "features.denseblock3.denselayer1.norm2.weight", "features.transition2.norm.bias"])
    layers = [4, 4, "M", 8, 8, "M", 8, 8, "M", 16, 16, "M", 16, 16, "M"]
    for suffix, norm in (("", False), ("_bn", True)):
        model = models.vgg.VGG(models.vgg.make_layers(layers, batch_norm=norm), num_classes=3)
        convolutions = [f"features.{i}" for i, m in enumerate(model.features) if isinstance(m, torch.nn.Conv2d)]
        if norm:
            convolutions = [f"features.{int(name.split('.')[1]) + 1}" for name in convolutions]
        model.classifier = torch.nn.Flatten()
        case(folder, "vgg" + suffix, model, [convolutions[i] for i in (7, 8, 9)], "torchvision", (1, 64, 80), with_logits=False)


def key_lists(folder):
    """Names and shapes of the full-size networks: whole lists of some, digests of the rest."""
    lines = []
    whole = ["resnet50", "squeezenet1_0", "squeezenet1_1", "mobilenet_v2", "vgg16"]
    digests = ["resnet18", "resnet34", "resnet101", "resnet152", "densenet121", "densenet169", "densenet201"]
    for name in whole + digests:
        with torch.device("meta"):
            state = getattr(models, name)().state_dict()
        keys = sorted(
            f"{key} {'x'.join(map(str, tensor.shape))}"
            for key, tensor in state.items()
            if not key.endswith("num_batches_tracked") and not (name == "vgg16" and key.startswith("classifier"))
        )
        digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()
        lines.append(f"# {name} {len(keys)} {digest}")
        lines += keys if name in whole else []
    (folder / "backbone-keys.txt").write_text("\n".join(lines) + "\n")


REAL = {
    "resnet50-v1-caffe": (
        "resnet50_imagenet_keras_to_layer3", lambda: move_strides_to_conv1(models.resnet50()), "caffe",
        ["layer2.3", "layer3.4", "layer3.5"]),
    "densenet169-keras": (
        "densenet169_imagenet_keras_features", models.densenet169, "torchvision",
        ["features.transition2.norm", "features.denseblock3.denselayer17.norm1", "features.transition3.norm"]),
    "mobilenet_v2-keras": (
        "mobilenet_v2_imagenet_keras_int8deq", lambda: pad_as_tensorflow(models.mobilenet_v2()), "tensorFlow",
        ["features.7.conv.0", "features.13.conv.0", "features.14.conv.0"]),
    "squeezenet1_0-caffe": (
        "squeezenet1_0_imagenet", models.squeezenet1_0, "caffeRounded", ["features.9", "features.10", "features.12"]),
    "squeezenet1_1-keras": (
        "squeezenet1_1_imagenet_features", models.squeezenet1_1, "caffe", ["features.7", "features.11", "features.12"]),
}


def real_weights(folder, weights):
    """Every 97th value of the maps that the real weights make of a synthetic image."""
    golden = {}
    for name, (file, make, rule, taps) in REAL.items():
        model = make()
        model.load_state_dict(load_file(weights / f"{file}.safetensors"), strict=False)
        maps, logits = run(model.eval(), taps, preprocess(formula_images(1, 96, 128), rule))
        for index, map in enumerate(maps):
            golden[f"{name}.level{index}"] = nhwc(map).flatten()[::97]
            golden[f"{name}.shape{index}"] = torch.tensor(nhwc(map).shape)
        if name in ("mobilenet_v2-keras", "squeezenet1_0-caffe"):
            golden[f"{name}.logits"] = logits.detach().flatten()[::97]
    save_file({key: value.contiguous().clone() for key, value in golden.items()}, folder / "backbone-real.safetensors")


def main():
    torch.manual_seed(0)
    torch.set_num_threads(2)
    folder = pathlib.Path(sys.argv[1])
    small_cases(folder)
    key_lists(folder)
    if len(sys.argv) > 2:
        with torch.no_grad():
            real_weights(folder, pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
