#!/usr/bin/env python3
"""Make the torture set for the TorchScript front end: small files, and what PyTorch says of them.

usage: make_torchscript.py OUT [--only TEXT] [--jobs N] [--full FOLDER]

    OUT/accepted/NAME.pt    a network that must be imported
    OUT/accepted/NAME.npz   `x`: input, [samples, ...]; `y`: output 0; `y1`: output 1, if any
    OUT/refused/NAME.pt     a file that must be refused
    OUT/manifest.json       a list with one object per file:
        accepted: name, accepted, input_shape (without batch), outputs, tolerance, note
        refused:  name, accepted, input_shape (or null), expect, note

`tolerance` is relative to the largest absolute value of `y`. `y` is what the eager model answers
in float64 in eval mode, stored as float32. Where the network ends in softmax or log_softmax, which
importing drops, `y` is what stands before it. `expect` is a text that the refusal must contain
(letter case aside), such as the operator's name.

A case with both exports gives NAME_traced and NAME_scripted. Each is made in a process of its own,
with a seed drawn from its name, so that its bytes depend on no other case; debug records, which
hold the paths of the machine, are left out. The same torch on the same machine gives the same
bytes. Every accepted file is loaded again and must agree with the eager model, be finite, and tell
its samples apart.

Needs torch and numpy; torchvision (and the pillow that it imports) for the library models, which
are left out, and said, when it is missing. --full also writes the models at their real size.
"""
import argparse
import dataclasses
import importlib.util
import io
import json
import multiprocessing
import os
import re
import sys
import warnings
import zlib
from typing import Callable, List, Optional, Tuple
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import prune

# ------------------------------------------------------------------------------------------------
# The frame: what a case is, and the two decorators that register one


@dataclasses.dataclass
class Case:
    name: str
    build: Callable                        # () -> nn.Module, or, for a raw file, (path) -> None
    shape: Optional[tuple]                 # of one sample
    how: str = "traced"                    # "traced", "scripted", or "raw": build writes the file
    accepted: bool = True
    expect: str = ""                       # refused: text that the message must contain
    note: str = ""
    tolerance: float = 1e-5
    batch: int = 2                         # of the example that is traced
    samples: int = 2                       # of x and y
    dtype: torch.dtype = torch.float32     # of the weights in the file
    reference: torch.dtype = torch.float64  # in which y is computed
    answer: str = "forward"                # the method that gives y
    randomize: bool = True                 # replace parameters and BatchNorm statistics
    train_mode: bool = False               # save in train() mode
    prepare: Optional[Callable] = None     # model -> model or None, before the export
    finish: Optional[Callable] = None      # ScriptModule -> ScriptModule, after it
    library: bool = False                  # needs torchvision
    full: bool = False                     # full size, only written by --full


CASES = []


