import dataclasses

import nir
import numpy as np
import torch


@dataclasses.dataclass
class Neuron:
    """One layer of neurons: arrays [1, ...] of numbers per neuron."""
    layer: str               # its name in the network that was exported
    threshold: torch.Tensor
    start: torch.Tensor      # the membrane before the first step
    reset: str               # "subtract", "zero" or "value"
    reset_value: float
    strict: bool             # v > threshold instead of v >= threshold
    signed: bool
    levels: int
    membrane_bits: int
    kind: str                # "if", "lif" or "li"
    decay: object = None     # of lif and li
    spikes: str = ""         # the node whose value its spikes are

    def fit(self, above, integers):
        """(threshold, start) for a consumer that spikes at v > threshold
        (above) or at v >= threshold. Between whole numbers is room for half a
        unit, which makes one rule of the other."""
        half = 0.5 * (int(above) - int(self.strict)) if integers else 0.0
        if self.reset == "subtract":
            return self.threshold, self.start + half
        return self.threshold - half, self.start


class Settings:
    """What the exporter wrote beside the network, in metadata/ncc."""

    def __init__(self, graph):
        ours = graph.metadata.get("ncc", {})
        if ours.get("format") != "ncc-nir" or ours["version"] != 1:
            raise ValueError("not a file of nc-export-nir, version 1")
        if ours["profile"] not in PROFILES:
            raise ValueError(f"written for {ours['profile']}, expected "
                             + " or ".join(PROFILES))
        self.profile = ours["profile"]
        self.timesteps = int(ours["timesteps"])
        self.encoding = ours["encoding"]
        self.schedule = ours["schedule"]
        self.readout = ours["readout"]
        self.integers = bool(ours["integers"])
        self.dtype = getattr(torch, ours["number"])
        self.step = float(ours["input"]["step"])
        self.low, self.high = ours["input"]["low"], ours["input"]["high"]
        self.scale = float(ours["output"]["scale"])
        self.preprocessing = ours["preprocessing"]
        self.classes = [name.decode() for name in ours.get("classes", [])]
        self.shape = tuple(int(n) for n in
                           graph.nodes["input"].input_type["input"])
        self.neurons = {}
        for name, node in sorted(graph.nodes.items()):
            if "kind" in node.metadata.get("ncc", {}):
                self.neurons[name] = self.neuron(node)
                self.neurons[name].spikes = name
        for name, node in graph.nodes.items():  # of neurons that are loops
            ours = node.metadata.get("ncc", {})
            if ours.get("role") == "spikes":
                for neuron in self.neurons.values():
                    if neuron.layer == ours["name"]:
                        neuron.spikes = name

    def neuron(self, node):
        ours = node.metadata["ncc"]
        shape = tuple(int(n) for n in node.input_type["input"])
        decay = ours.get("decay")
        if decay is not None:
            decay = self.spread(decay, shape)
        if ours["kind"] == "li":
            zero = torch.zeros((1, *shape), dtype=self.dtype)
            return Neuron(ours["name"], zero, zero, "none", 0, False, False, 1,
                          0, "li", decay)
        threshold = self.spread(ours["threshold"], shape)
        start = threshold / 2 if ours["initial"] == "half" else threshold * 0
        if self.integers:
            start = torch.floor(start)
        return Neuron(ours["name"], threshold, start, ours["reset"],
                      float(ours["reset_value"]), ours["compare"] == ">",
                      bool(ours["signed"]), int(ours["levels"]),
                      int(ours["membrane_bits"]), ours["kind"], decay)

    def spread(self, values, shape):
        """Numbers for all, for channels or for neurons to [1, ...]."""
        values = torch.tensor(np.asarray(values, np.float64), dtype=self.dtype)
        if values.shape != shape:
            values = values.reshape(-1, *[1] * (len(shape) - 1))
        return values.expand(shape)[None].clone()


def read(path):
    """The graph of a file, and its settings."""
    graph = nir.read(path)
    return graph, Settings(graph)


def put_back(net, graph, settings, modules):
    """Weights and pools of `modules` (by node) as they stand in the file: the
    numbers that consumers round, the whole ones that were divided by
    thresholds, the sums that they take as means."""
    for name, node in graph.nodes.items():
        module = modules.get(name)
        if hasattr(node, "weight"):
            module.weight.data, module.bias.data = weights(node, settings)
        elif isinstance(node, nir.SumPool2d):
            module.forward = sum_pool(node)
    net.ncc = settings
    return net.eval()


