#!/usr/bin/env python3
"""Export the networks of make_torchscript.py with torch.export.

usage: make_pt2.py OUT [--only TEXT] [--all]

    OUT/NAME_plain.pt2        as torch.export.export gives it, the batch of the example baked in
    OUT/NAME_decomposed.pt2   after run_decompositions()
    OUT/NAME_dynamic.pt2      with a dynamic batch, where the network allows one
    OUT/NAME_2_8.pt2, NAME_2_6.pt2   the plain one in the layouts of PyTorch 2.8 and of 2.6 and 2.7,
                              where torch.save holds the weights; made here from the newer one
    OUT/manifest.json         a list with one object per file:
        name, twin (the file of test/data/torchscript that holds the same network, or null where
        there is none: then NAME.npz is here, without the kind), accepted,
        input_shape (without batch), and for accepted ones outputs, tolerance and same (the graph
        has the nodes of its twin's, names apart; null where that depends on how the LibTorch that
        reads the twin rounds its sums), for refused ones expect

The weights are those of the twin: both are drawn from a seed made of the name. Without --all only
the files of KEPT are written, which are the ones in test/data/pt2. What torch.export itself
refuses is left out, and said. The same torch gives the same bytes, but for the stack traces,
which are taken out because they hold the paths of the machine.
"""
import argparse
import importlib.util
import io
import json
import os
import re
import sys
import warnings
import zipfile
import zlib
from collections import OrderedDict

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import make_torchscript
from make_torchscript import CASES, IMAGE, MAP, Mixers, accepted, randomize, refused

# Kept in test/data/pt2, by kind.
KEPT = {
    "plain": """plain bfloat16 float64 strided_weights relu_clamp clips clips_by_tensor
        arithmetic_constants arithmetic_buffers arithmetic_maps normalise_literal
        normalise_in_place conv_variants conv_string_padding conv_functional conv1d_net
        batch_norm_places equal_constants linear_spellings max_pools avg_pools avg_pool_ceil
        adaptive_pools means_and_sums concat_split chunk_uneven slices slices_by_shape
        channel_shuffle constant_pad flatten_ways squeeze_ways batch_baked_4 identities dead_code
        weight_computed weight_norm weight_spectral_norm weight_pruned inplace_old_name
        inplace_through_view inplace_skip inplace_aliases inplace_slice loop_fixed dense_block
        softmax_end several_outputs outputs_in_list odd_names resnet_option_a library_resnet
        refused_layer_norm refused_attention refused_softmax_inside refused_product refused_lstm
        refused_conv_transpose refused_reflect_pad refused_batch_mean refused_batch_statistics
        refused_training_in_trace refused_nan_weights refused_random""",
    "decomposed": """plain clips arithmetic_buffers conv_variants conv1d_net batch_norm_places
        linear_spellings max_pools adaptive_pools means_and_sums concat_split channel_shuffle
        weight_computed weight_norm inplace_old_name inplace_through_view inplace_slice
        resnet_option_a refused_training_in_trace refused_batch_statistics
        refused_layer_norm""",
    "dynamic": """plain slices_by_shape channel_shuffle relu_maximum means_and_sums
        resnet_option_a space_to_depth refused_batch_mean""",
    "2_8": "plain strided_weights arithmetic_buffers bfloat16 normalise_literal",
    "2_6": "plain arithmetic_buffers refused_product",
}

# ------------------------------------------------------------------------------------------------
# Networks without a twin

@accepted(MAP)
class TakenApart(Mixers):
    """PReLU, threshold, SiLU and a ReLU by where, which run_decompositions() takes apart"""

    def __init__(self):
        super().__init__(6)
        self.slopes = nn.PReLU(4)
        self.slope = nn.PReLU()

    def forward(self, x):
        x = self.mix[0](self.slopes(x))
        x = self.mix[1](self.slope(x))
        x = self.mix[2](F.threshold(x, 0.1, 0.1))
        x = self.mix[3](F.silu(x))
        x = self.mix[4](torch.where(x > 0, x, torch.zeros_like(x)))
        return self.mix[5](torch.where(x <= 0.25, 0.25, x))