def snake_case(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def add(name, build, shape, how="traced scripted", **options):
    """Register a case once per way of exporting it."""
    options.setdefault("note", " ".join((build.__doc__ or "").split()))
    ways = how.split()
    for way in ways:
        full_name = f"{name}_{way}" if len(ways) > 1 else name
        CASES.append(Case(full_name, build, shape, way, **options))


def accepted(shape, **options):
    """Class decorator: a network that must be imported. Its docstring is the note."""
    def register(cls):
        add(snake_case(cls.__name__), cls, shape, **options)
        return cls
    return register


def refused(shape, expect, how="traced", **options):
    """Class or function decorator: a file that must be refused."""
    def register(build):
        add(snake_case(build.__name__), build, shape, how, accepted=False, expect=expect,
            **options)
        return build
    return register


# ------------------------------------------------------------------------------------------------
# Building blocks of the cases


class Mixers(nn.Module):
    """Base of networks that try operators one after another, with a 1x1 convolution between."""

    def __init__(self, count, channels=4):
        super().__init__()
        self.mix = nn.ModuleList(nn.Conv2d(channels, channels, 1) for _ in range(count))


class Plain(nn.Module):
    """convolution, BatchNorm, ReLU, pool, dropout, linear: the ordinary network"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.relu = nn.ReLU()
        self.pool = nn.AvgPool2d(2)
        self.dropout = nn.Dropout(0.5)
        self.linear = nn.Linear(4 * 4 * 3, 5)

    def forward(self, x):
        x = self.pool(self.relu(self.bn(self.conv(x))))
        return self.linear(self.dropout(torch.flatten(x, 1)))


IMAGE = (3, 8, 6)       # height and width differ, so that mixing them up is seen
MAP = (4, 8, 6)

add("plain", Plain, IMAGE)
add("train_mode", Plain, IMAGE, train_mode=True, note="saved in train() mode")
add("float64", Plain, IMAGE, dtype=torch.float64, note="weights in float64")
add("bfloat16", Plain, IMAGE, dtype=torch.bfloat16, note="weights in bfloat16")
add("traced_batch_1", Plain, IMAGE, "traced", batch=1, note="traced with one sample")
add("traced_batch_4", Plain, IMAGE, "traced", batch=4, note="traced with four samples")
add("channels_last", Plain, IMAGE, note="4-d weights in channels_last strides",
    prepare=lambda model: model.to(memory_format=torch.channels_last))
add("already_frozen", Plain, IMAGE, finish=lambda module: torch.jit.freeze(module),
    note="torch.jit.freeze was called: weights are constants of the graph, BatchNorm is folded")


# ------------------------------------------------------------------------------------------------
# Activations


@accepted(MAP)
class ReluCalls(Mixers):
    """ReLU as module, function, method, in place"""

    def __init__(self):
        super().__init__(7)
        self.relu = nn.ReLU()
        self.relu_in_place = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.mix[0](self.relu(x))
        x = self.mix[1](self.relu_in_place(x))
        x = self.mix[2](F.relu(x))
        x = self.mix[3](F.relu(x, inplace=True))
        x = self.mix[4](torch.relu(x))
        x = self.mix[5](x.relu())
        x = self.mix[6](x.relu_())
        return x


@accepted(MAP)
class ReluClamp(Mixers):
    """ReLU as clamp(min=0), clip, clamp_min, in place and not"""

    def __init__(self):
        super().__init__(6)

    def forward(self, x):
        x = self.mix[0](x.clamp(min=0))
        x = self.mix[1](torch.clamp(x, min=0.0))
        x = self.mix[2](x.clamp_min(0))
        x = self.mix[3](torch.clip(x, min=0))
        x = self.mix[4](x.clamp_(min=0))
        x = self.mix[5](x.clamp_min_(0.0))
        return x


@accepted(MAP)
class ReluThreshold(Mixers):
    """ReLU as threshold(x, 0, 0)"""

    def __init__(self):
        super().__init__(3)
        self.threshold = nn.Threshold(0.0, 0.0)

    def forward(self, x):
        x = self.mix[0](self.threshold(x))
        x = self.mix[1](F.threshold(x, 0.0, 0.0))
        x = self.mix[2](F.threshold(x, 0.0, 0.0, inplace=True))
        return x


@accepted(MAP)
class ReluMaximum(Mixers):
    """ReLU as the maximum with zeros: a buffer, a literal, zeros_like"""

    def __init__(self):
        super().__init__(4)
        self.register_buffer("zero", torch.zeros(1))

    def forward(self, x):
        x = self.mix[0](torch.maximum(x, self.zero))
        x = self.mix[1](torch.maximum(torch.tensor(0.0), x))
        x = self.mix[2](torch.maximum(x, torch.zeros_like(x)))
        x = self.mix[3](torch.max(x, self.zero))
        return x


@accepted(MAP)
class Clips(Mixers):
    """ReLU6, Hardtanh, clamp and clip with two bounds"""

    def __init__(self):
        super().__init__(9)
        self.hardtanh = nn.Hardtanh(0.0, 2.0)
        self.relu6 = nn.ReLU6(inplace=True)

    def forward(self, x):
        x = self.mix[0](x.clamp(0, 1))
        x = self.mix[1](torch.clip(x, -1.0, 0.5))
        x = self.mix[2](x.clip_(0.0, 1.5))
        x = self.mix[3](F.hardtanh(x))
        x = self.mix[4](self.hardtanh(x))
        x = self.mix[5](F.hardtanh(x, -0.5, 1.0, inplace=True))
        x = self.mix[6](F.relu6(4.0 * x))
        x = self.mix[7](self.relu6(4.0 * x))
        x = self.mix[8](torch.clamp(x, min=-1, max=1))
        return x


@accepted(MAP)
class ClipsInTwo(Mixers):
    """a clip written as a ReLU and then clamp_max, or as two clamps with one bound each"""

    def __init__(self):
        super().__init__(3)

    def forward(self, x):
        x = self.mix[0](x.relu().clamp_max(0.75))
        x = self.mix[1](torch.clamp(torch.clamp(x, min=-0.5), max=0.5))
        x = self.mix[2](x.clamp_(max=0.5).relu_())
        return x


@accepted(MAP)
class ClipsByTensor(Mixers):
    """clamp whose bounds are buffers without dimensions"""

    def __init__(self):
        super().__init__(2)
        self.register_buffer("low", torch.tensor(0.0))
        self.register_buffer("high", torch.tensor(1.0))

    def forward(self, x):
        x = self.mix[0](torch.clamp(x, self.low, self.high))
        x = self.mix[1](torch.clamp(x, min=self.low))
        return x


@accepted(MAP)
class SmoothActivations(Mixers):
    """leaky_relu, silu, gelu, sigmoid, tanh (ops of the IR; nothing that spikes needs them)"""

    def __init__(self):
        super().__init__(5)
        self.silu = nn.SiLU(inplace=True)

    def forward(self, x):
        x = self.mix[0](F.leaky_relu(x, 0.1))
        x = self.mix[1](self.silu(x))
        x = self.mix[2](F.gelu(x))
        x = self.mix[3](torch.sigmoid(x))
        x = self.mix[4](torch.tanh(x))
        return x


# ------------------------------------------------------------------------------------------------
# Arithmetic


@accepted(MAP)
class ArithmeticConstants(Mixers):
    """add, sub, rsub, neg, mul, div with numbers on either side, alpha, and in place"""

    def __init__(self):
        super().__init__(3)

    def forward(self, x):
        x = (x + 1) * 2
        x = 0.5 - x
        x = 3 * (-x) / 4
        x = self.mix[0](x).relu()
        x = torch.add(x, 1, alpha=2)
        x = torch.sub(x, 3.0, alpha=0.5)
        x = torch.rsub(x, 1, alpha=2)
        x = torch.neg(torch.mul(x, 0.75))
        x = self.mix[1](torch.div(x, 2)).relu()
        x = x.add_(0.125).mul_(3).sub_(1, alpha=0.5).div_(2).neg_()
        x += 0.25
        x *= 0.5
        return self.mix[2](x)


@accepted(MAP)
class ArithmeticAliases(Mixers):
    """the second names: multiply, subtract, negative, divide, true_divide"""

    def __init__(self):
        super().__init__(1)

    def forward(self, x):
        x = torch.multiply(x, 1.5)
        x = torch.subtract(x, 0.25)
        x = torch.negative(torch.divide(x, 2.0))
        return self.mix[0](torch.true_divide(x, 0.5))


@accepted(MAP)
class ArithmeticBuffers(Mixers):
    """add, sub, rsub, mul, div with buffers and parameters: per channel, scalar, with alpha"""

    def __init__(self):
        super().__init__(3)
        self.register_buffer("scale", torch.rand(4, 1, 1) + 0.5)
        self.register_buffer("offset", torch.randn(1, 4, 1, 1), persistent=False)
        self.register_buffer("divisor", torch.tensor(1.5))
        self.gamma = nn.Parameter(torch.ones(4, 1, 1))
        self.alpha = nn.Parameter(torch.tensor(0.3))

    def forward(self, x):
        x = self.mix[0](x * self.scale + self.offset)
        x = (self.offset - x) / self.divisor
        x = self.mix[1](x.relu()).mul(self.gamma) / self.scale
        x = torch.add(x, self.offset, alpha=2.0)
        x = torch.sub(self.offset, x, alpha=0.5)
        x = torch.rsub(x, self.divisor)
        x = x.mul_(self.scale).add_(self.offset)
        return self.mix[2](x) * self.alpha


@accepted(MAP)
class ArithmeticMaps(Mixers):
    """add and mul with buffers that differ from pixel to pixel (position embeddings, masks)"""

    def __init__(self):
        super().__init__(2)
        self.register_buffer("position", torch.randn(1, 4, 8, 6))
        self.register_buffer("mask", (torch.rand(8, 6) > 0.3).float())

    def forward(self, x):
        return self.mix[1]((self.mix[0](x) + self.position).relu() * self.mask)


@accepted(MAP)
class BranchSums(Mixers):
    """sums and differences of branches, with alpha, of a value with itself, and Python's sum()"""

    def __init__(self):
        super().__init__(4)

    def forward(self, x):
        a = self.mix[0](x).relu()
        b = self.mix[1](x).relu()
        c = torch.add(a, b, alpha=0.5)
        d = torch.sub(a, b, alpha=2)
        e = torch.add(c, d, alpha=-1)
        f = self.mix[2](c + d + e + a)
        g = f - a
        g = g + g
        return self.mix[3](torch.rsub(g, b))


@accepted(MAP, how="traced")
class BranchPythonSum(Mixers):
    """sum() over a list, which starts from the number 0"""

    def __init__(self):
        super().__init__(3)

    def forward(self, x):
        return sum([mix(x).relu() for mix in self.mix])


@accepted(IMAGE)
class NormaliseBeforePad(nn.Module):
    """(x - mean) / std by buffers, then a zero-padded convolution: must not be folded through"""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        return self.conv((x - self.mean) / self.std).relu()


@accepted(IMAGE)
class NormaliseLiteral(nn.Module):
    """(x - mean) / std by tensors made inside forward, then a zero-padded convolution"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
        std = torch.tensor([0.229, 0.224, 0.225])[None, :, None, None]
        return self.conv((x - mean) / std).relu()


@accepted(IMAGE)
class NormaliseInPlace(nn.Module):
    """the input is normalised in place, and read again afterwards under its own name"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.skip = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        y = x.sub_(0.5)
        y.div_(0.25)
        return self.conv(y).relu() + self.skip(x)


# ------------------------------------------------------------------------------------------------
# Convolutions


@accepted(IMAGE)
class ConvVariants(nn.Module):
    """grouped, depthwise, dilated, strided, 1xN, asymmetric padding, without bias"""

    def __init__(self):
        super().__init__()
        self.strided = nn.Conv2d(3, 8, 3, stride=(2, 1), padding=(1, 2), bias=False)
        self.grouped = nn.Conv2d(8, 12, (1, 3), padding=(0, 1), groups=4)
        self.depthwise = nn.Conv2d(12, 24, 3, padding=1, groups=12)
        self.dilated = nn.Conv2d(24, 4, (3, 2), padding=(2, 1), dilation=(2, 3))

    def forward(self, x):
        x = self.strided(x).relu()
        x = self.grouped(x).relu()
        x = self.depthwise(x).relu()
        return self.dilated(x)


@accepted(IMAGE)
class ConvStringPadding(nn.Module):
    """padding='same' with even and odd kernels and dilation, padding='valid'"""

    def __init__(self):
        super().__init__()
        self.even = nn.Conv2d(3, 4, 2, padding="same")
        self.mixed = nn.Conv2d(4, 4, (4, 3), padding="same", bias=False)
        self.dilated = nn.Conv2d(4, 4, (2, 3), padding="same", dilation=(3, 2))
        self.valid = nn.Conv2d(4, 4, 2, padding="valid", stride=2)

    def forward(self, x):
        x = self.even(x).relu()
        x = self.mixed(x).relu()
        x = self.dilated(x).relu()
        return self.valid(x)


@accepted(MAP)
class ConvShared(nn.Module):
    """one convolution called three times, in a row and on a branch"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        y = self.conv(self.conv(x).relu()).relu()
        return y + self.conv(2 * x)


@accepted(IMAGE)
class ConvFunctional(nn.Module):
    """F.conv2d and torch.conv2d with parameters of the module itself"""

    def __init__(self):
        super().__init__()
        self.weight1 = nn.Parameter(torch.empty(4, 3, 3, 3))
        self.bias1 = nn.Parameter(torch.empty(4))
        self.weight2 = nn.Parameter(torch.empty(6, 2, 2, 2))
        self.register_buffer("weight3", torch.randn(2, 6, 1, 1))

    def forward(self, x):
        x = F.conv2d(x, self.weight1, self.bias1, padding=1).relu()
        x = torch.conv2d(x, self.weight2, None, stride=[2, 2], groups=2).relu()
        return F.conv2d(x, self.weight3, None, 1, "same")


@accepted((4, 16))
class Conv1dNet(nn.Module):
    """a 1-d network: convolution, BatchNorm, every pool, linear"""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(4, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm1d(8)
        self.max_pool = nn.MaxPool1d(2)
        self.conv2 = nn.Conv1d(8, 8, 3, padding=2, dilation=2, groups=2, bias=False)
        self.bn2 = nn.BatchNorm1d(8)
        self.avg_pool = nn.AvgPool1d(3, stride=1, padding=1)
        self.adaptive_pool = nn.AdaptiveAvgPool1d(2)
        self.linear = nn.Linear(16, 5)

    def forward(self, x):
        x = self.max_pool(self.bn1(self.conv1(x)).relu())
        x = self.avg_pool(self.bn2(self.conv2(x)).relu())
        return self.linear(self.adaptive_pool(x).flatten(1))


@accepted((4, 15))
class Conv1dStringPadding(nn.Module):
    """1-d padding='same' with an even kernel, strided and ceil_mode pools, mean over time"""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(4, 6, 4, padding="same")
        self.conv2 = nn.Conv1d(6, 6, 3, stride=2, padding="valid")

    def forward(self, x):
        x = F.max_pool1d(self.conv1(x).relu(), 2, ceil_mode=True)
        return self.conv2(x).mean(-1)


# ------------------------------------------------------------------------------------------------
# BatchNorm and linear layers


@accepted(IMAGE)
class BatchNormPlaces(nn.Module):
    """BatchNorm on the input before a padded convolution, twice, behind ReLU, pool and sum"""

    def __init__(self):
        super().__init__()
        self.bn_input = nn.BatchNorm2d(3)
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.bn_a = nn.BatchNorm2d(4)
        self.bn_b = nn.BatchNorm2d(4, affine=False)
        self.bn_relu = nn.BatchNorm2d(4, eps=1e-3)
        self.pool = nn.AvgPool2d(2)
        self.bn_pool = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.bn_sum = nn.BatchNorm2d(4)
        self.linear = nn.Linear(48, 6)
        self.bn_linear = nn.BatchNorm1d(6)

    def forward(self, x):
        x = self.bn_b(self.bn_a(self.conv(self.bn_input(x)))).relu()
        x = self.bn_pool(self.pool(self.bn_relu(x)))
        x = self.bn_sum(x + self.conv2(x)).relu()
        return self.bn_linear(self.linear(x.flatten(1)))


@accepted(MAP)
class BatchNormFunctional(nn.Module):
    """F.batch_norm with buffers of the module, once with neither weight nor bias"""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.randn(4) * 0.3)
        self.register_buffer("var", torch.rand(4) + 0.5)
        self.register_buffer("weight", torch.rand(4) + 0.5)
        self.register_buffer("bias", torch.randn(4) * 0.3)
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        x = F.batch_norm(x, self.mean, self.var)
        x = self.conv(x).relu()
        return F.batch_norm(x, self.mean, self.var, self.weight, self.bias, False, 0.1, 1e-4)


@accepted(MAP, randomize=False)
class EqualConstants(nn.Module):
    """fresh BatchNorms, whose equal constants freezing merges; one module under two names"""

    def __init__(self):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(4)
        self.bn2 = nn.BatchNorm2d(4)
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.same_conv = self.conv

    def forward(self, x):
        return self.bn2(self.same_conv(self.bn1(self.conv(x)).relu()))


@accepted((16,))
class Mlp(nn.Module):
    """linear layers and BatchNorm1d on vectors"""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 12), nn.BatchNorm1d(12), nn.ReLU(),
                                  nn.Dropout(0.2), nn.Linear(12, 8, bias=False), nn.ReLU())
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        return self.head(self.body(x))


@accepted((16,))
class LinearSpellings(nn.Module):
    """F.linear, addmm with alpha and beta, mm, matmul, @, transposed weights"""

    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.empty(8, 16))
        self.w2 = nn.Parameter(torch.empty(8, 8))
        self.w3 = nn.Parameter(torch.empty(8, 8))
        self.register_buffer("w4", torch.randn(8, 8) * 0.3)
        self.bias = nn.Parameter(torch.empty(8))

    def forward(self, x):
        x = F.linear(x, self.w1, self.bias).relu()
        x = torch.addmm(self.bias, x, self.w2).relu()
        x = torch.addmm(self.bias, x, self.w3.t(), beta=0.5, alpha=2.0).relu()
        x = (torch.mm(x, self.w4) + self.bias).relu()
        x = (torch.matmul(x, self.w2.transpose(0, 1)) - self.bias).relu()
        x = (x @ self.w3).relu()
        return F.linear(x, self.w4)


@accepted((16,), how="traced scripted")
class MatmulVector(nn.Module):
    """matmul with a constant vector, which drops the dimension, and unsqueeze"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 8)
        self.register_buffer("vector", torch.randn(8))

    def forward(self, x):
        return torch.matmul(self.linear(x).relu(), self.vector).unsqueeze(1)


# ------------------------------------------------------------------------------------------------
# Pools and means


@accepted((4, 11, 9))
class MaxPools(nn.Module):
    """max pools with padding, stride, dilation, ceil_mode, a non-square window"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)
        self.padded = nn.MaxPool2d(3, stride=2, padding=1)
        self.dilated = nn.MaxPool2d(2, stride=1, dilation=2)
        self.ceil = nn.MaxPool2d((2, 3), ceil_mode=True)

    def forward(self, x):
        x = self.conv(x)
        a = self.ceil(self.padded(x))
        b = F.max_pool2d(self.dilated(x), 3, 3)
        return a.flatten(1).sum(1, keepdim=True) + b.flatten(1)


@accepted((4, 9, 7))
class AvgPools(nn.Module):
    """average pools with padding counted or not, stride, divisor_override"""

    def __init__(self):
        super().__init__()
        self.counted = nn.AvgPool2d(3, stride=2, padding=1)
        self.uncounted = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
        self.divisor = nn.AvgPool2d((3, 2), stride=(1, 2), divisor_override=4)
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = self.conv(self.counted(x) - self.uncounted(2 * x)).relu()
        return F.avg_pool2d(self.divisor(x), 2, 1)


@accepted((4, 8, 7))
class AvgPoolCeil(nn.Module):
    """average pools with ceil_mode, whose last windows hang over the edge and the padding"""

    def __init__(self):
        super().__init__()
        self.plain = nn.AvgPool2d(3, stride=2, ceil_mode=True)
        self.counted = nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True)
        self.uncounted = nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True,
                                      count_include_pad=False)

    def forward(self, x):
        a = self.plain(x)
        b = self.counted(x) + self.uncounted(3 * x)
        return a.flatten(1).sum(1, keepdim=True) + b.flatten(1)


@accepted((4, 8, 6))
class AdaptivePools(nn.Module):
    """adaptive average and max pools whose windows are equal"""

    def __init__(self):
        super().__init__()
        self.grid = nn.AdaptiveAvgPool2d((4, 2))
        self.rows = nn.AdaptiveAvgPool2d((2, 6))
        self.maximum = nn.AdaptiveMaxPool2d((4, 3))
        self.same = nn.AdaptiveAvgPool2d((8, 6))

    def forward(self, x):
        a = F.adaptive_avg_pool2d(self.grid(self.same(x)), 1)
        b = F.adaptive_avg_pool2d(self.maximum(x), (1, 1))
        c = F.adaptive_avg_pool2d(self.rows(x), 1)
        return (a + 2 * b - c).flatten(1)


@accepted((4, 8, 6), how="traced")
class AdaptivePoolNone(nn.Module):
    """an adaptive pool that leaves one dimension as it is (None)"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)
        self.rows = nn.AdaptiveAvgPool2d((2, None))

    def forward(self, x):
        return self.rows(self.conv(x).relu())


@accepted((4, 8, 6))
class MeansAndSums(nn.Module):
    """mean and sum over space: keepdim or not, negative dimensions, one at a time, flattened"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)
        self.linear = nn.Linear(4, 4)

    def forward(self, x):
        a = x.mean([2, 3])
        b = torch.mean(x, dim=(-2, -1), keepdim=True)
        c = self.conv(x).relu().mean(-1).mean(-1)
        d = x.flatten(2).mean(2)
        e = self.conv(x).relu().sum((2, 3)) / 48
        f = torch.sum(x, dim=3, keepdim=True).sum(2, keepdim=True) * 0.02
        return self.linear(a + c - 2 * d) + e + self.conv(b + f).flatten(1)


@accepted((4, 8, 6))
class PoolByShape(nn.Module):
    """a global pool whose window is read from the shape"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, stride=2)

    def forward(self, x):
        x = self.conv(x).relu()
        return F.avg_pool2d(x, [x.size(2), x.shape[3]]).squeeze(-1).squeeze(-1)


# ------------------------------------------------------------------------------------------------
# Shapes: concatenation, slices, permutations, padding, flattening


@accepted((8, 8, 6))
class ConcatSplit(nn.Module):
    """cat, chunk, split by size and by sizes, of channels"""

    def __init__(self):
        super().__init__()
        self.left = nn.Conv2d(4, 4, 3, padding=1)
        self.right = nn.Conv2d(3, 5, 1)
        self.last = nn.Conv2d(11, 4, 1)

    def forward(self, x):
        a, b = torch.chunk(x, 2, dim=1)
        c, d, e = x.split(3, dim=1)
        f, g = torch.split(x, [5, 3], dim=1)
        y = torch.cat([self.left(a).relu() + b, self.right(c - d + g).relu(), e], 1)
        return torch.cat((self.last(y), f, b), dim=-3)


@accepted((7, 8, 6))
class ChunkUneven(nn.Module):
    """chunk of 7 channels into 3, which gives 3, 3 and 1"""

    def __init__(self):
        super().__init__()
        self.last = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        a, b, c = x.chunk(3, 1)
        return self.last((a + 2 * b).relu()) + c


@accepted((4, 8, 6))
class ConcatSpace(nn.Module):
    """cat and chunk along height and width"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        top, bottom = x.chunk(2, 2)
        y = torch.cat([bottom, self.conv(top).relu()], 2)
        left, right = torch.split(y, 3, 3)
        return self.conv(torch.cat([right, left], -1))


@accepted((8, 8, 6))
class Slices(nn.Module):
    """slices of channels and space, with steps, from the end, narrow, select and unsqueeze"""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, 1)
        self.conv2 = nn.Conv2d(2, 4, 1)

    def forward(self, x):
        a = x[:, :4] + x[:, -4:] - 2 * x[:, ::2]
        b = self.conv1(a).relu()[:, :, 1:-1, 2:]
        c = self.conv2(x.narrow(1, 3, 2))[..., 1:7, :4]
        d = x[:, 5].unsqueeze(1)[:, :, ::1, 1:5][:, :, 2:]
        return b + c + d


@accepted((8, 8, 6))
class SlicesByShape(nn.Module):
    """slices and views whose bounds are computed from the shape"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        half = x.size(1) // 2
        a = x[:, :half]
        b = x[:, half:]
        y = self.conv(a).relu() + b
        y = y[:, :, :y.shape[2] // 2]
        n, c, h, w = y.shape
        return y.reshape(n, c * h, w).mean(2)


def shuffle_channels(x, groups: int):
    """ShuffleNet's channel shuffle, in the usual words."""
    n, c, h, w = x.shape
    x = x.view(n, groups, c // groups, h, w)
    x = torch.transpose(x, 1, 2).contiguous()
    return x.view(n, -1, h, w)


@accepted((8, 4, 6))
class ChannelShuffle(nn.Module):
    """channel shuffle by view and transpose, and by reshape and permute"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1, groups=4)

    def forward(self, x):
        x = self.conv(shuffle_channels(x, 2)).relu()
        x = x.reshape(x.size(0), 4, 2, x.size(2), x.size(3)).permute(0, 2, 1, 3, 4)
        return self.conv(x.reshape(x.size(0), 8, x.size(3), x.size(4)))


@accepted((8, 4, 6))
class ChannelShuffleModule(nn.Module):
    """channel shuffle by the operator of that name"""

    def __init__(self):
        super().__init__()
        self.shuffle = nn.ChannelShuffle(4)
        self.conv = nn.Conv2d(8, 8, 3, padding=1, groups=4)

    def forward(self, x):
        return self.conv(self.shuffle(x).relu())


@accepted((3, 8, 6))
class SpaceToDepth(nn.Module):
    """space to depth by a 6-d view and permute, then flattened height first"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(12, 4, 1)
        self.linear = nn.Linear(48, 5)

    def forward(self, x):
        x = x.view(-1, 3, 4, 2, 3, 2).permute(0, 3, 5, 1, 2, 4).reshape(-1, 12, 4, 3)
        x = self.conv(x).relu().permute(0, 2, 3, 1)
        return self.linear(x.reshape(x.shape[0], -1))


@accepted((8, 6, 3))
class ChannelsLastInput(nn.Module):
    """the input is height, width, channels; permute comes first"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        return self.conv(x.permute(0, 3, 1, 2)).relu().mean((2, 3))


@accepted((8, 6))
class InputWithoutChannel(nn.Module):
    """the input is height, width; unsqueeze adds the channel, squeeze goes on to 1-d"""

    def __init__(self):
        super().__init__()
        self.conv2d = nn.Conv2d(1, 4, (8, 3))
        self.conv1d = nn.Conv1d(4, 4, 3)

    def forward(self, x):
        x = self.conv2d(x.unsqueeze(1)).relu()
        return self.conv1d(x.squeeze(2)).flatten(1)


@accepted((4, 6, 5))
class ConstantPad(nn.Module):
    """ZeroPad2d, ConstantPad2d, F.pad: asymmetric, with a value, one side, channels"""

    def __init__(self):
        super().__init__()
        self.zero = nn.ZeroPad2d((1, 2, 0, 1))
        self.constant = nn.ConstantPad2d((0, 1, 2, 0), -0.5)
        self.conv1 = nn.Conv2d(4, 4, 3)
        self.conv2 = nn.Conv2d(4, 4, 2)
        self.conv3 = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        x = self.conv1(self.zero(x)).relu()
        x = self.conv2(self.constant(x)).relu()
        x = F.pad(x, (1, 0)) + F.pad(x, [0, 1], "constant", 0.25)
        return self.conv3(F.pad(x, (0, 0, 0, 0, 1, 3), value=0.5))


@accepted((4, 6, 5))
class NegativePad(nn.Module):
    """F.pad with negative widths, which crops"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        return F.pad(self.conv(x).relu(), (-1, 1, -2, 0))


@accepted((4, 8, 6))
class FlattenWays(nn.Module):
    """flatten, view, reshape, nn.Flatten, by size(0), shape, -1, len, products of sizes"""

    def __init__(self):
        super().__init__()
        self.pool = nn.AvgPool2d(2)
        self.flatten = nn.Flatten()
        self.heads = nn.ModuleList(nn.Linear(48, 5) for _ in range(8))

    def forward(self, x):
        x = self.pool(x)
        y = self.heads[0](torch.flatten(x, 1))
        y = y + self.heads[1](x.view(x.size(0), -1)).relu()
        y = y + self.heads[2](x.reshape(x.shape[0], -1)).relu()
        y = y + self.heads[3](self.flatten(x)).relu()
        y = y + self.heads[4](x.view(-1, 48)).relu()
        y = y + self.heads[5](x.reshape(len(x), -1)).relu()
        y = y + self.heads[6](x.flatten(start_dim=-3)).relu()
        y = y + self.heads[7](x.view(x.shape[0], x.shape[1] * x.shape[2] * x.shape[3])).relu()
        return y


@accepted((4, 8, 6))
class SqueezeWays(nn.Module):
    """dropping the 1x1 space: squeeze, select, view, flatten in two steps; unflatten back"""

    def __init__(self):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.conv = nn.Conv2d(4, 12, 1)
        self.unflatten = nn.Unflatten(1, (4, 3, 1))
        self.last = nn.Conv2d(4, 4, (3, 1))

    def forward(self, x):
        x = self.conv(self.pool(x)).relu()
        a = x.squeeze(3).squeeze(2)
        b = x[:, :, 0, 0]
        c = x.view(x.size(0), 12)
        d = x.flatten(2).flatten(1)
        e = torch.squeeze(torch.squeeze(x, -1), -1)
        y = self.unflatten(a + b - 2 * c + 0.5 * d + e)
        return self.last(y)[:, :, 0, 0]


class BatchBaked(nn.Module):
    """views that hold the batch of the trace as a number"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.linear = nn.Linear(96, 5)

    def forward(self, x):
        n = int(x.shape[0])
        x = x.view(n, 2, 2, 4, 6).transpose(1, 2).reshape(n, 4, 4, 6)
        return self.linear(self.conv(x).relu().view(n, -1))


add("batch_baked_1", BatchBaked, (4, 4, 6), "traced", batch=1)
add("batch_baked_4", BatchBaked, (4, 4, 6), "traced", batch=4)


# ------------------------------------------------------------------------------------------------
# What must leave no trace: identities, dead code; weights in every form


@accepted(IMAGE, reference=torch.float32)
class Identities(nn.Module):
    """dropouts, Identity, clone, contiguous, to, float, detach, type_as, view_as, expand_as"""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.identity = nn.Identity()
        self.dropout = nn.Dropout(0.5, inplace=True)
        self.dropout2d = nn.Dropout2d(0.5)
        self.alpha_dropout = nn.AlphaDropout(0.1)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        x = self.identity(x).to(torch.float32).clone()
        y = self.dropout2d(self.dropout(self.conv1(x).relu()))
        y = y.contiguous(memory_format=torch.channels_last).float()
        y = self.alpha_dropout(y.detach()).contiguous().to(x.device)
        y = F.dropout(y, 0.3, self.training).type_as(x).view_as(y).expand_as(y)
        return self.conv2(y.to(x))


@accepted(IMAGE)
class DeadCode(nn.Module):
    """values that nobody reads, of operators that could not be imported; unused modules"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.unused = nn.LSTM(4, 4)
        self.norm = nn.LayerNorm(6)

    def forward(self, x):
        y = self.conv(x)
        aux = torch.softmax(self.norm(y), 1)
        aux = aux * y
        names = [x.size(0), x.size(1)]
        names.append(3)
        return y.relu()


@accepted(IMAGE)
class WeightComputed(nn.Module):
    """weights made in the graph: standardised, summed with a padded 1x1 (RepVGG), tied transpose"""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(4, 3, 3, 3))
        self.weight3 = nn.Parameter(torch.empty(4, 4, 3, 3))
        self.weight1 = nn.Parameter(torch.empty(4, 4, 1, 1))
        self.encoder = nn.Linear(4, 6)

    def forward(self, x):
        w = self.weight - self.weight.mean(dim=[1, 2, 3], keepdim=True)
        w = w / (w.std(dim=[1, 2, 3], keepdim=True, unbiased=False) + 1e-5)
        x = F.conv2d(x, w, None, padding=1).relu()
        x = F.conv2d(x, self.weight3 + F.pad(self.weight1, [1, 1, 1, 1]), None, padding=1).relu()
        return F.linear(self.encoder(x.mean((2, 3))).relu(), self.encoder.weight.t())


@accepted(IMAGE, how="traced")
class WeightNorm(nn.Module):
    """torch.nn.utils.weight_norm on a convolution and a linear layer (aten::_weight_norm)"""

    def __init__(self):
        super().__init__()
        self.conv = nn.utils.weight_norm(nn.Conv2d(3, 4, 3, padding=1))
        self.linear = nn.utils.weight_norm(nn.Linear(4, 5), dim=None)

    def forward(self, x):
        return self.linear(self.conv(x).relu().mean((2, 3)))


@accepted(IMAGE, how="traced")
class WeightNormParametrized(nn.Module):
    """weight_norm of torch.nn.utils.parametrizations"""

    def __init__(self):
        super().__init__()
        norm = nn.utils.parametrizations.weight_norm
        self.conv = norm(nn.Conv2d(3, 4, 3, padding=1))
        self.linear = norm(nn.Linear(4, 5))

    def forward(self, x):
        return self.linear(self.conv(x).relu().mean((2, 3)))


@accepted(IMAGE, how="traced", randomize=False)
class WeightSpectralNorm(nn.Module):
    """spectral_norm in eval mode: the weight over u . W v, of constants"""

    def __init__(self):
        super().__init__()
        self.conv = nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 3, padding=1))

    def forward(self, x):
        return self.conv(x).relu()


