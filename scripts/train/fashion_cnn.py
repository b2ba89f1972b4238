#!/usr/bin/env python3
"""Train the bundled Fashion-MNIST network and export it as TorchScript.

usage: fashion_cnn.py [--data DIR] [--epochs N] [--seed N] [--no-mirror]
                      [--output FILE.pt]

MNIST has the same form: --data MNIST_DIR --no-mirror -o mnist.pt.

The network is small and friendly to spiking conversion: ReLU is its only
non-linearity, it pools by averages, every convolution is followed by a
BatchNorm, and one residual block has an identity skip.

    input  [1, 28, 28]   x / 255, no mean, no standard deviation
    conv1  3x3,  1 -> 16, BatchNorm, ReLU, average pool 2    -> [16, 14, 14]
    conv2  3x3, 16 -> 48, BatchNorm, ReLU, average pool 2    -> [48, 7, 7]
    block  two 3x3, 48 -> 48, with skip, ReLU, average pool 2 -> [48, 3, 3]
    linear 432 -> 10

That is 3.5 million multiply-accumulates per image and 53,000 parameters.

The last 5,000 training images are held out for validation, and only reported:
the exported weights are those after the last epoch, so nothing is selected on
any data. The test set is read once, at the very end.
"""
import argparse
import gzip
import os
import struct
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist"   # package dataset-fashion-mnist
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VALIDATION_IMAGES = 5000
MAX_SHIFT = 2                                         # pixels, in each direction


class ResidualBlock(nn.Module):
    """relu(x + bn2(conv2(relu(bn1(conv1(x))))))"""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu2 = nn.ReLU()

    def forward(self, x):
        y = self.relu1(self.bn1(self.conv1(x)))
        return self.relu2(x + self.bn2(self.conv2(y)))


class FashionCnn(nn.Module):
    def __init__(self, width1=16, width2=48, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width1, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width1)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.AvgPool2d(2)
        self.conv2 = nn.Conv2d(width1, width2, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width2)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.AvgPool2d(2)
        self.block = ResidualBlock(width2)
        self.pool3 = nn.AvgPool2d(2)
        self.linear = nn.Linear(width2 * 3 * 3, classes)

    def forward(self, x):
        x = self.pool1(self.relu1(self.bn1(self.conv1(x))))
        x = self.pool2(self.relu2(self.bn2(self.conv2(x))))
        x = self.pool3(self.block(x))
        return self.linear(torch.flatten(x, 1))


def read_idx(path):
    """A gzipped IDX file of unsigned bytes, as a numpy array."""
    with gzip.open(path) as file:
        data = file.read()
    zeros, kind, rank = struct.unpack(">HBB", data[:4])
    if zeros != 0 or kind != 8:
        raise SystemExit(f"{path}: not an IDX file of unsigned bytes")
    shape = struct.unpack(f">{rank}I", data[4:4 + 4 * rank])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def load_split(folder, prefix):
    """Images as float [N, 1, 28, 28] in 0..1, and labels as int64 [N]."""
    images = read_idx(os.path.join(folder, f"{prefix}-images-idx3-ubyte.gz"))
    labels = read_idx(os.path.join(folder, f"{prefix}-labels-idx1-ubyte.gz"))
    return (torch.from_numpy(images.astype(np.float32) / 255).unsqueeze(1),
            torch.from_numpy(labels.astype(np.int64)))


def augment(images, mirror):
    """Shift each image by up to MAX_SHIFT pixels, and mirror half of them if asked."""
    n, _, height, width = images.shape
    padded = F.pad(images, [MAX_SHIFT] * 4)
    rows = torch.randint(0, 2 * MAX_SHIFT + 1, (n, 1)) + torch.arange(height)
    columns = torch.arange(width).repeat(n, 1)
    mirrored = torch.rand(n) < (0.5 if mirror else 0)
    columns[mirrored] = columns[mirrored].flip(1)
    columns = columns + torch.randint(0, 2 * MAX_SHIFT + 1, (n, 1))
    sample = torch.arange(n)[:, None, None]
    return padded[sample, 0, rows[:, :, None], columns[:, None, :]].unsqueeze(1)


@torch.no_grad()
def accuracy(model, images, labels):
    """Percent of images whose largest output is their label."""
    model.eval()
    correct = sum(int((model(x).argmax(1) == y).sum())
                  for x, y in zip(images.split(500), labels.split(500)))
    return 100.0 * correct / len(labels)


def train(model, images, labels, held_out, epochs, mirror=True, batch=128, peak=0.2):
    """SGD with Nesterov momentum, weight decay and a one-cycle learning rate."""
    optimizer = torch.optim.SGD(model.parameters(), lr=peak, momentum=0.9,
                                nesterov=True, weight_decay=5e-4)
    steps = len(images) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, epochs * steps,
                                                   pct_start=0.2)
    for epoch in range(epochs):
        start, total = time.time(), 0.0
        model.train()
        order = torch.randperm(len(images))
        for step in range(steps):
            chosen = order[step * batch:(step + 1) * batch]
            loss = F.cross_entropy(model(augment(images[chosen], mirror)), labels[chosen],
                                   label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{epochs}: loss {total / steps:.4f}, "
              f"validation {accuracy(model, *held_out):.2f} %, "
              f"{time.time() - start:.0f} s", flush=True)


def export(model, path):
    """Trace the model and save it without debug records.

    They hold the source lines and folders of this machine, nothing that a reader
    of the network needs.
    """
    torch.jit.save(torch.jit.trace(model.eval(), torch.zeros(1, 1, 28, 28)), path)
    drop_debug_records(path)


def drop_debug_records(path):
    """Copy the archive, record by record, except for `*.debug_pkl`."""
    reader = torch._C.PyTorchFileReader(path)
    records = {name: reader.get_record(name) for name in reader.get_all_records()}
    writer = torch._C.PyTorchFileWriter(path)
    for name, data in records.items():
        written_at_the_end = name in ("version", "byteorder") or name.startswith(".data/")
        if not written_at_the_end and not name.endswith(".debug_pkl"):
            writer.write_record(name, data, len(data))
    writer.write_end_of_file()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", metavar="DIR", default=DEBIAN_FOLDER,
                        help="folder of the four idx-ubyte.gz files (default: %(default)s)")
    parser.add_argument("--epochs", metavar="N", type=int, default=24)
    parser.add_argument("--seed", metavar="N", type=int, default=1)
    parser.add_argument("--no-mirror", action="store_true",
                        help="of digits, which a mirror makes into others")
    parser.add_argument("--output", "-o", metavar="FILE",
                        default=os.path.join(REPOSITORY, "test/data/fashion_cnn.pt"))
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    images, labels = load_split(args.data, "train")
    held_out = images[-VALIDATION_IMAGES:], labels[-VALIDATION_IMAGES:]
    model = FashionCnn()
    train(model, images[:-VALIDATION_IMAGES], labels[:-VALIDATION_IMAGES], held_out,
          args.epochs, mirror=not args.no_mirror)
    export(model, args.output)
    print(f"test {accuracy(model, *load_split(args.data, 't10k')):.2f} % "
          f"of 10,000 images; wrote {args.output}, {os.path.getsize(args.output)} bytes")


if __name__ == "__main__":
    main()
