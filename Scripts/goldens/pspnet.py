"""Goldens of the pyramid scene parsing network: `hszhao/semseg`'s head on a narrow dilated ResNet, in evaluation and in training.

python Scripts/goldens/pspnet.py Tests/SegModelsTests/Goldens

Weights and images are those of backbones.py. Requirements: requirements.txt beside this file.
"""

import copy
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from backbones import fill, formula_images, loss_of, models, narrow_resnet, nhwc, preprocess
from field_backbones import WIDTH, DeepStem

IMAGES = (3, 41, 57)
BINS, FEATURES, AUXILIARY, CLASSES = (1, 2, 3, 6), 16, 8, 5
GRADIENTS = ["backbone.conv1.weight", "ppm.features.1.1.weight", "cls.0.weight", "cls.1.bias", "classifier.weight"]


def unit(inputs, outputs, kernel):
    return [
        torch.nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False), torch.nn.BatchNorm2d(outputs), torch.nn.ReLU()]


class Pyramid(torch.nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.features = torch.nn.ModuleList(
            torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(bin), *unit(channels, channels // len(BINS), 1)) for bin in BINS)

    def forward(self, x):
        resized = [F.interpolate(f(x), x.shape[2:], mode="bilinear", align_corners=True) for f in self.features]
        return torch.cat([x, *resized], 1)


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = DeepStem(narrow_resnet(models.resnet.Bottleneck, [1, 1, 2, 1], WIDTH, 7))
        del self.backbone.fc
        deep = WIDTH * 32
        self.ppm = Pyramid(deep)
        self.cls = torch.nn.Sequential(*unit(2 * deep, FEATURES, 3))
        self.aux = torch.nn.Sequential(*unit(deep // 2, AUXILIARY, 3))
        self.classifier = torch.nn.Conv2d(FEATURES, CLASSES, 1)

    def forward(self, x):
        net = self.backbone
        for number in (1, 2, 3):
            x = torch.relu(getattr(net, f"bn{number}")(getattr(net, f"conv{number}")(x)))
        x = F.max_pool2d(x, 3, 2, 1)
        x = net.layer3(net.layer2(net.layer1(x)))
        deep = net.layer4(x)
        main = self.cls(self.ppm(deep))
        return main, self.aux(x), self.classifier(main)


def cosine(model, main):
    weight = F.normalize(model.classifier.weight.flatten(1), dim=1)
    return 10 * torch.einsum("nchw,kc->nkhw", F.normalize(main, dim=1), weight)


def check_smoothness(model, images):
    """Refuses images where rounding alone decides on which side of a kink an activation falls."""
    gradients = []
    for level in [0] + 6 * [3e-7]:
        twin = copy.deepcopy(model).double()
        torch.manual_seed(len(gradients))
        loss_of(twin(images.double() * (1 + level * torch.randn(images.shape, dtype=torch.double)))).backward()
        gradients.append({key: parameter.grad for key, parameter in twin.named_parameters() if key in GRADIENTS})
    for key, gradient in gradients[0].items():
        difference = max((gradient - other[key]).abs().max() for other in gradients[1:]) / gradient.abs().max()
        print(f"{key} moves by {difference:.1e}")
        if difference > 2e-4:
            raise SystemExit(f"the gradient of {key} jumps by {difference:.1e}; choose another image size")


def case(folder, name, train):
    model = fill(Network()).train(train)
    images = preprocess(formula_images(*IMAGES), "torchvision")
    check_smoothness(model, images)
    main, auxiliary, logits = model(images)
    loss_of([main, auxiliary, logits]).backward()
    golden = {"main": nhwc(main), "auxiliary": nhwc(auxiliary), "logits": nhwc(logits), "cosine": nhwc(cosine(model, main))}
    parameters = dict(model.named_parameters())
    golden |= {"gradient." + key: parameters[key].grad for key in GRADIENTS}
    if train:
        golden["cls.1.running_mean"] = model.cls[1].running_mean
        golden["ppm.features.0.2.running_var"] = model.ppm.features[0][2].running_var
    save_file({key: tensor.detach().contiguous().clone() for key, tensor in golden.items()}, folder / f"pspnet-{name}.safetensors")


folder = pathlib.Path(sys.argv[1])
case(folder, "evaluation", False)
case(folder, "training", True)