@accepted(IMAGE, how="traced")
class WeightPruned(nn.Module):
    """torch.nn.utils.prune: the weight times a mask, at every call"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        prune.random_unstructured(self.conv, "weight", 0.5)

    def forward(self, x):
        return self.conv(x).relu()


def make_weights_strided(model):
    """Give each weight the same values in an unusual storage."""
    linear, conv, bn = model.linear, model.conv, model.bn
    linear.weight = nn.Parameter(linear.weight.detach().t().contiguous().t())
    wide = torch.zeros(4, 6, 3, 4)
    wide[:, ::2, :, 1:] = conv.weight.detach()
    conv.weight = nn.Parameter(wide[:, ::2, :, 1:])
    both = torch.stack([bn.weight.detach(), bn.bias.detach()], 1)
    bn.weight, bn.bias = nn.Parameter(both[:, 0]), nn.Parameter(both[:, 1])
    bn.running_var = torch.tensor([1.25]).expand(4)
    conv.bias = nn.Parameter(torch.arange(9.0)[4:8] * 0.1)


add("strided_weights", Plain, IMAGE, prepare=make_weights_strided,
    note="weights that are transposed, slices of larger storage, share one, or expanded (stride 0)")


# ------------------------------------------------------------------------------------------------
# In-place operators: the old name means the new value


@accepted(MAP)
class InplaceOldName(Mixers):
    """relu_ on a value that is read before it, and after it under its old name"""

    def __init__(self):
        super().__init__(4)

    def forward(self, x):
        a = self.mix[0](x)
        before = self.mix[1](a)
        b = F.relu(a, inplace=True)
        return before + self.mix[2](a) - self.mix[3](2 * b)


@accepted(MAP)
class InplaceThroughView(nn.Module):
    """relu_ on a value that is read later through a view made before; and the other way round"""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, 1)
        self.conv2 = nn.Conv2d(4, 4, 1)
        self.linear = nn.Linear(192, 5)

    def forward(self, x):
        a = self.conv1(x)
        flat = a.view(a.size(0), -1)
        a.relu_()
        b = self.conv2(x)
        b.flatten(2).clamp_(0.0, 1.0)
        return self.linear(flat) + b.mean((2, 3)).sum(1, keepdim=True)


@accepted(MAP)
class InplaceSkip(nn.Module):
    """a residual block whose in-place ReLU also changes the skip, then += into the branch"""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(4, 4, 1)
        self.relu = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        x = self.stem(x)
        out = self.conv2(self.relu(self.bn(self.conv1(self.relu(x)))))
        old = out
        out += x
        return old.mul_(0.5)


@accepted(MAP)
class InplaceAliases(Mixers):
    """contiguous, detach, to, Identity and dropout in eval are aliases; clone is not"""

    def __init__(self):
        super().__init__(3)
        self.identity = nn.Identity()
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        a = self.mix[0](x)
        copy = a.clone()
        same1 = a.contiguous()
        same2 = a.detach()
        same3 = self.dropout(self.identity(a))
        a.relu_()
        b = self.mix[1](x)
        turned = b.transpose(2, 3).contiguous()
        b.neg_()
        return copy + same1 + 2 * same2 - 0.5 * same3 + self.mix[2](b) + turned.mean((2, 3), True)


@accepted(MAP)
class InplaceSlice(Mixers):
    """relu_ on some channels, mul_ on others, through slices, narrow and select"""

    def __init__(self):
        super().__init__(2)

    def forward(self, x):
        a = self.mix[0](x)
        a[:, :2].relu_()
        a[:, 2].mul_(2.0)
        b = self.mix[1](a)
        left = b.narrow(1, 0, 2)
        left.relu_()
        return torch.cat([b[:, 2:], left], 1) + b


# ------------------------------------------------------------------------------------------------
# Scripted code: control flow that shapes and constants decide


@accepted(IMAGE, how="scripted")
class ScriptedChecks(nn.Module):
    """prim::If with RaiseException on shapes, assert, conditions on shape, mode and None"""

    threshold: int

    def __init__(self):
        super().__init__()
        self.threshold = 4
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.downsample = None
        self.aux = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        if x.dim() != 4:
            raise ValueError(f"expected a batch of images, got {x.dim()} dimensions")
        assert x.size(1) == 3, "expected three channels"
        if x.shape[2] < 2 or x.shape[3] < 2:
            raise RuntimeError("image too small")
        x = self.conv(x).relu()
        if x.size(2) > self.threshold:
            x = self.pool(x)
        else:
            x = torch.softmax(x, 1)
        if self.downsample is not None:
            x = self.downsample(x)
        if self.training:
            x = torch.softmax(self.aux(x), 1)
        torch._assert(x.size(1) == 4, "four channels")
        return x.mean((2, 3)) * (2.0 if x.numel() > 0 else 1.0)


@accepted(IMAGE)
class LoopFixed(nn.Module):
    """a loop of fixed count around a shared convolution, one over modules, while with a counter"""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.shared = nn.Conv2d(4, 4, 3, padding=1)
        self.blocks = nn.ModuleList(nn.Conv2d(4, 4, 1) for _ in range(3))

    def forward(self, x):
        x = self.stem(x).relu()
        for _ in range(3):
            x = self.shared(x).relu()
        for i, block in enumerate(self.blocks):
            x = block(x) + i
        count = 0
        while count < 2:
            x = 0.5 * self.shared(x).relu()
            count += 1
        return x


@accepted(IMAGE)
class DenseBlock(nn.Module):
    """a list that grows in a loop and is concatenated (DenseNet); len, index, comprehension"""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(3 + 2 * i, 2, 3, padding=1) for i in range(3))
        self.last = nn.Conv2d(9, 4, 1)

    def forward(self, x):
        features = [x]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)).relu())
        scaled = [f * len(features) for f in features]
        return self.last(torch.cat(scaled, 1)) + features[-1].mean(1, keepdim=True)


def scale_and_shift(x, scale: float, shift: Optional[float] = None):
    if shift is None:
        return x * scale
    return x * scale + shift


@accepted(IMAGE)
class FunctionCalls(nn.Module):
    """free functions with optional arguments, methods, attributes of kind float and list"""

    factors: List[float]

    def __init__(self):
        super().__init__()
        self.factor = 0.5
        self.factors = [1.5, -2.0]
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def features(self, x):
        return scale_and_shift(self.conv(x), self.factor).relu()

    def forward(self, x):
        return scale_and_shift(self.features(x), self.factors[0], self.factors[1])


@accepted(IMAGE, how="scripted")
class OptionalInput(nn.Module):
    """a second, optional input that is None"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x, mask: Optional[Tensor] = None):
        x = self.conv(x)
        if mask is not None:
            x = x * mask
        return x.relu()


