"""The networks of the benchmark, their images, and how they come to spike.

The ResNets have random weights from a fixed seed, and every BatchNorm has the
statistics of the benchmark's images, so that all layers spike. They classify
nothing: what matters here is their shape, their integers and how often they
spike, which BIAS sets and the report says.

usage: networks.py NAME IMAGES.npz OUT.pt      (makes the TorchScript file)
"""
import gzip
import os
import sys

import numpy as np

SEED = 1
IMAGES = 1024
FASHION = "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz"
# Bias of every BatchNorm, in standard deviations of what it normalises: gives
# densities of some 8 to 20 % at T = 8.
BIAS = -0.15

NETWORKS = ["fashion", "resnet20", "resnet18"]     # resnet18: width 64
WIDTHS = ["resnet18-w32", "resnet18", "resnet18-w128"]


def smooth_noise(generator, count, channels, size, cells):
    """Random fields [count, channels, size, size] of `cells`^2 patches, 0..1."""
    coarse = generator.random((count, channels, cells + 1, cells + 1))
    at = np.linspace(0, cells, size, endpoint=False)
    low, part = at.astype(int), at - at.astype(int)
    rows = (coarse[:, :, low] * (1 - part)[:, None]
            + coarse[:, :, low + 1] * part[:, None])
    return rows[..., low] * (1 - part) + rows[..., low + 1] * part


def structured_images(count, channels, size):
    """Smooth fields at three scales, u8 [count, channels, size, size]."""
    generator = np.random.default_rng(SEED)
    field = sum(weight * smooth_noise(generator, count, channels, size, cells)
                for weight, cells in ((0.5, 3), (0.3, 8), (0.2, 16)))
    return np.round(255 * field).astype(np.uint8)


def fashion_images(count):
    """Test images of Fashion-MNIST, or structured ones where it is missing."""
    if not os.path.exists(FASHION):
        return structured_images(count, 1, 28)
    with gzip.open(FASHION) as file:
        data = file.read(16 + count * 28 * 28)
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 1, 28, 28)


def write_images(name, path):
    """The images of a network as .npz with x, u8 [IMAGES, C, H, W]."""
    if name == "fashion":
        images = fashion_images(IMAGES)
    else:
        images = structured_images(IMAGES, 3, 32)
    np.savez(path, x=images)


def make_model(name):
    """An untrained torch module for [N, 3, 32, 32] images in 0..1."""
    import torch
    from torch import nn
    import torch.nn.functional as F

    class Block(nn.Module):
        """Two 3x3 convolutions and a skip; `padded`: zeros, else a 1x1."""

        def __init__(self, inputs, outputs, stride, padded):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.grows = stride != 1 or inputs != outputs
            self.margin = (outputs - inputs) // 2 if padded else None
            if self.grows and not padded:
                self.skip = nn.Sequential(
                    nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                    nn.BatchNorm2d(outputs))

        def shortcut(self, x):
            if not self.grows:
                return x
            if self.margin is None:
                return self.skip(x)
            return F.pad(x[:, :, ::2, ::2],
                         (0, 0, 0, 0, self.margin, self.margin))

        def forward(self, x):
            y = F.relu(self.bn1(self.conv1(x)))
            return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))

    class ResNet(nn.Module):
        def __init__(self, widths, blocks, padded):
            super().__init__()
            self.conv1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(widths[0])
            stages, inputs = [], widths[0]
            for number, outputs in enumerate(widths):
                for position in range(blocks):
                    stride = 2 if number and not position else 1
                    stages.append(Block(inputs, outputs, stride, padded))
                    inputs = outputs
            self.blocks = nn.Sequential(*stages)
            self.linear = nn.Linear(inputs, 10)
            self.last = 32 >> (len(widths) - 1)

        def forward(self, x):
            x = self.blocks(F.relu(self.bn1(self.conv1(x))))
            x = F.avg_pool2d(x, self.last)
            return self.linear(torch.flatten(x, 1))

    if name == "resnet20":
        return ResNet((16, 32, 64), 3, padded=True)
    width = int(name.split("-w")[1]) if "-w" in name else 64
    return ResNet([width << stage for stage in range(4)], 2, padded=False)


def well_conditioned(model, images):
    """Give every BatchNorm the statistics of `images` and the bias BIAS."""
    import torch
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
        torch.nn.init.constant_(norm.bias, BIAS)
    with torch.no_grad():
        for batch in images.split(64):
            model(batch)
    return model.eval()


def main():
    import torch
    name, images_path, target = sys.argv[1:]
    torch.manual_seed(SEED)
    with np.load(images_path) as file:
        images = torch.from_numpy(file["x"][:256]).float() / 255
    model = well_conditioned(make_model(name).train(), images)
    torch.jit.save(torch.jit.trace(model, images[:1]), target)


if __name__ == "__main__":
    main()
