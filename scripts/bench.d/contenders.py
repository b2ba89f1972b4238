"""The contenders that run in Python, and the forms each may take.

A contender is a function `(run, nodes, form) -> call`, where call(x) gives the
readout sums [N, classes] of images x [N, ...]. FORMS lists, per contender, the
forms to be tried; the fastest on the machine and network at hand is the one
that competes. A form is a tuple of words:

    nchw, nhwc    memory format
    layer, step   all steps of a layer at once, or the network step by step

Neurons: v starts at floor(theta / 2); v += z; s = [v >= theta]; v -= theta s.
"""
import functools

import torch

import layers

PLAIN = [("nhwc", "layer"), ("nchw", "layer"), ("nhwc", "step"),
         ("nchw", "step")]
BY_LAYER = [("nhwc", "layer"), ("nchw", "layer")]


def thresholds_of(network):
    """Per neuron node: theta shaped for [N, ...] and floor(theta / 2)."""
    thetas = {}
    for node in network.neurons():
        theta = layers.shaped(node["threshold"], network.ranks[node["name"]])
        thetas[node["name"]] = theta, torch.floor(theta / 2)
    return thetas


def start(v0, like):
    """A membrane [N, ...] filled with v0, in the memory format of `like`."""
    return torch.empty_like(like).copy_(v0.expand_as(like))


def make_network(run, nodes, form, make=layers.make_layer):
    return layers.Network(run, nodes, "nhwc" in form, make).eval()


def runner(network, form, fire, reset, time_axis=0):
    """call(x): forget all membranes, then run in the form's order."""
    def call(x):
        reset(x)
        if "step" in form:
            return network.by_step(x, fire)
        return network.by_layer(x, fire, time_axis)
    return call


# ---- Plain PyTorch

def scan(z, theta, v0, dtype=torch.float32):
    """Spikes [T, N, ...] of currents z [T, N, ...]."""
    v = start(v0, z[0])
    spikes = torch.empty_strided(z.shape, dense_strides(z), dtype=dtype)
    for t in range(z.shape[0]):
        v += z[t]
        fired = v >= theta
        spikes[t] = fired
        v -= fired * theta
    return spikes


def dense_strides(z):
    """Strides of [T, N, ...] with z[0]'s memory format at every step."""
    return (z[0].numel(), *torch.empty_like(z[0]).stride())


def torch_loop(run, nodes, form):
    """No framework: a dozen lines of PyTorch."""
    network = make_network(run, nodes, form)
    thetas = thresholds_of(network)
    membranes = {}

    def fire_step(name, z):
        theta, v0 = thetas[name]
        v = membranes.get(name)
        v = membranes[name] = start(v0, z).add_(z) if v is None else v.add_(z)
        spikes = (v >= theta).to(z.dtype)
        v.sub_(spikes * theta)
        return spikes

    def fire_layer(name, z):
        return scan(z, *thetas[name])
    fire = fire_step if "step" in form else fire_layer
    return runner(network, form, fire, lambda x: membranes.clear())


def compiled_step(network, thetas):
    """One time step as a pure function, compiled as a whole."""
    def one_step(fixed, membranes):
        after = {}

        def fire(name, z):
            theta = thetas[name][0]
            v = membranes[name] + z
            spikes = (v >= theta).to(z.dtype)
            after[name] = v - spikes * theta
            return spikes
        return network.one_step(fixed, fire), after
    return torch.compile(one_step, dynamic=False)


def compiled_scan(dtype):
    def pure_scan(z, theta, v0):
        v = v0.expand_as(z[0])
        spikes = []
        for current in z.unbind(0):
            v = v + current
            fired = v >= theta
            spikes.append(fired.to(dtype))
            v = v - fired * theta
        return torch.stack(spikes)
    torch._dynamo.config.cache_size_limit = 256
    return torch.compile(pure_scan, dynamic=False)


def torch_compile(run, nodes, form):
    """The loop above through torch.compile (Inductor)."""
    network = make_network(run, nodes, form)
    thetas = thresholds_of(network)
    if "layer" in form:
        fused = compiled_scan(torch.float32)
        return runner(network, form, lambda name, z: fused(z, *thetas[name]),
                      lambda x: None)
    step = compiled_step(network, thetas)
    shapes = {}

    def find_shapes(x):
        def fire(name, z):
            shapes[name] = z
            return torch.zeros_like(z)
        network.one_step(network.of_image(x), fire)

    def call(x):
        if not shapes or next(iter(shapes.values())).shape[0] != x.shape[0]:
            find_shapes(x)
        membranes = {name: start(thetas[name][1], z)
                     for name, z in shapes.items()}
        fixed, total = network.of_image(x), 0
        for _ in range(network.steps):
            out, membranes = step(fixed, membranes)
            total = total + out
        return total
    return call