class TracedInScripted(nn.Module):
    """a traced module inside a scripted one"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        body = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU())
        self.body = torch.jit.trace(body, torch.zeros(2, 4, 8, 6))

    def forward(self, x):
        for _ in range(2):
            x = self.body(self.conv(x))[:, :3]
        return x


class ScriptedInTraced(nn.Module):
    """a scripted module, with its control flow, inside a traced one"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)
        self.body = torch.jit.script(ScriptedChecks())

    def forward(self, x):
        return self.body(self.conv(x)[:, 1:])


add("traced_in_scripted", TracedInScripted, IMAGE, "scripted")
add("scripted_in_traced", ScriptedInTraced, IMAGE, "traced")


# ------------------------------------------------------------------------------------------------
# Ends of a network, names, and whole networks


@accepted(IMAGE, answer="logits")
class LogSoftmaxEnd(nn.Module):
    """log_softmax at the end is dropped: y is what stands before it"""

    def __init__(self):
        super().__init__()
        self.body = Plain()

    def logits(self, x):
        return self.body(x)

    def forward(self, x):
        return F.log_softmax(self.body(x), dim=1)


@accepted(IMAGE, answer="logits")
class SoftmaxEnd(nn.Module):
    """nn.Softmax at the end is dropped: y is what stands before it"""

    def __init__(self):
        super().__init__()
        self.body = Plain()
        self.softmax = nn.Softmax(dim=-1)

    def logits(self, x):
        return self.body(x)

    def forward(self, x):
        return self.softmax(self.body(x))


