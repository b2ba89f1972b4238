#!/usr/bin/env python3
"""Train a classic network on CIFAR-10 and export it as TorchScript.

usage: cifar10.py --net resnet20|resnet18|vgg16 --data DIR -o OUT.pt
                  [--epochs N] [--seed N] [--checkpoint FILE] [--precision bf16]

DIR holds cifar-10-batches-bin (or is that folder). The recipe is the usual one:
SGD with Nesterov momentum 0.9, weight decay 5e-4, a cosine schedule after one
epoch of warm-up, batches of 128, images shifted by up to 4 pixels and mirrored.

The last 5,000 training images are held out for validation, and only reported:
the exported weights are those after the last epoch, so nothing is selected on
any data. The test set is read once, at the very end.

With --checkpoint the state after each epoch goes to FILE (whole or not at all),
and a run that finds FILE goes on behind its last epoch. What an epoch draws
depends on the seed and its number alone, so both ways give the same weights.
"""
import argparse
import contextlib
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from cifar10_networks import MEAN, NETWORKS, STD

VALIDATION_IMAGES = 5000
MAX_SHIFT = 4                                         # pixels, in each direction
BATCH = 128


def load_batches(folder, names):
    """Images as uint8 [N, 3, 32, 32] and labels as int64 [N]."""
    inner = os.path.join(folder, "cifar-10-batches-bin")
    folder = inner if os.path.isdir(inner) else folder
    records = np.concatenate([
        np.fromfile(os.path.join(folder, name), np.uint8).reshape(-1, 1 + 3 * 32 * 32)
        for name in names])
    return (torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).copy()),
            torch.from_numpy(records[:, 0].astype(np.int64)))


def normalised(images):
    mean, std = (torch.tensor(values, device=images.device).view(3, 1, 1)
                 for values in (MEAN, STD))
    return (images.float() / 255 - mean) / std


def augment(images, draw):
    """Shift each image by up to MAX_SHIFT pixels, and mirror half of them."""
    n, _, height, width = images.shape
    padded = F.pad(images, [MAX_SHIFT] * 4)

    def offsets():
        return torch.randint(0, 2 * MAX_SHIFT + 1, (n, 1), generator=draw)

    rows = offsets() + torch.arange(height)
    columns = torch.arange(width).repeat(n, 1)
    mirrored = torch.rand(n, generator=draw) < 0.5
    columns[mirrored] = columns[mirrored].flip(1)
    columns = columns + offsets()
    sample = torch.arange(n)[:, None, None]
    # Indexed axes come first: [n, height, width, 3].
    return padded[sample, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


@torch.no_grad()
def accuracy(model, images, labels, device):
    """Percent of images whose largest output is their label."""
    model.eval()
    correct = sum(
        int((model(normalised(x.to(device))).argmax(1).cpu() == y).sum())
        for x, y in zip(images.split(500), labels.split(500)))
    return 100.0 * correct / len(labels)


def make_optimizer(model, peak):
    return torch.optim.SGD(model.parameters(), lr=peak, momentum=0.9, nesterov=True,
                           weight_decay=5e-4)


def rate_at(step, steps, warm_up, peak):
    """Up to the peak in a line, then down to 0 along a cosine."""
    if step < warm_up:
        return peak * (step + 1) / warm_up
    return peak * 0.5 * (1 + np.cos(np.pi * (step - warm_up) / max(steps - warm_up, 1)))


class Training:
    def __init__(self, args, images, labels, held_out):
        self.args = args
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(args.seed)
        self.model = NETWORKS[args.net]().to(self.device,
                                             memory_format=torch.channels_last)
        self.optimizer = make_optimizer(self.model, args.rate)
        self.images, self.labels, self.held_out = images, labels, held_out
        self.epoch = 0

    def autocast(self):
        if self.args.precision == "f32":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def run(self):
        self.resume()
        while self.epoch < self.args.epochs:
            start = time.time()
            loss = self.run_epoch()
            self.epoch += 1
            self.save()
            found = accuracy(self.model, *self.held_out, self.device)
            print(f"epoch {self.epoch}/{self.args.epochs}: loss {loss:.4f}, "
                  f"validation {found:.2f} %, {time.time() - start:.0f} s", flush=True)

    def run_epoch(self):
        draw = torch.Generator().manual_seed(1_000_003 * self.args.seed + self.epoch)
        order = torch.randperm(len(self.images), generator=draw)
        steps = len(order) // BATCH
        total = 0.0
        self.model.train()
        for step in range(steps):
            for group in self.optimizer.param_groups:
                group["lr"] = rate_at(self.epoch * steps + step, self.args.epochs * steps,
                                      steps, self.args.rate)
            total += self.run_step(order[step * BATCH:(step + 1) * BATCH], draw)
        return total / steps

    def run_step(self, chosen, draw):
        x = normalised(augment(self.images[chosen], draw).to(self.device))
        x = x.contiguous(memory_format=torch.channels_last)
        with self.autocast():
            loss = F.cross_entropy(self.model(x), self.labels[chosen].to(self.device))
        if not torch.isfinite(loss):
            raise SystemExit(f"cifar10.py: the loss is {loss.item()} in epoch "
                             f"{self.epoch + 1}; try a lower --rate")
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def identity(self):
        args = self.args
        return {"net": args.net, "epochs": args.epochs, "seed": args.seed,
                "rate": args.rate, "precision": args.precision}

    def save(self):
        path = self.args.checkpoint
        if not path:
            return
        torch.save({"run": self.identity(), "epoch": self.epoch,
                    "model": self.model.state_dict(),
                    "optimizer": self.optimizer.state_dict()}, path + ".part")
        os.replace(path + ".part", path)

    def resume(self):
        path = self.args.checkpoint
        if not path or not os.path.exists(path):
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["run"] != self.identity():
            raise SystemExit(f"{path}: of another run: {state['run']}, "
                             f"expected {self.identity()}")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]
        print(f"goes on after epoch {self.epoch} of {path}", flush=True)


def export(model, path):
    model = model.to("cpu", memory_format=torch.contiguous_format).eval()
    torch.jit.save(torch.jit.trace(model, torch.zeros(1, 3, 32, 32)), path + ".part")
    os.replace(path + ".part", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--net", choices=sorted(NETWORKS), required=True)
    parser.add_argument("--data", metavar="DIR", required=True)
    parser.add_argument("--output", "-o", metavar="OUT.pt", required=True)
    parser.add_argument("--epochs", metavar="N", type=int, default=100)
    parser.add_argument("--seed", metavar="N", type=int, default=1)
    parser.add_argument("--rate", metavar="R", type=float, default=0.1,
                        help="the highest learning rate (default: %(default)s)")
    parser.add_argument("--checkpoint", metavar="FILE")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    args = parser.parse_args()

    train = [f"data_batch_{i}.bin" for i in range(1, 6)]
    images, labels = load_batches(args.data, train)
    held_out = images[-VALIDATION_IMAGES:], labels[-VALIDATION_IMAGES:]
    training = Training(args, images[:-VALIDATION_IMAGES], labels[:-VALIDATION_IMAGES],
                        held_out)
    training.run()
    found = accuracy(training.model, *load_batches(args.data, ["test_batch.bin"]),
                     training.device)
    export(training.model, args.output)
    print(f"test {found:.2f} % of 10,000 images; wrote {args.output}, "
          f"{os.path.getsize(args.output)} bytes")


if __name__ == "__main__":
    sys.exit(main())
