#!/usr/bin/env python3
"""Make the test files for the ONNX front end: the networks of make_torchscript.py through both of
PyTorch's exporters, and single operators of ONNX's own test suite.

usage: make_onnx.py OUT [--all] [--only TEXT] [--nodes]

    OUT/NAME.onnx, NAME.onnx.data    a network, and its weights where they lie beside it
    OUT/NAME.npz                     for operators: `x`, `y`; for networks those of the TorchScript
                                     twin are meant, test/data/torchscript/accepted/TWIN.npz
    OUT/manifest.json                a list with one object per file: name, twin (or null),
                                     accepted, opset, input_shape (or null), outputs, tolerance, expect

Networks are chosen by the table CHOSEN: which case, which exporter (legacy: dynamo=False, dynamo),
which operator set. --all takes every case through both, and writes .npz files for all, also for
those that have no twin in the tree. What an exporter refuses, or exports as another function, is
printed and left out. Weights are drawn as for
the twin, so that both are the same function. Every network that is to be accepted is evaluated by
ONNX's own reference evaluator and must agree with PyTorch's answer.

--nodes takes all of ONNX's operator tests (onnx.backend.test) instead of the chosen ones. Their
weights are inputs; here all but the first become initializers. Tests whose operator is newer than
the operator set 22 are left out.

What becomes of all the files of such a folder is told by
NC_ONNX_SURVEY=OUT onnx_test "[survey]".

Needs torch, onnx, onnxscript and numpy.
"""
import argparse
import importlib.util
import json
import os
import re
import sys
import warnings
import zlib

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import make_torchscript
from make_torchscript import expected_outputs, randomize

DYNAMIC = "dynamic"        # the batch is left open
FIXED = "fixed"            # it is the example's

# (case, exporter, operator set, batch, options)
CHOSEN = [
    ("plain", "legacy", 11, DYNAMIC, {}),
    ("plain", "legacy", 13, FIXED, {"keep_initializers_as_inputs": True}),
    ("plain", "dynamo", 18, DYNAMIC, {"external": True}),
    ("train_mode", "legacy", 17, FIXED, {"training": True}),
    ("float64", "legacy", 17, DYNAMIC, {}),
    ("bfloat16", "dynamo", 22, FIXED, {}),
    ("relu_calls", "legacy", 13, DYNAMIC, {}),
    ("relu_clamp", "dynamo", 20, DYNAMIC, {}),
    ("clips", "legacy", 11, FIXED, {}),
    ("clips_in_two", "dynamo", 20, DYNAMIC, {}),
    ("smooth_activations", "dynamo", 20, DYNAMIC, {}),
    ("arithmetic_constants", "legacy", 17, DYNAMIC, {}),
    ("arithmetic_buffers", "dynamo", 20, DYNAMIC, {}),
    ("arithmetic_maps", "legacy", 18, DYNAMIC, {}),
    ("branch_sums", "dynamo", 18, FIXED, {}),
    ("normalise_before_pad", "legacy", 17, DYNAMIC, {}),
    ("conv_variants", "dynamo", 20, DYNAMIC, {}),
    ("conv_string_padding", "legacy", 17, DYNAMIC, {}),
    ("conv1d_net", "legacy", 13, DYNAMIC, {}),
    ("batch_norm_places", "legacy", 17, FIXED, {"training": True}),
    ("mlp", "legacy", 11, DYNAMIC, {}),
    ("linear_spellings", "dynamo", 20, DYNAMIC, {}),
    ("max_pools", "legacy", 17, DYNAMIC, {}),
    ("avg_pool_ceil", "legacy", 20, DYNAMIC, {}),
    ("avg_pool_ceil", "dynamo", 22, FIXED, {}),
    ("means_and_sums", "legacy", 11, DYNAMIC, {}),
    ("means_and_sums", "dynamo", 20, DYNAMIC, {}),
    ("pool_by_shape", "legacy", 17, FIXED, {}),
    ("concat_split", "legacy", 11, DYNAMIC, {}),
    ("concat_split", "dynamo", 18, DYNAMIC, {}),
    ("slices", "legacy", 17, DYNAMIC, {}),
    ("slices_by_shape", "legacy", 17, DYNAMIC, {}),
    ("channel_shuffle", "legacy", 17, DYNAMIC, {}),
    ("constant_pad", "legacy", 13, DYNAMIC, {}),
    ("constant_pad", "dynamo", 20, DYNAMIC, {}),
    ("flatten_ways", "legacy", 17, DYNAMIC, {}),
    ("squeeze_ways", "dynamo", 20, DYNAMIC, {}),
    ("batch_baked_4", "legacy", 17, FIXED, {}),
    ("weight_norm", "legacy", 17, DYNAMIC, {}),
    ("log_softmax_end", "dynamo", 20, DYNAMIC, {}),
    ("several_outputs", "legacy", 17, DYNAMIC, {}),
    ("odd_names", "dynamo", 20, DYNAMIC, {}),
    ("resnet_option_a", "dynamo", 18, DYNAMIC, {}),
    ("preact_resnet", "dynamo", 20, DYNAMIC, {"external": True}),
    ("inception_block", "legacy", 17, DYNAMIC, {}),
    ("refused_layer_norm", "dynamo", 20, DYNAMIC, {"expect": "LayerNormalization"}),
    ("refused_softmax_inside", "legacy", 17, DYNAMIC, {"expect": "Softmax"}),
    ("refused_product", "legacy", 17, DYNAMIC, {"expect": "Mul"}),
    ("refused_lstm", "legacy", 17, FIXED, {"expect": "LSTM"}),
    ("refused_conv_transpose", "legacy", 17, DYNAMIC, {"expect": "ConvTranspose"}),
    ("refused_batch_mean", "legacy", 17, DYNAMIC, {"expect": "ReduceMean"}),
    ("refused_elu", "dynamo", 20, DYNAMIC, {"expect": "Elu"}),
]