@accepted(IMAGE)
class SeveralOutputs(nn.Module):
    """a tuple of two outputs, one of which the other is made from"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.linear = nn.Linear(4, 5)

    def forward(self, x):
        features = self.conv(x).relu().mean((2, 3))
        return self.linear(features), features


@accepted(IMAGE)
class OutputsInList(nn.Module):
    """a list of two outputs"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.aux = nn.Conv2d(3, 2, 1)

    def forward(self, x):
        return [self.conv(x).relu(), self.aux(x)]


@accepted(IMAGE)
class OddNames(nn.Module):
    """modules called input, output, relu, 0, and one name in two places"""

    def __init__(self):
        super().__init__()
        self.input = nn.Conv2d(3, 4, 1)
        self.output = nn.ModuleDict({"0": nn.Conv2d(4, 4, 1), "weight": nn.Conv2d(4, 4, 1)})
        self.relu = nn.Sequential(nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU()), nn.ReLU6())
        self.conv_1 = nn.Conv2d(4, 4, 1)
        self.conv = nn.ModuleList([nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)])

    def forward(self, x):
        x = self.relu(self.input(x))
        for layer in self.output.values():
            x = layer(x).relu()
        return self.conv[1](self.conv_1(x).relu()) + self.conv[0](x)


class OptionABlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride = stride
        self.extra = (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, ::2, ::2], [0, 0, 0, 0, self.extra, self.extra])
        return F.relu(y + x)


