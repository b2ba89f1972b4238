"""A spiking network out of an .snn file, for programs that are not ours.

`export` asks nc-dis for the network as JSON and stores it as one .npz: the
array "description" (JSON text: run settings and nodes) and one array per
tensor, named NODE/FIELD. All numbers are the integers of the .snn file.
"""
import json
import subprocess

import numpy as np

DTYPES = {"f32": np.float32, "i8": np.int8, "i16": np.int16, "i32": np.int32,
          "u8": np.uint8}


def read_graph(nc_dis, path):
    """The complete graph of an .snn file as nc-dis prints it."""
    done = subprocess.run([nc_dis, path, "--json"], check=True,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def is_tensor(value):
    return isinstance(value, dict) and {"dtype", "shape", "data"} <= set(value)


def array_of(tensor):
    """A tensor of the JSON form as a NumPy array."""
    return np.array(tensor["data"], DTYPES[tensor["dtype"]]).reshape(
        tensor["shape"])


def export(nc_dis, snn_path, npz_path):
    """Write the network of `snn_path` to `npz_path`."""
    graph = read_graph(nc_dis, snn_path)
    arrays, nodes = {}, []
    for node in graph["nodes"]:
        plain = {key: node[key] for key in ("name", "kind", "inputs")}
        for field, value in node["fields"].items():
            if is_tensor(value):
                arrays[node["name"] + "/" + field] = array_of(value)
            else:
                plain[field] = value
        nodes.append(plain)
    run = {key: value for key, value in graph["run"].items()
           if not key.startswith("probe")}
    description = json.dumps({"run": run, "nodes": nodes})
    np.savez(npz_path, description=np.array(description), **arrays)


def load(npz_path):
    """(run, nodes): nodes are dictionaries with their tensors as arrays."""
    with np.load(npz_path) as file:
        description = json.loads(str(file["description"]))
        nodes = {node["name"]: node for node in description["nodes"]}
        for key in file.files:
            if "/" in key:
                name, field = key.rsplit("/", 1)
                nodes[name][field] = file[key]
    return description["run"], description["nodes"]


def input_integers(run, node, images):
    """What the input node holds for stored images [N, ...]: f32 integers.

    clip(round((x * scale - mean) / std / step), low, high) per channel, halves
    away from zero, as the engines do it.
    """
    def per_channel(values, default):
        return np.array(values or [default], np.float64).reshape(-1, 1, 1)
    x = images.astype(np.float64) * run["scale"]
    x = (x - per_channel(run["mean"], 0)) / per_channel(run["std"], 1)
    x = x / node["step"]
    x = np.sign(x) * np.floor(np.abs(x) + 0.5)
    return np.clip(x, node["low"], node["high"]).astype(np.float32)


def with_thresholds_times(graph, factor):
    """A graph (JSON form) whose thresholds are `factor` times as high.

    The stored probe is taken out: its spikes are others now.
    """
    graph["run"].update(probe_input=None, probe_spikes=[])
    for node in graph["nodes"]:
        if node["kind"] != "if":
            continue
        theta = node["fields"]["threshold"]
        data = [max(1, round(x * factor)) for x in theta["data"]]
        node["fields"]["threshold"] = {**theta, "dtype": "i32", "data": data}
    return graph
