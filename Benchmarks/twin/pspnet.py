"""PSPNet behind a dilated ResNet-50 with torchvision's names: raw pixels to the scores of both heads, as hszhao/semseg has it."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from resnet import ResNet50


def dilated(network):
    """Dilation 2 and 4 in place of the strides of the last two layers."""
    for layer, dilation in ((network.layer3, 2), (network.layer4, 4)):
        for block in layer:
            block.conv2.stride, block.conv2.padding, block.conv2.dilation = (1, 1), (dilation,) * 2, (dilation,) * 2
            if block.downsample is not None:
                block.downsample[0].stride = (1, 1)
    network.fc = None
    return network


def unit(inputs, outputs, kernel):
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


class Pyramid(nn.Module):
    def __init__(self, channels, bins):
        super().__init__()
        self.features = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(side), *unit(channels, channels // len(bins), 1)) for side in bins)

    def forward(self, x):
        resized = [F.interpolate(f(x), x.shape[2:], mode="bilinear", align_corners=True) for f in self.features]
        return torch.cat([x, *resized], 1)


class PSPNet(nn.Module):
    def __init__(self, classes, width=512, auxiliary=256, bins=(1, 2, 3, 6)):
        super().__init__()
        self.backbone = dilated(ResNet50())
        self.ppm = Pyramid(2048, bins)
        self.cls = nn.Sequential(*unit(4096, width, 3))
        self.aux = nn.Sequential(*unit(1024, auxiliary, 3))
        self.main_classifier = nn.Conv2d(width, classes, 1)
        self.aux_classifier = nn.Conv2d(auxiliary, classes, 1)

    def forward(self, pixels):
        net = self.backbone
        before = net.layer3(net.layer2(net.layer1(net.stem(pixels))))
        scores = self.main_classifier(self.cls(self.ppm(net.layer4(before))))
        return scores, self.aux_classifier(self.aux(before))