def weights(node, settings):
    weight = np.asarray(node.weight, np.float64)
    bias = np.asarray(node.bias, np.float64)
    rows = node.metadata.get("ncc", {}).get("row_scale")
    if rows is not None:
        weight = weight * rows.reshape(-1, *[1] * (weight.ndim - 1))
        bias = bias * rows
    if settings.integers:
        weight, bias = np.rint(weight), np.rint(bias)
    return (torch.tensor(weight, dtype=settings.dtype),
            torch.tensor(bias, dtype=settings.dtype))


def sum_pool(node):
    kernel, stride, padding = (tuple(int(n) for n in each) for each in
                               (node.kernel_size, node.stride, node.padding))
    return lambda x: torch.nn.functional.avg_pool2d(
        x, kernel, stride, padding, divisor_override=1)


def in_order(net):
    """For modules of nirtorch.load, which runs nodes as it finds them from
    the input: their names say in which order they depend on each other."""
    net.execution_order.sort(key=lambda node: (
        node.name != "input", node.name == "output", node.name))


# ---- Stored data to currents, and spikes to an answer


def preprocessed(settings, x):
    """What the input node receives: [N, ...] or, framed, [N, T, ...]."""
    framed = x.ndim == len(settings.shape) + 2
    shape = x.shape[:1 + framed] + settings.shape
    x = x.astype(np.float32).astype(np.float64).reshape(shape)
    channels = (-1,) + (1,) * (len(settings.shape) - 1)
    rule = settings.preprocessing
    x = x * rule["scale"]
    if "mean" in rule:
        x = x - rule["mean"].reshape(channels)
    if "std" in rule:
        x = x / rule["std"].reshape(channels)
    if settings.step > 0:  # halves go away from zero
        x = x / settings.step
        x = np.trunc(x + np.copysign(0.5, x))
        x = np.clip(x, settings.low, settings.high)
    return x.astype(np.float32)


def mixed(z):
    """The finalizer of splitmix64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
    return z ^ (z >> np.uint64(31))


def uniform(seed, count, elements, steps):
    """Numbers in [0, 1) for [steps, count, elements]: those of nc-run."""
    stride = np.uint64(0x9e3779b97f4a7c15)
    bits = mixed(np.array([seed], np.uint64) + stride)
    for axis, size in ((1, count), (2, elements), (0, steps)):
        shape = [1, 1, 1]
        shape[axis] = size
        counter = np.arange(size, dtype=np.uint64).reshape(shape)
        bits = mixed((bits ^ counter) + stride)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0 ** -53


def encode(settings, x, seed=0):
    """Currents [steps, N, ...]; one step stands for T equal ones."""
    x = preprocessed(settings, np.asarray(x))
    if x.ndim == len(settings.shape) + 2:
        return np.moveaxis(x, 1, 0)
    if settings.encoding == "events":
        raise ValueError("expected a frame for each step")
    if settings.encoding == "direct":
        return x[None]
    most = float(settings.high) if settings.step > 0 else 1.0
    steps = settings.timesteps
    flat = x.reshape(len(x), -1).astype(np.float64)
    if settings.encoding == "rate":
        fires = uniform(seed, *flat.shape, steps) * most < flat
    else:
        when = np.floor((most - flat) * (steps - 1) / most)
        fires = (flat > 0) & (when == np.arange(steps).reshape(-1, 1, 1))
    return (fires * most).astype(np.float32).reshape(steps, *x.shape)


def run(net, x, seed=0, record=False):
    """The answer [N, ...] for stored data x [N, ...], as nc-run gives it; with
    `record` also the spikes of each layer, {layer: [N, T, ...]}; under the
    schedule exact their counts, [N, 1, ...]."""
    settings = net.ncc
    currents = encode(settings, x, seed)
    count, steps = currents.shape[1], settings.timesteps
    if settings.schedule == "exact":  # the window as one step
        currents = currents.sum(0, keepdims=True) * (steps / len(currents))
        steps = 1
    total, trains = 0, {each.layer: [] for each in settings.neurons.values()
                        if each.kind != "li"}
    with torch.no_grad():
        state = start(net, count)
        for t in range(steps):
            now = currents[min(t, len(currents) - 1)]
            out, spikes, state = step(
                net, torch.tensor(now, dtype=settings.dtype), state)
            total = out if settings.readout == "membrane" else total + out
            for neuron in settings.neurons.values():
                if record and neuron.layer in trains:
                    trains[neuron.layer].append(spikes[neuron.spikes])
    scale = settings.scale
    if settings.readout != "membrane":
        scale = scale / settings.timesteps
    answer = total.to(torch.float64).numpy() * scale
    if not record:
        return answer
    return answer, {layer: torch.stack(train, 1).numpy()
                    for layer, train in trains.items()}