# Of ONNX's operator tests: what PyTorch does not write.
CHOSEN_NODES = """
    averagepool_1d_default averagepool_2d_ceil averagepool_2d_pads_count_include_pad
    averagepool_2d_precomputed_pads averagepool_2d_precomputed_pads_count_include_pad
    averagepool_2d_precomputed_same_upper averagepool_2d_same_lower
    averagepool_2d_same_upper averagepool_2d_strides basic_conv_with_padding
    basic_conv_without_padding conv_with_autopad_same
    conv_with_strides_and_asymmetric_padding conv_with_strides_no_padding
    conv_with_strides_padding batchnorm_epsilon batchnorm_example
    depthtospace_crd_mode_example depthtospace_example spacetodepth_example flatten_axis1
    flatten_negative_axis3 gather_1 gemm_alpha gemm_beta
    gemm_default_single_elem_vector_bias gemm_default_zero_bias gemm_transposeB
    globalaveragepool globalmaxpool hardsigmoid hardsigmoid_default leakyrelu
    maxpool_1d_default maxpool_2d_ceil maxpool_2d_dilations maxpool_2d_precomputed_pads
    maxpool_2d_precomputed_same_upper maxpool_2d_same_lower maxpool_2d_same_upper
    maxpool_2d_strides maxpool_with_argmax_2d_precomputed_strides prelu_broadcast
    reduce_mean_do_not_keepdims_example slice_neg split_equal_parts_2d_opset13
    split_variable_parts_2d_opset18 transpose_all_permutations_0 unsqueeze_two_axes
""".split()

KEPT_METADATA = "pkg.torch.onnx.name_scopes"
NEWEST_OPSET = 22


class Skipped(Exception):
    """What an exporter, or this script, cannot make, or makes wrong."""


# ------------------------------------------------------------------------------------------------
# Networks


def cases_by_name():
    """One case per network: the traced one where there is a choice."""
    have_torchvision = importlib.util.find_spec("torchvision") is not None
    chosen = {}
    for case in make_torchscript.CASES:
        name = re.sub("_(traced|scripted)$", "", case.name)
        is_known = not case.full and (have_torchvision or not case.library)
        # What is refused for its control flow would be run by the exporters.
        has_graph = case.how == "traced" or (case.how == "scripted" and case.accepted)
        if is_known and has_graph and (name not in chosen or case.how == "traced"):
            chosen[name] = case
    return chosen


def twin_of(name):
    for twin in (name, name + "_traced", name + "_scripted"):
        folder = os.path.join(os.path.dirname(__file__), "..", "data", "torchscript", "accepted")
        if os.path.exists(os.path.join(folder, twin + ".npz")):
            return twin
    return None


