"""The linear parts of an exported network in PyTorch, and its two orders.

Values are f32 tensors that hold integers (exact below 2^24). What follows from
the image alone (the input of every step is the same) is computed once and not
T times, as the frameworks' own examples do it for their first layer.

`Network.by_layer` computes all T steps of a layer as one batch [T * N, ...];
`Network.by_step` the whole network step after step, [N, ...] at a time. Both
give the readout sums [N, classes].
"""
import torch
import torch.nn.functional as F


def tensor(array):
    return torch.from_numpy(array.copy()).float()


def padding_of(node):
    """Padding of a `pad` node as F.pad wants it: last axis first."""
    words = []
    for before, after in zip(reversed(node["before"]), reversed(node["after"])):
        words += [before, after]
    return words


def shaped(array, rank):
    """Per-channel numbers [C] as [C, 1, 1] for values of `rank` axes."""
    values = tensor(array)
    return values.view(-1, *[1] * (rank - 1)) if values.dim() == 1 else values


class Conv(torch.nn.Module):
    """conv2d with a bias per channel or per neuron."""

    def __init__(self, node, channels_last):
        super().__init__()
        weight = tensor(node["weight"])
        if channels_last:
            weight = weight.to(memory_format=torch.channels_last)
        self.register_buffer("weight", weight)
        bias = tensor(node["bias"]) if node.get("bias") is not None else None
        per_neuron = bias is not None and bias.dim() > 1
        self.register_buffer("bias", None if per_neuron else bias)
        self.register_buffer("map", bias if per_neuron else None)
        self.options = [node[key] for key in
                        ("stride", "padding", "dilation", "groups")]

    def forward(self, x):
        y = F.conv2d(x, self.weight, self.bias, *self.options)
        return y if self.map is None else y + self.map


class Affine(torch.nn.Module):
    def __init__(self, node):
        super().__init__()
        self.register_buffer("weight", tensor(node["weight"]))
        bias = node.get("bias")
        self.register_buffer("bias", None if bias is None else tensor(bias))

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)


class Scale(torch.nn.Module):
    def __init__(self, node, rank):
        super().__init__()
        self.register_buffer("weight", shaped(node["weight"], rank))
        offset = node.get("offset")
        self.register_buffer(
            "offset", None if offset is None else shaped(offset, rank))

    def forward(self, x):
        y = x * self.weight
        return y if self.offset is None else y + self.offset


class SumPool(torch.nn.Module):
    def __init__(self, node):
        super().__init__()
        self.options = node["kernel"], node["stride"], node["padding"]

    def forward(self, x):
        return F.avg_pool2d(x.float(), *self.options, divisor_override=1)


class Call(torch.nn.Module):
    """A rearrangement: a function of one tensor [N, ...]."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def make_layer(node, channels_last, rank):
    """A module for a node that is neither input, output nor neuron."""
    kind = node["kind"]
    if kind == "conv2d":
        return Conv(node, channels_last)
    if kind == "affine":
        return Affine(node)
    if kind == "scale":
        return Scale(node, rank)
    if kind == "sum_pool" and not node["ceil_mode"]:
        return SumPool(node)
    if kind == "flatten":
        return Call(lambda x: x.flatten(1))
    if kind == "pad" and node["value"] == 0:
        words = padding_of(node)
        return Call(lambda x: F.pad(x, words))
    if kind == "slice":
        axis = node["axis"] + 1
        index = [slice(None)] * axis + [
            slice(node["start"], node["stop"], node["step"])]
        return Call(lambda x: x[tuple(index)])
    raise NotImplementedError(f"node {node['name']}: {kind} is not known here")


def ranks_of(nodes):
    """Axes of each node's value, without the batch."""
    ranks = {}
    for node in nodes:
        if node["kind"] == "input":
            rank = len(node["shape"])
        elif node["kind"] in ("flatten", "affine"):
            rank = 1
        else:
            rank = ranks[node["inputs"][0]]
        ranks[node["name"]] = rank
    return ranks


