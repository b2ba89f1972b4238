"""Classic networks for CIFAR-10, friendly to spiking conversion.

ReLU is the only non-linearity, every convolution is followed by a BatchNorm,
and pools are averages. Inputs are (x / 255 - MEAN) / STD, [N, 3, 32, 32].

    resnet20   He et al. 2016, section 4.2; skips without weights (option A)
    resnet18   the same paper's ImageNet network with a 3x3 stem and no pool
               in front, as is usual at this size: 64 to 512 channels
    vgg16      Simonyan and Zisserman 2015, 13 convolutions and one linear layer
"""
from torch import nn
import torch
import torch.nn.functional as F

from resnet20 import MEAN, STD, ResNet as NarrowResNet  # noqa: F401

CLASSES = 10


def convolution(inputs, outputs, kernel=3, stride=1):
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs)]


class ProjectedBlock(nn.Module):
    """Two 3x3 convolutions; a 1x1 convolution on the skip where sizes change."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = convolution(inputs, outputs, 3, stride)
        self.relu1 = nn.ReLU()
        self.conv2, self.bn2 = convolution(outputs, outputs)
        self.relu2 = nn.ReLU()
        changes = stride != 1 or inputs != outputs
        self.shortcut = nn.Sequential(
            *(convolution(inputs, outputs, 1, stride) if changes else []))

    def forward(self, x):
        y = self.relu1(self.bn1(self.conv1(x)))
        return self.relu2(self.bn2(self.conv2(y)) + self.shortcut(x))


class WideResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*convolution(3, 64), nn.ReLU())
        blocks, inputs = [], 64
        for outputs in (64, 128, 256, 512):
            blocks += [ProjectedBlock(inputs, outputs, 1 if outputs == 64 else 2),
                       ProjectedBlock(outputs, outputs, 1)]
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.linear = nn.Linear(512, CLASSES)

    def forward(self, x):
        x = F.avg_pool2d(self.blocks(self.stem(x)), 4)
        return self.linear(torch.flatten(x, 1))


class Vgg16(nn.Module):
    STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))

    def __init__(self):
        super().__init__()
        layers, inputs = [], 3
        for outputs, count in self.STAGES:
            for _ in range(count):
                layers += [*convolution(inputs, outputs), nn.ReLU()]
                inputs = outputs
            layers.append(nn.AvgPool2d(2))
        self.layers = nn.Sequential(*layers)
        self.linear = nn.Linear(512, CLASSES)

    def forward(self, x):
        return self.linear(torch.flatten(self.layers(x), 1))


NETWORKS = {"resnet20": NarrowResNet, "resnet18": WideResNet18, "vgg16": Vgg16}