@accepted((3, 16, 12))
class ResnetOptionA(nn.Module):
    """a small ResNet with option-A shortcuts: strided slices and zero channels"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4)
        self.blocks = nn.Sequential(OptionABlock(4, 4, 1), OptionABlock(4, 8, 2))
        self.linear = nn.Linear(8, 10)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn(self.conv(x))))
        x = F.avg_pool2d(x, x.size()[2:])
        return self.linear(x.view(x.size(0), -1))


@accepted((3, 12, 12))
class PreactResnet(nn.Module):
    """pre-activation blocks: BatchNorm and in-place ReLU before the convolutions, 1x1 skip"""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv1 = nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.skip = nn.Conv2d(4, 8, 1, stride=2, bias=False)
        self.bn3 = nn.BatchNorm2d(8)
        self.linear = nn.Linear(8, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.stem(x)), inplace=True)
        y = self.conv2(F.relu(self.bn2(self.conv1(x)), inplace=True))
        y += self.skip(x)
        return self.linear(F.relu_(self.bn3(y)).mean(dim=(2, 3)))


@accepted((3, 12, 12))
class InceptionBlock(nn.Module):
    """four branches of convolutions and a padded max pool, concatenated"""

    def __init__(self):
        super().__init__()
        self.branch1 = nn.Conv2d(3, 2, 1)
        self.branch2 = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Conv2d(2, 3, 3, padding=1))
        self.branch3 = nn.Sequential(nn.Conv2d(3, 2, (1, 5), padding=(0, 2)),
                                     nn.Conv2d(2, 2, (5, 1), padding=(2, 0)))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(3, 2, 1))
        self.linear = nn.Linear(9, 10)

    def forward(self, x):
        branches = [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)]
        return self.linear(torch.cat(branches, 1).relu().mean([-1, -2]))


@accepted((3, 6, 6), how="scripted", tolerance=1e-4)
class DeepChain(nn.Module):
    """54 convolutions with residual sums: deeper than 50 layers"""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3, 3, 3, padding=1, bias=False) for _ in range(54))

    def forward(self, x):
        y = x
        for i, conv in enumerate(self.convs):
            y = conv(y).relu()
            if i % 2 == 1:
                x = 0.7 * (x + y)
                y = x
        return x


# ------------------------------------------------------------------------------------------------
# Models of torchvision, narrow ones for the set and, with --full, at their real size


def import_torchvision():
    """torchvision.models, also where its compiled half does not fit this torch.

    Only vision operators such as nms live there; the models need none of them, but the
    import registers shapes for two, so they are declared first.
    """
    try:
        import torchvision.models
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import_torchvision.library = library         # declared for as long as it lives
        import torchvision.models
    return torchvision.models


def narrow_resnet():
    """torchvision's ResNet with bottleneck blocks, 2 to 16 planes"""
    resnet = import_torchvision().resnet

    class NarrowResNet(resnet.ResNet):
        def __init__(self):
            nn.Module.__init__(self)
            self._norm_layer = nn.BatchNorm2d
            self.inplanes, self.dilation, self.groups, self.base_width = 8, 1, 1, 64
            self.conv1 = nn.Conv2d(3, 8, 7, stride=2, padding=3, bias=False)
            self.bn1 = nn.BatchNorm2d(8)
            self.relu = nn.ReLU(inplace=True)
            self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
            self.layer1 = self._make_layer(resnet.Bottleneck, 2, 1)
            self.layer2 = self._make_layer(resnet.Bottleneck, 4, 1, stride=2)
            self.layer3 = self._make_layer(resnet.Bottleneck, 8, 1, stride=2)
            self.layer4 = self._make_layer(resnet.Bottleneck, 16, 1, stride=2)
            self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
            self.fc = nn.Linear(64, 10)

    return NarrowResNet()


def narrow_mobilenet_v2():
    """torchvision's MobileNetV2 at a quarter of its width, 4 blocks, a narrower last layer"""
    blocks = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 1, 2]]
    model = import_torchvision().MobileNetV2(10, 0.25, inverted_residual_setting=blocks)
    model.features[-1][0] = nn.Conv2d(8, 48, 1, bias=False)
    model.features[-1][1] = nn.BatchNorm2d(48)
    model.classifier[1] = nn.Linear(48, 10)
    return model


def narrow_densenet():
    """torchvision's DenseNet, growth rate 4, blocks of 2, 2, 1, 1 layers"""
    return import_torchvision().DenseNet(4, (2, 2, 1, 1), 8, num_classes=10)


def narrow_squeezenet():
    """torchvision's SqueezeNet 1.1 with an eighth of its channels, half of its Fires"""
    squeezenet = import_torchvision().squeezenet

    class NarrowSqueezeNet(squeezenet.SqueezeNet):
        def __init__(self):
            nn.Module.__init__(self)
            pool, fire = nn.MaxPool2d, squeezenet.Fire
            self.features = nn.Sequential(
                nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(inplace=True),
                pool(3, stride=2, ceil_mode=True), fire(8, 2, 8, 8),
                pool(3, stride=2, ceil_mode=True), fire(16, 4, 16, 16),
                pool(3, stride=2, ceil_mode=True), fire(32, 6, 24, 24), fire(48, 8, 32, 32))
            self.classifier = nn.Sequential(
                nn.Dropout(0.5), nn.Conv2d(64, 10, 1), nn.ReLU(inplace=True),
                nn.AdaptiveAvgPool2d((1, 1)))

    return NarrowSqueezeNet()


def narrow_shufflenet_v2():
    """torchvision's ShuffleNetV2 (chunk, cat and channel shuffle), 8 to 32 channels"""
    return import_torchvision().ShuffleNetV2([2, 2, 1], [8, 8, 16, 32, 32], 10)


def settle(model):
    """Give each BatchNorm the statistics of random images, so that values stay of order 1."""
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    model.train()
    with torch.no_grad():
        model(torch.randn(16, 3, 64, 64))
        for norm in norms:
            norm.running_mean += 0.1 * torch.randn(norm.num_features)
            norm.running_var *= torch.rand(norm.num_features) + 0.5


for narrow in (narrow_resnet, narrow_mobilenet_v2, narrow_densenet, narrow_squeezenet):
    add("library_" + narrow.__name__.replace("narrow_", ""), narrow, (3, 32, 32),
        prepare=settle, library=True)


add("library_shufflenet_v2", narrow_shufflenet_v2, (3, 32, 32), "scripted", prepare=settle,
    library=True)


def full_model(name):
    return lambda: getattr(import_torchvision(), name)(weights=None)


