# ---- sinabs: IAF compares with v >= threshold


import sinabs.activation
import sinabs.nir

PROFILES = ["sinabs"]


def load(path):
    """The file as sinabs' module, with `ncc` for run()."""
    graph, settings = read(path)
    net = sinabs.nir.from_nir(graph, batch_size=1)
    net = put_back(net, graph, settings, dict(net.named_children()))
    for name, neuron in settings.neurons.items():
        layer = getattr(net, name)
        layer.min_v_mem = None  # else v stays above -threshold
        layer.spike_fn = sinabs.activation.SingleSpike
        if neuron.levels > 1:
            layer.spike_fn = sinabs.activation.MaxSpike(2**neuron.levels - 1)
        if neuron.reset != "subtract":
            layer.reset_fn = sinabs.activation.MembraneReset()
        threshold = neuron.fit(False, settings.integers)[0][0]
        layer.spike_threshold = torch.nn.Parameter(threshold, False)
        layer.register_forward_hook(
            lambda module, inputs, output: output.to(settings.dtype))
    in_order(net)
    return net


def start(net, count):
    for name, neuron in net.ncc.neurons.items():
        layer = getattr(net, name)
        membrane = neuron.fit(False, net.ncc.integers)[1]
        layer.batch_size = count
        layer.init_state_with_shape((count, *membrane.shape[1:]))
        layer.v_mem = membrane.repeat(count, *[1] * (membrane.ndim - 1))
    return None


def step(net, x, state):
    out, state = net(x)
    return out, {name: state.cache[name] for name in net.ncc.neurons}, None