def stripped(model):
    """Without the exporting machine's source lines and paths; which module a node is of stays."""
    model.doc_string = ""
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
        kept = [entry for entry in node.metadata_props if entry.key == KEPT_METADATA]
        kept = [(entry.key, entry.value) for entry in kept]
        del node.metadata_props[:]
        for key, value in kept:
            node.metadata_props.add(key=key, value=value)
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output]:
        del value.metadata_props[:]
    for tensor in model.graph.initializer:
        del tensor.metadata_props[:]
    return model


def export_legacy(model, example, path, opset, batch, options):
    training = torch.onnx.TrainingMode
    kept = {k: v for k, v in options.items() if k == "keep_initializers_as_inputs"}
    with open(os.devnull, "w", encoding="ascii") as null:
        stdout, sys.stdout = sys.stdout, null
        try:
            torch.onnx.export(
                model, (example,), path, dynamo=False, opset_version=opset, input_names=["x"],
                dynamic_axes={"x": {0: "batch"}} if batch == DYNAMIC else None,
                training=training.PRESERVE if options.get("training") else training.EVAL,
                do_constant_folding=not options.get("training"), **kept)
        finally:
            sys.stdout = stdout


def export_dynamo(model, example, path, opset, batch, options):
    shapes = ({0: torch.export.Dim("batch")},) if batch == DYNAMIC else None
    torch.onnx.export(model, (example,), path, dynamo=True, opset_version=opset, verbose=False,
                      dynamic_shapes=shapes, external_data=bool(options.get("external")))


def export(case, exporter, path, opset, batch, options):
    """The file, and what PyTorch answers on x."""
    torch.manual_seed(zlib.crc32(re.sub("_(traced|scripted)$", "", case.name).encode()))
    x = (16 * torch.randn(case.samples, *case.shape)).round() / 16
    model = case.build().eval()
    if case.randomize:
        randomize(model)
    if case.prepare:
        model = case.prepare(model) or model
    if case.accepted:
        model.eval()
    model.to(case.dtype)
    example = torch.randn(case.batch, *case.shape, dtype=case.dtype)
    export_by = export_legacy if exporter == "legacy" else export_dynamo
    try:
        export_by(model, example.clone(), path, opset, batch, options)
    except Exception as error:                              # whatever the exporters throw
        raise Skipped(f"not exported: {str(error).strip().splitlines()[0][:100]}") from error
    onnx.save(stripped(onnx.load(path, load_external_data=False)), path)
    outputs = expected_outputs(model, case, x) if case.accepted else None
    return x, outputs, len(example) if batch == FIXED else None


def evaluate(path, x, batch):
    """ONNX's own evaluator on batches of the size that the file has, if it is fixed."""
    model = onnx.load(path)
    kind = helper.tensor_dtype_to_np_dtype(model.graph.input[0].type.tensor_type.elem_type)
    evaluator = ReferenceEvaluator(model)
    rows = []
    for start in range(0, len(x), batch or len(x)):
        index = [(start + i) % len(x) for i in range(batch or len(x))]
        feed = {model.graph.input[0].name: x[index].astype(kind)}
        rows.append([np.asarray(y, dtype=np.float32) for y in evaluator.run(None, feed)])
    return [np.concatenate(parts)[:len(x)] for parts in zip(*rows)]


def check(case, path, x, expected, batch):
    if case.answer != "forward":
        return                              # the softmax at the end is dropped by the import
    model = onnx.load(path, load_external_data=False)
    kinds = {node.op_type for node in model.graph.node}
    if model.opset_import[0].version < 14 and "BatchNormalization" in kinds:
        return                              # where the evaluator takes statistics of the batch
    allowed = 0.1 if case.dtype == torch.bfloat16 else max(0.5 * case.tolerance, 2e-6)
    for got, want in zip(evaluate(path, x.numpy(), batch), expected, strict=True):
        want = want.numpy()
        error = np.abs(got - want).max() / np.abs(want).max()
        if not error <= allowed:
            raise Skipped(f"the file differs from PyTorch by {error:.2g}")


