# ---- SpikingJelly: IFNode compares with v >= threshold, one for a layer
#
# Where thresholds differ, the file's weights are divided by them. In f64, and
# with half a unit between every membrane and its threshold, what division
# rounds away changes no spike.


from spikingjelly.activation_based.nir_exchange import import_from_nir

PROFILES = ["spikingjelly"]


def load(path):
    """The file as SpikingJelly's module, with `ncc` for run()."""
    graph, settings = read(path)
    if any(map(is_divided, settings.neurons.values())):
        settings.dtype = torch.float64
    net = import_from_nir(graph, dt=1.0, dtype=settings.dtype)
    net = put_back(net, graph, settings, dict(net.named_children()))
    for name, node in graph.nodes.items():
        rows = node.metadata.get("ncc", {}).get("row_scale")
        if rows is not None:
            rows, module = torch.tensor(rows), getattr(net, name)
            module.weight.data /= rows.reshape(
                -1, *[1] * (module.weight.ndim - 1))
            module.bias.data /= rows
    for name, neuron in settings.neurons.items():
        node = getattr(net, name).module
        # None: reset by subtraction, which the import does not know.
        node.v_reset = (None if neuron.reset == "subtract"
                        else neuron.reset_value)
        if not is_divided(neuron):
            threshold = neuron.fit(False, settings.integers)[0]
            node.v_threshold = float(threshold.flatten()[0])
    return net


def is_divided(neuron):
    return neuron.threshold.unique().numel() > 1


def membrane(neuron, settings):
    if not is_divided(neuron):
        return neuron.fit(False, settings.integers)[1].to(settings.dtype)
    half = (-0.5 if neuron.strict else 0.5) if settings.integers else 0.0
    return ((neuron.start.double() + half) / neuron.threshold.double())


def start(net, count):
    state = {name: None for name, _ in net.named_children()}
    spikes = {}
    for name, neuron in net.ncc.neurons.items():
        v = membrane(neuron, net.ncc)
        state[name] = (v.repeat(count, *[1] * (v.ndim - 1)),)
        module = getattr(net, name)
        module._forward_hooks.clear()
        module.register_forward_hook(
            lambda module, inputs, output, name=name:
            spikes.__setitem__(name, output[0]))
    return state, spikes


def step(net, x, state):
    state, spikes = state
    out, state = net(x, state)
    return out, dict(spikes), (state, spikes)
