# ---- snntorch: Leaky compares with v > threshold


from snntorch.import_nir import import_from_nir

PROFILES = ["snntorch"]


def load(path):
    """The file as snntorch's module, with `ncc` for run()."""
    graph, settings = read(path)
    net = import_from_nir(graph)
    net = put_back(net, graph, settings, dict(net.named_children()))
    for name, neuron in settings.neurons.items():
        leaky = getattr(net, name)
        leaky.beta.fill_(1)       # snntorch 1.0.0 imports IF with a leak
        leaky.reset_delay = True  # else what remains above theta is lost
        leaky.init_hidden = True  # else it gives (spikes, membrane)
        leaky.threshold = neuron.fit(True, settings.integers)[0]
        if neuron.reset != "subtract":
            leaky.reset_mechanism = "zero"
            leaky.state_function = leaky._base_zero
    return net


def start(net, count):
    for name, neuron in net.ncc.neurons.items():
        membrane = neuron.fit(True, net.ncc.integers)[1]
        getattr(net, name).mem = membrane.repeat(
            count, *[1] * (membrane.ndim - 1))
    return spikes_of(net)


def spikes_of(net):
    """A dictionary that every step fills with the spikes of each layer."""
    spikes = {}

    def keep(name):
        def hook(module, inputs, output):
            spikes[name] = output.to(net.ncc.dtype)
            return spikes[name]
        return hook
    for name in net.ncc.neurons:
        module = getattr(net, name)
        module._forward_hooks.clear()
        module.register_forward_hook(keep(name))
    return spikes


def step(net, x, state):
    out, _ = net(x)
    return out, dict(state), state