def make_network(out, name, exporter, opset, batch, options, is_all):
    case = cases_by_name()[name]
    file_name = f"{name}_{exporter}_{opset}"
    path = os.path.join(out, file_name + ".onnx")
    x, outputs, fixed = export(case, exporter, path, opset, batch, options)
    entry = {"name": file_name, "twin": twin_of(name), "accepted": case.accepted, "opset": opset,
             "input_shape": None}
    if not case.accepted:
        return {**entry, "expect": options.get("expect", "")}
    try:
        check(case, path, x, outputs, fixed)
    except (NotImplementedError, ValueError, RuntimeError, TypeError) as error:
        if not is_all:
            raise
        print(f"{file_name}: ONNX's evaluator fails: {str(error).splitlines()[0][:90]}")
    if is_all:
        arrays = {f"y{i}" if i else "y": output.numpy() for i, output in enumerate(outputs)}
        np.savez_compressed(path[:-len(".onnx")] + ".npz", x=x.numpy(), **arrays)
    return {**entry, "outputs": len(outputs), "tolerance": max(case.tolerance, 1e-5)}


# ------------------------------------------------------------------------------------------------
# ONNX's operator tests


def node_tests():
    from onnx.backend.test.case.node import collect_testcases
    return {test.name[len("test_"):]: test for test in collect_testcases(None)}


def make_node_test(out, name, test):
    """The test with all inputs but the first as initializers, at an operator set we read."""
    model = onnx.ModelProto()
    model.CopyFrom(test.model)
    version = 0
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx"):
            opset.version = min(opset.version, NEWEST_OPSET)
            version = opset.version
    values, answers = test.data_sets[0]
    feed = {}
    initializers = []
    for info, value in zip(model.graph.input, values):
        value = np.asarray(value) if isinstance(value, np.generic) else value
        if not isinstance(value, np.ndarray):
            raise Skipped("inputs that are no tensors")
        feed[info.name] = value
        if info.name != model.graph.input[0].name:
            initializers.append(numpy_helper.from_array(value, info.name))
    if not feed or not all(isinstance(answer, np.ndarray) for answer in answers):
        raise Skipped("outputs that are no tensors")
    model.graph.initializer.extend(initializers)
    del model.graph.input[1:]
    try:
        onnx.checker.check_model(model)
    except Exception as error:                            # newer than the operator set
        raise Skipped("needs a newer operator set") from error
    path = os.path.join(out, f"node_{name}.onnx")
    onnx.save(model, path)
    x = next(iter(feed.values()))
    y = answers[0]
    if x.dtype.kind not in "biuf" or y.dtype.kind not in "biuf":
        raise Skipped("values that are no plain numbers")
    np.savez_compressed(path[:-len(".onnx")] + ".npz", x=x.astype(np.float32),
                        y=np.asarray(y, dtype=np.float32))
    return {"name": f"node_{name}", "twin": None, "accepted": True, "opset": version,
            "input_shape": None, "outputs": 1, "tolerance": 1e-5}


# ------------------------------------------------------------------------------------------------


def wanted(only, networks, tests):
    """(function, arguments) for each file."""
    for row in networks:
        if only in row[0]:
            yield make_network, row
    for name, test in tests:
        if only in name:
            yield make_node_test, (name, test)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("output", metavar="OUT")
    parser.add_argument("--only", metavar="TEXT", default="", help="cases whose name contains TEXT")
    parser.add_argument("--all", action="store_true", help="every case through both exporters")
    parser.add_argument("--nodes", action="store_true", help="all of ONNX's operator tests")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    os.makedirs(args.output, exist_ok=True)

    networks = [] if args.nodes else CHOSEN
    if args.all:
        networks = [(name, exporter, opset, batch, {}) for name in cases_by_name()
                    for exporter, opset, batch in (("legacy", 17, DYNAMIC), ("legacy", 20, FIXED),
                                                   ("dynamo", 18, FIXED), ("dynamo", 20, DYNAMIC))]
    tests = [] if args.all else node_tests().items()
    if not args.nodes:
        tests = [(name, test) for name, test in tests if name in CHOSEN_NODES]

    entries = []
    for make, row in wanted(args.only, networks, tests):
        try:
            extra = (args.all,) if make is make_network else ()
            entries.append(make(args.output, *row, *extra))
        except Skipped as reason:
            print(f"{'_'.join(str(part) for part in row[:3] if isinstance(part, (str, int)))}: "
                  f"{reason}")
    with open(os.path.join(args.output, "manifest.json"), "w", encoding="ascii") as file:
        file.write("[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n")
    print(f"{sum(e['accepted'] for e in entries)} to accept, "
          f"{sum(not e['accepted'] for e in entries)} to refuse")


if __name__ == "__main__":
    main()