for model_name, allowed in (("resnet50", 1e-4), ("mobilenet_v2", 1e-4), ("densenet121", 1e-4),
                            ("squeezenet1_1", 1e-5)):
    add("full_" + model_name, full_model(model_name), (3, 64, 64), prepare=settle,
        tolerance=allowed, library=True, full=True,
        note=f"torchvision's {model_name} at full size, random weights")


# ------------------------------------------------------------------------------------------------
# Refused: operators


@refused((4, 16), "layer_norm", how="traced scripted")
class RefusedLayerNorm(nn.Module):
    """LayerNorm inside"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 4, 3, padding=1)
        self.norm = nn.LayerNorm(16)

    def forward(self, x):
        return self.norm(self.conv(x)).relu()


@refused(MAP, "group_norm")
class RefusedGroupNorm(nn.Module):
    """GroupNorm"""

    def __init__(self):
        super().__init__()
        self.norm = nn.GroupNorm(2, 4)

    def forward(self, x):
        return self.norm(x).relu()


@refused(MAP, "instance_norm")
class RefusedInstanceNorm(nn.Module):
    """InstanceNorm: statistics of the sample itself"""

    def __init__(self):
        super().__init__()
        self.norm = nn.InstanceNorm2d(4)

    def forward(self, x):
        return self.norm(x).relu()


@refused((4, 16), "scaled_dot_product_attention", how="traced scripted")
class RefusedAttention(nn.Module):
    """scaled dot-product attention between 1x1 convolutions"""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Conv1d(4, 12, 1)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, 1)
        return F.scaled_dot_product_attention(q, k, v)


@refused((6, 8), "attention")
class RefusedMultiheadAttention(nn.Module):
    """nn.MultiheadAttention: views and transposes around scaled_dot_product_attention"""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


@refused((16,), "softmax", how="traced scripted")
class RefusedSoftmaxInside(nn.Module):
    """softmax between two linear layers"""

    def __init__(self):
        super().__init__()
        self.linear1 = nn.Linear(16, 8)
        self.linear2 = nn.Linear(8, 4)

    def forward(self, x):
        return self.linear2(torch.softmax(self.linear1(x), 1))


@refused(MAP, "mul", how="traced scripted")
class RefusedProduct(nn.Module):
    """a product of two activations (squeeze and excitation)"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.conv(x.mean((2, 3), keepdim=True)))


@refused((4, 6), "matmul")
class RefusedMatmul(nn.Module):
    """a matrix product of two activations"""

    def forward(self, x):
        return torch.matmul(x, x.transpose(1, 2))


@refused((16,), "div")
class RefusedDivision(nn.Module):
    """a quotient of two activations"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 16)

    def forward(self, x):
        return self.linear(x) / (1 + x.relu())


@refused((16,), "reciprocal")
class RefusedReciprocal(nn.Module):
    """1 / x"""

    def forward(self, x):
        return 1.0 / (1.5 + x.relu())


@refused((16,), "pow")
class RefusedPower(nn.Module):
    """x squared"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 16)

    def forward(self, x):
        return self.linear(x) ** 2


@refused((16,), "elu")
class RefusedElu(nn.Module):
    """an activation that the IR does not have"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 16)

    def forward(self, x):
        return F.elu(self.linear(x))


@refused(MAP, "threshold")
class RefusedThreshold(nn.Module):
    """threshold(x, 0.5, 0), which is no ReLU"""

    def forward(self, x):
        return F.threshold(x, 0.5, 0.0)


@refused((6, 8), "lstm", how="traced scripted")
class RefusedLstm(nn.Module):
    """an LSTM"""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 4, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[0]


@refused(MAP, "transpose", how="traced scripted")
class RefusedConvTranspose(nn.Module):
    """a transposed convolution: traced, it is an ordinary-looking aten::_convolution"""

    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(4, 4, 2, stride=2)

    def forward(self, x):
        return self.up(x).relu()


@refused((2, 4, 4, 4), "conv")
class RefusedConv3d(nn.Module):
    """a 3-d convolution: traced, it is an ordinary-looking aten::_convolution"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(2, 4, 3, padding=1)

    def forward(self, x):
        return self.conv(x).relu()


@refused(MAP, "upsample")
class RefusedUpsample(nn.Module):
    """bilinear interpolation"""

    def forward(self, x):
        return F.interpolate(x, scale_factor=2.0, mode="bilinear")


@refused(MAP, "pad", how="traced scripted")
class RefusedReflectPad(nn.Module):
    """a convolution with padding_mode='reflect'"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect")

    def forward(self, x):
        return self.conv(x).relu()


@refused(MAP, "max")
class RefusedMaxOverChannels(nn.Module):
    """maxout: the maximum over channels"""

    def forward(self, x):
        return x.max(dim=1, keepdim=True)[0]


@refused((16,), "argmax")
class RefusedArgmax(nn.Module):
    """argmax at the end: an index, no value"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 4)

    def forward(self, x):
        return self.linear(x).argmax(1)


@refused((16,), "mean", how="traced scripted")
class RefusedBatchMean(nn.Module):
    """the mean over the batch: samples would see each other"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 8)

    def forward(self, x):
        x = self.linear(x)
        return x - x.mean(0, keepdim=True)


@refused((16,), "cat")
class RefusedBatchConcat(nn.Module):
    """concatenation along the batch"""

    def forward(self, x):
        return torch.cat([x, 2 * x], 0)


@refused((16,), "rand", how="traced scripted")
class RefusedRandom(nn.Module):
    """noise is added: constant folding must not draw it once and for all"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 8)

    def forward(self, x):
        return self.linear(x) + torch.rand(8)


# ------------------------------------------------------------------------------------------------
# Refused: statistics of the batch, control flow, quantised weights, weights that are no numbers


@refused(MAP, "batch_norm", how="traced scripted")
class RefusedBatchStatistics(nn.Module):
    """BatchNorm with track_running_stats=False, which uses the batch even in eval mode"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)
        self.bn = nn.BatchNorm2d(4, track_running_stats=False)

    def forward(self, x):
        return self.bn(self.conv(x)).relu()


@refused(MAP, "batch_norm", prepare=lambda model: model.train())
class RefusedTrainingInTrace(nn.Module):
    """BatchNorm traced in train() mode: training is a constant that eval() cannot change"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)
        self.bn = nn.BatchNorm2d(4)

    def forward(self, x):
        return self.bn(self.conv(x)).relu()


@refused((16,), "dropout", prepare=lambda model: model.train())
class RefusedDropoutInTrace(nn.Module):
    """dropout traced in train() mode"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 8)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        return self.dropout(self.linear(x).relu())


@refused((16,), "prim::If", how="scripted")
class RefusedDataIf(nn.Module):
    """a branch that the data decide"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 8)

    def forward(self, x):
        y = self.linear(x)
        if bool(y.sum() > 0):
            y = -y
        return y


@refused((16,), "prim::Loop", how="scripted")
class RefusedDataLoop(nn.Module):
    """a loop whose count the data decide"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 16)

    def forward(self, x):
        while bool(x.abs().max() > 0.5):
            x = 0.5 * self.linear(x)
        return x


@refused((16,), "quantized::")
def refused_quantized():
    """dynamically quantised linear layers, whose weights are packed objects"""
    model = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4))
    randomize(model)
    return torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, torch.qint8)


def put_nan(model):
    with torch.no_grad():
        model.conv.weight[1, 0, 2, 1] = float("nan")


add("refused_nan_weights", Plain, IMAGE, "traced", accepted=False, expect="nan", prepare=put_nan,
    note="a weight that is NaN")


# ------------------------------------------------------------------------------------------------
# Refused: code that does something


@refused((16,), "prim::Print", how="scripted")
class RefusedPrint(nn.Module):
    """forward prints"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 8)

    def forward(self, x):
        print("the code of the file was run")
        return self.linear(x)


@refused((16,), "aten::save", how="scripted")
class RefusedSave(nn.Module):
    """forward writes a file: what it writes are constants, which folding would compute"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 8)

    def forward(self, x):
        torch.ops.aten.save(self.linear.weight, "written_by_a_model.pt")
        return self.linear(x)


@refused((16,), "from_file", how="scripted")
class RefusedFromFile(nn.Module):
    """the weight is read from a file of the machine at hand"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 8)

    def forward(self, x):
        return self.linear(x) + torch.from_file("/etc/passwd", False, 8)


@refused((16,), "__setstate__", how="scripted")
class RefusedSetState(nn.Module):
    """a module with __setstate__, which torch::jit::load runs"""

    training: bool

    def __init__(self):
        super().__init__()
        self.weight = torch.randn(8, 16)

    def forward(self, x):
        return F.linear(x, self.weight)

    @torch.jit.export
    def __getstate__(self):
        return self.weight, self.training

    @torch.jit.export
    def __setstate__(self, state: Tuple[Tensor, bool]):
        print("the code of the file was run")
        self.weight = state[0] + 1.0
        self.training = state[1]