# ---- 8-bit integers by hand, with oneDNN's kernels inside PyTorch

class ByteConv(torch.nn.Module):
    """conv2d of bytes 0 ... 255 with 8-bit weights into f32 sums, exact."""

    def __init__(self, node):
        super().__init__()
        weight = torch.from_numpy(node["weight"].copy())
        self.options = [node[key] for key in
                        ("stride", "padding", "dilation", "groups")]
        self.ones = torch.ones(weight.shape[0])
        self.zeros = torch.zeros(weight.shape[0], dtype=torch.int64)
        self.bias, self.map = None, None
        if node.get("bias") is not None:
            bias = layers.tensor(node["bias"])
            self.bias, self.map = (bias, None) if bias.dim() == 1 else (None, bias)
        self.packed = torch.ops.onednn.qconv_prepack(
            weight, self.ones, 1.0, 0, *self.options, None)

    def forward(self, x):
        y = torch.ops.onednn.qconv2d_pointwise(
            x, 1.0, 0, self.packed, self.ones, self.zeros, self.bias,
            *self.options, 1.0, 0, torch.float32, "none", [], "")
        return y if self.map is None else y + self.map


class Bytes(torch.nn.Module):
    """A layer whose result is stored as bytes."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x).to(torch.uint8)


class Floats(torch.nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.float())


def largest_values(nodes):
    """Per node: the largest value where it holds counts of spikes, else None."""
    largest = {}
    for node in nodes:
        inputs = [largest[name] for name in node["inputs"]]
        if node["kind"] == "if":
            bound = 1
        elif not inputs or None in inputs:
            bound = None
        elif node["kind"] == "sum_pool":
            bound = sum(inputs) * node["kernel"][0] * node["kernel"][1]
        elif node["kind"] in ("pad", "slice", "flatten"):
            bound = sum(inputs)
        else:
            bound = None
        largest[node["name"]] = bound
    return largest


def byte_layer_maker(nodes):
    """make_layer, but with byte convolutions where inputs are few spikes."""
    largest = largest_values(nodes)

    def fits(name):
        return largest[name] is not None and largest[name] <= 255

    def make(node, channels_last, rank):
        inputs_fit = len(node["inputs"]) == 1 and fits(node["inputs"][0])
        if node["kind"] == "conv2d" and inputs_fit and \
                node["weight"].dtype == "int8":
            return ByteConv(node)
        layer = layers.make_layer(node, channels_last, rank)
        if node["kind"] == "sum_pool" and fits(node["name"]):
            return Bytes(layer)
        if node["kind"] in ("conv2d", "affine"):
            return Floats(layer)
        return layer
    return make


def torch_int8(run, nodes, form):
    """Spikes as bytes, 8-bit convolutions, a layer's steps as one batch."""
    network = make_network(run, nodes, form, byte_layer_maker(nodes))
    thetas = thresholds_of(network)
    one_scan = functools.partial(scan, dtype=torch.uint8)
    if "compiled" in form:
        one_scan = compiled_scan(torch.uint8)
    return runner(network, form, lambda name, z: one_scan(z, *thetas[name]),
                  lambda x: None)


# ---- The frameworks

def snntorch(run, nodes, form):
    """snntorch.Leaky with beta = 1.

    It fires at v > theta; with half a unit more in every membrane that is
    v >= theta for integers.
    """
    import snntorch as snn
    network = make_network(run, nodes, form)
    thetas = thresholds_of(network)
    neurons = {name: snn.Leaky(beta=1.0, threshold=theta,
                               surrogate_disable=True)
               for name, (theta, _) in thetas.items()}
    membranes = {}

    def fire_step(name, z):
        v = membranes.get(name)
        if v is None:
            v = start(thetas[name][1] + 0.5, z)
        spikes, membranes[name] = neurons[name](z, v)
        return spikes

    def fire_layer(name, z):
        spikes = torch.empty_strided(z.shape, dense_strides(z))
        for t, current in enumerate(z):
            spikes[t] = fire_step(name, current)
        return spikes
    fire = fire_step if "step" in form else fire_layer
    return runner(network, form, fire, lambda x: membranes.clear())


