#!/usr/bin/env python3
"""Export the CIFAR-10 ResNet-20 (or ResNet-32, 44, 56, ...) as TorchScript.

usage: resnet20.py --export CHECKPOINT -o OUT.pt [--depth N] [--data DIR]

CHECKPOINT is a plain state_dict with the names used below. The network is that
of He et al. 2016, section 4.2: three stages of (depth - 2) / 6 basic blocks with
16, 32 and 64 channels. Its shortcuts are "option A": where a stage begins, the
skip takes every second pixel and appends zero channels, so it has no weights.

The network takes normalised images: (x / 255 - mean) / std per channel, with
mean (0.485, 0.456, 0.406) and std (0.229, 0.224, 0.225). With --data, the folder
that holds cifar-10-batches-bin (or that folder itself), the exported file is
loaded again and its accuracy on the 10,000 test images is printed.
"""
import argparse
import os

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.grows = stride != 1 or inputs != outputs
        self.padding = (outputs - inputs) // 2      # zero channels before and after

    def shortcut(self, x):
        if not self.grows:
            return x
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.padding, self.padding))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, depth=20, classes=10):
        super().__init__()
        if depth < 8 or (depth - 2) % 6 != 0:
            raise SystemExit(f"depth {depth}: must be 6 n + 2, such as 20 or 32")
        blocks = (depth - 2) // 6
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self.stage(16, 16, blocks, 1)
        self.layer2 = self.stage(16, 32, blocks, 2)
        self.layer3 = self.stage(32, 64, blocks, 2)
        self.linear = nn.Linear(64, classes)

    @staticmethod
    def stage(inputs, outputs, blocks, stride):
        return nn.Sequential(BasicBlock(inputs, outputs, stride),
                             *(BasicBlock(outputs, outputs, 1) for _ in range(blocks - 1)))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        x = F.avg_pool2d(x, 8)
        return self.linear(torch.flatten(x, 1))


def load_checkpoint(model, path):
    """Load a state_dict strictly; only the counters of BatchNorm may be missing."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"{path}: missing {missing}, unexpected {unexpected}; "
                         "is --depth that of the checkpoint?")


def load_test_images(folder):
    """The CIFAR-10 test set: normalised float [N, 3, 32, 32], labels int64 [N]."""
    inner = os.path.join(folder, "cifar-10-batches-bin")
    folder = inner if os.path.isdir(inner) else folder
    records = np.fromfile(os.path.join(folder, "test_batch.bin"), np.uint8)
    records = records.reshape(-1, 1 + 3 * 32 * 32)
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, STD))
    return (images - mean) / std, torch.from_numpy(records[:, 0].astype(np.int64))


@torch.no_grad()
def accuracy(model, images, labels):
    """Percent of images whose largest output is their label."""
    correct = sum(int((model(x).argmax(1) == y).sum())
                  for x, y in zip(images.split(500), labels.split(500)))
    return 100.0 * correct / len(labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--export", metavar="CHECKPOINT", required=True)
    parser.add_argument("--output", "-o", metavar="OUT.pt", required=True)
    parser.add_argument("--depth", metavar="N", type=int, default=20)
    parser.add_argument("--data", metavar="DIR", help="measure accuracy on CIFAR-10")
    args = parser.parse_args()

    model = ResNet(args.depth)
    load_checkpoint(model, args.export)
    model.eval()
    torch.jit.save(torch.jit.trace(model, torch.zeros(1, 3, 32, 32)), args.output)
    print(f"wrote {args.output}, {os.path.getsize(args.output)} bytes")
    if args.data:
        images, labels = load_test_images(args.data)
        exported = torch.jit.load(args.output)
        print(f"test {accuracy(exported, images, labels):.2f} % of {len(labels):,} images")


if __name__ == "__main__":
    main()