class Counter:
    """A script class: its __setstate__ is run on loading, too."""

    def __init__(self, count: int):
        self.count = count

    def __getstate__(self) -> int:
        return self.count

    def __setstate__(self, count: int) -> None:
        print("the code of the file was run")
        self.count = count + 1


@refused((16,), "__setstate__", how="scripted")
class RefusedScriptClass(nn.Module):
    """an attribute of a script class with __setstate__"""

    counter: Counter

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 8)
        self.counter = Counter(2)

    def forward(self, x):
        return self.linear(x) * self.counter.count


# ------------------------------------------------------------------------------------------------
# Refused: files that are no TorchScript


def randomized_plain():
    model = Plain().eval()
    randomize(model)
    return model


def good_bytes(path):
    """The bytes of a good file, and the model in it."""
    model = randomized_plain()
    export(model, "traced", torch.randn(2, *IMAGE), path)
    with open(path, "rb") as file:
        return model, file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


@refused(None, "torch.jit", how="raw")
def refused_pickled_module(path):
    """torch.save(model): a pickle, which importing must not unpickle"""
    torch.save(randomized_plain(), path)


@refused(None, "torch.jit", how="raw")
def refused_pickled_module_legacy(path):
    """torch.save(model) in the format before 1.6: a bare pickle, no zip"""
    # A model without weights, whose keys would be addresses, and without sources, which come
    # with their paths.
    with mock.patch("torch.serialization.get_source_lines_and_file", side_effect=OSError):
        torch.save(nn.Sequential(nn.ReLU()), path, _use_new_zipfile_serialization=False)


@refused(None, "state_dict", how="raw")
def refused_state_dict(path):
    """torch.save(model.state_dict()): weights without a graph"""
    torch.save(randomized_plain().state_dict(), path)


@refused(None, "refused_truncated", how="raw")
def refused_truncated(path):
    """a good file that was cut: the zip's directory, at the end, is missing"""
    _, data = good_bytes(path)
    write(path, data[:len(data) * 2 // 3])


@refused(None, "refused_bit_flipped", how="raw")
def refused_bit_flipped(path):
    """one bit of a weight flipped: only the zip's check sum tells (LibTorch does not look)"""
    model, data = good_bytes(path)
    at = data.index(model.conv.weight.detach().numpy().tobytes()) + 42
    write(path, data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:])


@refused(None, "refused_text", how="raw")
def refused_text(path):
    """a text file"""
    write(path, b"import torch\nmodel = torch.nn.Linear(1, 1)\n")


@refused(None, "refused_empty", how="raw")
def refused_empty(path):
    """a file of no bytes"""
    write(path, b"")


# ------------------------------------------------------------------------------------------------
# Making the files


def randomize(model):
    """Random parameters that keep values of order 1, and random BatchNorm statistics."""
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                fan_in = max(1, parameter[0].numel())
                parameter.normal_(0.0, (2.0 / fan_in) ** 0.5)
            else:
                parameter.normal_(0.0, 0.3)
        for norm in norms:
            if norm.affine:
                norm.weight.uniform_(0.5, 1.5)
            if norm.track_running_stats:
                norm.running_mean.normal_(0.0, 0.3)
                norm.running_var.uniform_(0.5, 2.0)


def without_debug_records(archive):
    """Copy an archive without `*.debug_pkl`: they hold the source paths of this machine."""
    reader = torch._C.PyTorchFileReader(io.BytesIO(archive))
    copy = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(copy)
    for name in reader.get_all_records():
        written_at_the_end = name in ("version", "byteorder") or name.startswith(".data/")
        if not written_at_the_end and not name.endswith(".debug_pkl"):
            data = reader.get_record(name)
            writer.write_record(name, data, len(data))
    writer.write_end_of_file()
    return copy.getvalue()


def export(model, how, example, path, train_mode=False, finish=None):
    """Trace or script the model as it stands and save it."""
    if how == "traced":
        module = torch.jit.trace(model, example.clone(), check_trace=False)
        if train_mode:
            module.train()
    else:
        module = torch.jit.script(model.train(train_mode) if train_mode else model)
    if finish:
        module = finish(module)
    archive = io.BytesIO()
    torch.jit.save(module, archive)
    write(path, without_debug_records(archive.getvalue()))


def tuple_of(outputs):
    return tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,)


@torch.no_grad()
def expected_outputs(model, case, x):
    """What the eager model answers, in eval mode and in the reference's precision."""
    model.eval().to(case.reference)
    answer = getattr(model, case.answer)(x.to(case.reference).clone())
    return [output.float() for output in tuple_of(answer)]


@torch.no_grad()
def check(case, path, x, expected):
    """The file must load and agree with `expected`, be finite, and tell samples apart."""
    module = torch.jit.load(path).eval()
    rows = max(case.batch, len(x))
    padded = x[torch.arange(rows) % len(x)].to(case.dtype)
    if case.how == "traced":                                 # the batch may be baked in
        parts = [module(part.clone()) for part in padded[:rows // case.batch * case.batch]
                 .split(case.batch)]
        actual = [torch.cat(columns) for columns in zip(*map(tuple_of, parts))]
    else:
        actual = tuple_of(module(padded.clone()))
    allowed = 0.1 if case.dtype == torch.bfloat16 else 0.5 * case.tolerance
    for got, want in zip(actual, expected, strict=True):
        got = got.float()[:len(x)]
        want = want[:len(got)]
        if not (want.isfinite().all() and want.abs().max() > 1e-3):
            raise SystemExit(f"{case.name}: output is not finite, or all zero")
        if (want[0] - want[-1]).abs().max() < 1e-3 * want.abs().max() and len(want) > 1:
            raise SystemExit(f"{case.name}: output does not depend on the input")
        error = float((got - want).abs().max() / want.abs().max())
        if case.answer == "forward" and not error <= allowed:
            raise SystemExit(f"{case.name}: the file differs from the eager model by {error:.2g}")


def make(index, folders):
    """Write one case; its entry for the manifest."""
    case = CASES[index]
    torch.set_num_threads(1)
    torch.manual_seed(zlib.crc32(re.sub("_(traced|scripted)$", "", case.name).encode()))
    path = os.path.join(folders[case.full], "accepted" if case.accepted else "refused",
                        case.name + ".pt")
    entry = {"name": case.name, "accepted": case.accepted,
             "input_shape": list(case.shape) if case.shape else None, "note": case.note}
    if case.how == "raw":
        case.build(path)
        return {**entry, "expect": case.expect}

    x = (16 * torch.randn(case.samples, *case.shape)).round() / 16      # compresses well
    model = case.build().eval()
    if case.randomize:
        randomize(model)
    if case.prepare:
        model = case.prepare(model) or model
    if case.accepted:
        model.eval()
    model.to(case.dtype)
    example = torch.randn(case.batch, *case.shape, dtype=case.dtype)
    export(model, case.how, example, path, case.train_mode, case.finish)
    if not case.accepted:
        return {**entry, "expect": case.expect}

    outputs = expected_outputs(model, case, x)
    check(case, path, x, outputs)
    arrays = {f"y{i}" if i else "y": output.numpy() for i, output in enumerate(outputs)}
    np.savez_compressed(path[:-len(".pt")] + ".npz", x=x.numpy(), **arrays)
    return {**entry, "outputs": len(outputs), "tolerance": case.tolerance}


def write_manifest(folder, entries):
    with open(os.path.join(folder, "manifest.json"), "w", encoding="ascii") as file:
        file.write("[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", metavar="OUT")
    parser.add_argument("--only", metavar="TEXT", default="",
                        help="only cases whose name contains TEXT; writes no manifest")
    parser.add_argument("--jobs", metavar="N", type=int, default=2)
    parser.add_argument("--full", metavar="FOLDER", help="write the full-size models there")
    args = parser.parse_args()

    warnings.filterwarnings("ignore")             # TorchScript and quantisation are deprecated
    have_torchvision = importlib.util.find_spec("torchvision") is not None
    if not have_torchvision:
        print("torchvision is not installed: library models left out")
    chosen = [i for i, case in enumerate(CASES)
              if args.only in case.name and (args.full or not case.full)
              and (have_torchvision or not case.library)]
    folders = {False: args.output, True: args.full}
    for folder in filter(None, folders.values()):
        for group in ("accepted", "refused"):
            os.makedirs(os.path.join(folder, group), exist_ok=True)

    # A fresh process per case: TorchScript numbers its types through the life of a process.
    context = multiprocessing.get_context("fork")
    with context.Pool(args.jobs, maxtasksperchild=1) as pool:
        entries = pool.starmap(make, [(i, folders) for i in chosen], chunksize=1)
    if not args.only:
        write_manifest(args.output, [e for i, e in zip(chosen, entries) if not CASES[i].full])
        if args.full:
            write_manifest(args.full, [e for i, e in zip(chosen, entries) if CASES[i].full])
    print(f"{sum(e['accepted'] for e in entries)} accepted, "
          f"{sum(not e['accepted'] for e in entries)} refused")


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # scripting walks sets of names
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    main()