def require_plain_neurons(run, nodes):
    """Integrate-and-fire, reset by subtraction, v(0) = theta / 2; sums out."""
    wanted = {"reset": "subtract", "initial": "half", "signed": False,
              "levels": 1, "membrane_bits": 0}
    if run["schedule"] != "causal" or run["readout"] != "sum":
        raise NotImplementedError("a causal network with readout sum is needed")
    for node in nodes:
        if any(name.startswith("@") for name in node["inputs"]):
            raise NotImplementedError("feedback")
        if node["kind"] == "if" and any(node[k] != v for k, v in wanted.items()):
            raise NotImplementedError(f"neuron {node['name']}: not a plain one")


class Network(torch.nn.Module):
    """An exported network whose neurons are somebody else's.

    `make_layer_of(node, channels_last, rank)` may be replaced by a contender
    that has its own convolutions.
    """

    def __init__(self, run, nodes, channels_last, make=make_layer):
        super().__init__()
        require_plain_neurons(run, nodes)
        self.steps = run["timesteps"]
        self.nodes = nodes
        self.channels_last = channels_last
        self.ranks = ranks_of(nodes)
        self.varies = {}
        self.layers = torch.nn.ModuleDict()
        for node in nodes:
            self.varies[node["name"]] = node["kind"] == "if" or any(
                self.varies[name] for name in node["inputs"])
            if node["kind"] not in ("input", "output", "if"):
                layer = make(node, channels_last, self.ranks[node["name"]])
                self.layers[node["name"].replace(".", "_")] = layer

    def neurons(self):
        return [node for node in self.nodes if node["kind"] == "if"]

    def layer(self, node):
        return self.layers[node["name"].replace(".", "_")]

    def of_image(self, x):
        """Values of all nodes that depend on the image alone, [N, ...]."""
        if self.channels_last and x.dim() == 4:
            x = x.contiguous(memory_format=torch.channels_last)
        values = {}
        for node in self.nodes:
            if self.varies[node["name"]]:
                continue
            if node["kind"] == "input":
                values[node["name"]] = x
            else:
                inputs = [values[name] for name in node["inputs"]]
                values[node["name"]] = self.layer(node)(sum_of(inputs))
        return values

    def by_step(self, x, fire):
        """fire(name, z [N, ...]) -> spikes, once per neuron node and step."""
        fixed = self.of_image(x)
        total = None
        for _ in range(self.steps):
            out = self.one_step(fixed, fire)
            total = out if total is None else total + out
        return total

    def one_step(self, fixed, fire):
        """The output node's sum at one step."""
        values = dict(fixed)
        for node in self.nodes:
            if not self.varies[node["name"]]:
                continue
            z = sum_of([values[name] for name in node["inputs"]])
            if node["kind"] == "output":
                return z
            values[node["name"]] = (fire(node["name"], z)
                                    if node["kind"] == "if"
                                    else self.layer(node)(z))

    def by_layer(self, x, fire, time_axis=0):
        """fire(name, z [T, N, ...]) -> spikes of that shape, once per node.

        time_axis = 1: z is [N, T, ...]. Where z is the same at all steps it is
        an expanded view.
        """
        values = self.of_image(x)
        samples = x.shape[0]
        lead = ((self.steps, samples) if time_axis == 0
                else (samples, self.steps))
        for node in self.nodes:
            if not self.varies[node["name"]]:
                continue
            z = self.summed(node, values, lead, time_axis)
            if node["kind"] == "output":
                return z.unflatten(0, lead).sum(time_axis)
            if node["kind"] == "if":
                spikes = fire(node["name"], z if z.dim() > 1 + self.ranks[
                    node["name"]] else z.unflatten(0, lead))
                values[node["name"]] = spikes.flatten(0, 1)
            else:
                values[node["name"]] = self.layer(node)(z)

    def summed(self, node, values, lead, time_axis):
        """The node's input [T * N, ...], or [T, N, ...] where only expanded."""
        inputs = [values[name] for name in node["inputs"]]
        if not any(self.varies[name] for name in node["inputs"]):
            z = sum_of(inputs).unsqueeze(time_axis)
            z = z.expand(*lead, *z.shape[2:])
            return z if node["kind"] == "if" else z.flatten(0, 1)
        expanded = [x if self.varies[name] else
                    x.unsqueeze(time_axis).expand(*lead, *x.shape[1:])
                    .flatten(0, 1)
                    for name, x in zip(node["inputs"], inputs)]
        return sum_of(expanded)


def sum_of(tensors):
    total = tensors[0]
    for each in tensors[1:]:
        total = total + each
    return total