def spikingjelly_simple(run, nodes, form):
    """SpikingJelly's SimpleIFNode, multi-step, a threshold per channel."""
    from spikingjelly.activation_based import neuron
    network = make_network(run, nodes, form)
    thetas = thresholds_of(network)
    neurons = {name: neuron.SimpleIFNode(v_threshold=theta, v_reset=None,
                                         step_mode="m").eval()
               for name, (theta, _) in thetas.items()}

    def fire(name, z):
        neurons[name].v = start(thetas[name][1], z[0])
        return neurons[name](z)
    return runner(network, form, fire, lambda x: None)


def spikingjelly(run, nodes, form):
    """SpikingJelly's IFNode, multi-step.

    Its threshold is one number: theta is divided into the weights of the
    layers before. Half a unit of the integers in every membrane keeps what
    rounding does to them from reaching the threshold.
    """
    from spikingjelly.activation_based import neuron
    nodes, rest = normalised(nodes)
    network = make_network(run, nodes, form)
    halves = {name: (v0 + 0.5) / theta
              for name, (theta, v0) in thresholds_of(network).items()}
    factors = {node["name"]: 1 / layers.shaped(
        node["threshold"], network.ranks[node["name"]])
        for node in network.neurons() if node["name"] in rest}
    neurons = {name: neuron.IFNode(v_threshold=1.0, v_reset=None,
                                   step_mode="m").eval() for name in halves}

    def fire(name, z):
        if name in factors:
            z = z * factors[name]
        neurons[name].v = start(halves[name], z[0])
        return neurons[name](z)
    return runner(network, form, fire, lambda x: None)


def normalised(nodes):
    """Nodes with 1 / theta of each neuron in the weighted nodes it reads.

    Also the names of neurons for which that is impossible: another node reads
    the same sum, or an input has no weights.
    """
    readers = {}
    for node in nodes:
        for name in node["inputs"]:
            readers.setdefault(name, []).append(node["name"])
    changed = {node["name"]: dict(node) for node in nodes}
    rest = set()
    for node in nodes:
        if node["kind"] != "if":
            continue
        sources = [changed[name] for name in node["inputs"]]
        if any(source["kind"] not in ("conv2d", "affine", "scale") or
               readers[source["name"]] != [node["name"]] for source in sources):
            rest.add(node["name"])
            continue
        for source in sources:
            divide(source, node["threshold"])
    return [changed[node["name"]] for node in nodes], rest


def divide(node, theta):
    """Divide a weighted node's parameters by theta, per output channel."""
    theta = theta.astype("float64")
    for field in ("weight", "bias", "offset"):
        values = node.get(field)
        if values is not None:
            shape = (-1,) + (1,) * (values.ndim - 1)
            node[field] = (values / theta.reshape(shape)).astype("float32")


def sinabs(run, nodes, form):
    """sinabs.layers.IAF on [N, T, ...], one spike a step at most."""
    import sinabs.activation
    import sinabs.layers
    network = make_network(run, nodes, form)
    thetas = thresholds_of(network)
    neurons = {name: sinabs.layers.IAF(
        spike_threshold=theta, spike_fn=sinabs.activation.SingleSpike)
        for name, (theta, _) in thetas.items()}

    def fire(name, z):
        layer = neurons[name]
        first = z[:, 0]
        if layer.v_mem.shape != first.shape:
            layer.init_state_with_shape(first.shape)
        layer.v_mem = start(thetas[name][1], first)
        return layer(z)
    return runner(network, form, fire, lambda x: None, time_axis=1)


CONTENDERS = {
    "torch-loop": torch_loop,
    "torch-compile": torch_compile,
    "torch-int8": torch_int8,
    "spikingjelly": spikingjelly,
    "spikingjelly-simple": spikingjelly_simple,
    "snntorch": snntorch,
    "sinabs": sinabs,
}

FORMS = {
    "torch-loop": PLAIN,
    "torch-compile": [("nhwc", "layer"), ("nhwc", "step")],
    "torch-int8": [("nhwc", "layer"), ("nhwc", "layer", "compiled")],
    "spikingjelly": BY_LAYER,
    "spikingjelly-simple": BY_LAYER,
    "snntorch": PLAIN,
    "sinabs": BY_LAYER,
}

PACKAGE = {"spikingjelly": "spikingjelly", "spikingjelly-simple":
           "spikingjelly", "snntorch": "snntorch", "sinabs": "sinabs"}