@accepted(IMAGE)
class MadeInForward(nn.Module):
    """constants made in forward and written in place, through views; a buffer that is not saved"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.register_buffer("scale", torch.rand(4, 1, 1) + 0.5, persistent=False)
        self.offset = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(4, 1, 1)

    def forward(self, x):
        z = torch.zeros(4, 1, 1)
        z[1] = 2.0
        z[2:].fill_(3.0)
        z += 1
        even = torch.arange(4).view(4, 1, 1) % 2 == 0
        x = (self.conv(x) * self.scale + self.offset).relu() * z * even.float()
        return x + torch.full((4, 8, 6), 0.25) + torch.eye(8, 6)


@accepted((5, 6))
class LinearOverPositions(nn.Module):
    """linear layers over the last of two axes, which become products of all rows of a batch"""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 4)
        self.second = nn.Linear(4, 3, bias=False)

    def forward(self, x):
        return self.second(self.first(x).relu())


@accepted(IMAGE)
class WithoutGradient(nn.Module):
    """a part of forward under torch.no_grad(), which becomes a graph in the graph"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.last = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        with torch.no_grad():
            y = self.conv(x).relu()
        return self.last(y)


@accepted(IMAGE)
class WeightStandardised(nn.Module):
    """a weight standardised by batch_norm with the statistics of the weight"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        weight = self.conv.weight
        flat = F.batch_norm(weight.reshape(1, 4, -1), None, None, training=True, momentum=0.0)
        return F.conv2d(x, flat.reshape_as(weight), self.conv.bias)


@refused(IMAGE, "changes")
class RefusedCounter(nn.Module):
    """a buffer that forward changes"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.register_buffer("count", torch.zeros(1))

    def forward(self, x):
        self.count.add_(1)
        return self.conv(x) + self.count


OWN = {make_torchscript.snake_case(name) for name in (
    "TakenApart", "MadeInForward", "LinearOverPositions", "WithoutGradient", "WeightStandardised",
    "RefusedCounter")}

# The nodes differ from those of the TorchScript twin: torch.export wrote the network in other
# operators, or constants were computed in other precision.
REWRITTEN = re.compile(
    "weight_computed|weight_norm|already_frozen|branch_sums_(?!decomposed)|"
    "(conv_string_padding|conv1d|matmul_vector|inplace_slice).*_decomposed")
# Constants are sums of products, which PyTorch's versions round differently.
ROUNDED = re.compile("weight_spectral_norm")
# run_decompositions() itself makes another network of it (PyTorch 2.13).
BROKEN = "inplace_aliases_decomposed"


def without_stack_traces(graph):
    """The JSON without what differs from machine to machine."""
    def strip(value):
        if isinstance(value, dict):
            return {key: strip(each) for key, each in value.items()
                    if key not in ("stack_trace", "from_node", "torch_fn")}
        return [strip(each) for each in value] if isinstance(value, list) else value
    return json.dumps(strip(json.loads(graph)), separators=(",", ":")).encode()


def rewrite(archive, path):
    """The archive again, as torch writes it: stored, and without traces and sample inputs."""
    source = zipfile.ZipFile(io.BytesIO(archive))
    writer = torch._C.PyTorchFileWriter(path)
    for name in source.namelist():
        inner = name.split("/", 1)[1]
        at_the_end = inner in ("version", "byteorder") or inner.startswith(".data/")
        if at_the_end or inner.startswith("data/sample_inputs/"):
            continue
        data = source.read(name)
        if inner.startswith("models/"):
            data = without_stack_traces(data)
        writer.write_record(inner, data, len(data))
    writer.write_end_of_file()


