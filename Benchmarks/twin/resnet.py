"""ResNet-50 with torchvision's names and its stride placement (v1.5): raw pixels to class scores or to three feature maps."""
import torch
import torch.nn as nn
import torch.nn.functional as F

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class Bottleneck(nn.Module):
    def __init__(self, cin, width, stride):
        super().__init__()
        cout = 4 * width
        self.conv1 = nn.Conv2d(cin, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, cout, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or cin != cout:
            self.downsample = nn.Sequential(nn.Conv2d(cin, cout, 1, stride=stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class ResNet50(nn.Module):
    """`layers` below four ends the network early and leaves out the classifier."""

    def __init__(self, layers=4):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layers = layers
        cin = 64
        for index, count in enumerate((3, 4, 6, 3)[:layers]):
            width = 64 << index
            blocks = []
            for block in range(count):
                blocks.append(Bottleneck(cin, width, 2 if block == 0 and index > 0 else 1))
                cin = 4 * width
            setattr(self, f"layer{index + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(cin, 1000) if layers == 4 else None
        self.register_buffer("scale", torch.tensor([1 / (255 * s) for s in STD]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("shift", torch.tensor([-m / s for m, s in zip(MEAN, STD)]).view(1, 3, 1, 1), persistent=False)

    def stem(self, pixels):
        """Raw pixels 0...255 (uint8, NCHW in channels_last memory)."""
        x = (pixels.float() * self.scale.float() + self.shift.float()).to(self.conv1.weight.dtype)
        return self.maxpool(self.relu(self.bn1(self.conv1(x))))

    def forward(self, pixels):
        x = self.stem(pixels)
        for index in range(self.layers):
            x = getattr(self, f"layer{index + 1}")(x)
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))

    def features(self, pixels):
        """layer2.3, layer3.4 and layer3.5: the library's default levels."""
        x = self.layer2(self.layer1(self.stem(pixels)))
        maps = [x]
        for index, block in enumerate(self.layer3):
            x = block(x)
            if index >= 4:
                maps.append(x)
        return maps

    @torch.no_grad()
    def calibrate(self, pixels):
        """Running statistics of `pixels`, so that random weights give features that differ from image to image; residual
        branches are damped as in trained networks, so that rounding does not grow from block to block."""
        for module in self.modules():
            if isinstance(module, Bottleneck):
                module.bn3.weight.fill_(0.25)
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 1.0
        self.train()
        self(pixels) if self.layers == 4 else self.features(pixels)
        self.eval()