def in_old_layout(program, kind, path):
    """Write what PyTorch 2.8 ("2_8"), or 2.6 and 2.7 ("2_6"), would have written."""
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    source = zipfile.ZipFile(io.BytesIO(buffer.getvalue()))
    name = next(n for n in source.namelist() if n.endswith("models/model.json"))
    graph = json.loads(without_stack_traces(source.read(name)))
    graph["schema_version"]["minor"] = 8 if kind == "2_8" else 2
    graph.pop("guards_code", None)
    for node in graph["graph_module"]["graph"]["nodes"]:
        node.pop("name", None)
        if kind == "2_6":
            node.pop("is_hop_single_tensor_return", None)
            for argument in node["inputs"]:
                argument.pop("kind", None)

    def saved(tensors):
        data = io.BytesIO()
        torch.save(dict(tensors) if kind == "2_8" else OrderedDict(tensors), data)
        return data.getvalue()

    state, constants = saved(program.state_dict), saved(program.constants)
    text = json.dumps(graph, separators=(",", ":"))
    if kind == "2_8":
        entries = {"archive/data/weights/model.pt": state,
                   "archive/data/constants/model.pt": constants,
                   "archive/models/model.json": text, "archive/archive_format": "pt2",
                   "archive/archive_version": "0", "archive/byteorder": "little"}
    else:
        entries = {"serialized_exported_program.json": text, "serialized_state_dict.pt": state,
                   "serialized_constants.pt": constants, "version": "8.2"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for entry, data in entries.items():
            archive.writestr(zipfile.ZipInfo(entry), data)


def exported(model, example, kind):
    """The ExportedProgram."""
    shapes = None
    if kind == "dynamic":
        shapes = ({0: torch.export.Dim("batch", min=2, max=64)},)
    program = torch.export.export(model, (example,), dynamic_shapes=shapes, strict=False)
    return program.run_decompositions() if kind == "decomposed" else program


def model_and_example(case):
    """As make_torchscript.make has them."""
    torch.manual_seed(zlib.crc32(base_name(case).encode()))
    (16 * torch.randn(case.samples, *case.shape)).round()
    model = case.build().eval()
    if case.randomize:
        randomize(model)
    if case.prepare:
        model = case.prepare(model) or model
    if case.accepted:
        model.eval()
    model.to(case.dtype)
    return model, torch.randn(case.batch, *case.shape, dtype=case.dtype)


def write_answer(case, model, folder):
    """What PyTorch answers to some samples, as make_torchscript writes it."""
    x = (16 * torch.randn(case.samples, *case.shape)).round() / 16
    y, = make_torchscript.expected_outputs(model, case, x)
    path = os.path.join(folder, base_name(case) + ".npz")
    np.savez_compressed(path, x=x.numpy(), y=y.numpy())


def base_name(case):
    return re.sub("_(traced|scripted)$", "", case.name)


def make(case, kind, folder):
    """Write one file; its entry for the manifest, or None."""
    name = f"{base_name(case)}_{kind}"
    model, example = model_and_example(case)
    outputs = len(make_torchscript.tuple_of(model(example.clone()))) if case.accepted else 0
    try:
        program = exported(model, example.clone(), kind)
        archive = io.BytesIO()
        torch.export.save(program, archive)
    except Exception as error:  # torch.export's own refusal, of any type
        print(f"{name}: {type(error).__name__}: {str(error).strip().splitlines()[0][:120]}")
        return None
    path = os.path.join(folder, name + ".pt2")
    if kind.startswith("2_"):
        in_old_layout(program, kind, path)
    else:
        rewrite(archive.getvalue(), path)
    is_own = base_name(case) in OWN
    entry = {"name": name, "twin": None if is_own else case.name, "accepted": case.accepted,
             "input_shape": list(case.shape)}
    if is_own and case.accepted:
        write_answer(case, model, folder)
    if not case.accepted:
        return {**entry, "expect": case.expect}
    same = None if ROUNDED.match(name) else REWRITTEN.match(name) is None
    return {**entry, "outputs": outputs, "tolerance": case.tolerance, "same": same}


def chosen(everything, only):
    """Pairs of a case and a kind; one case of a traced and a scripted one."""
    seen = set()
    have_torchvision = importlib.util.find_spec("torchvision") is not None
    for case in CASES:
        name = base_name(case)
        if name in seen or case.how == "raw" or case.full:
            continue
        if case.library and not have_torchvision:
            continue
        seen.add(name)
        for kind, names in KEPT.items():
            is_chosen = everything or name in names.split() or (
                name in OWN and kind in ("plain", "decomposed"))
            if only in name and is_chosen and f"{name}_{kind}" != BROKEN:
                yield case, kind


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", metavar="OUT")
    parser.add_argument("--only", metavar="TEXT", default="")
    parser.add_argument("--all", action="store_true", help="every network, in every kind")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    os.makedirs(args.output, exist_ok=True)
    entries = [make(case, kind, args.output) for case, kind in chosen(args.all, args.only)]
    entries = [entry for entry in entries if entry]
    if not args.only:
        make_torchscript.write_manifest(args.output, entries)
    print(f"{sum(e['accepted'] for e in entries)} accepted, "
          f"{sum(not e['accepted'] for e in entries)} refused")


if __name__ == "__main__":
    sys.exit(main())
