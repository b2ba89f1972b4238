# ---- Norse: LIFBoxCell compares with v > threshold


import norse.torch
from nirtorch.graph_executor import GraphExecutorState
from norse.torch.functional.lif_box import LIFBoxFeedForwardState
from norse.torch.functional.reset import reset_subtract

PROFILES = ["norse"]


def load(path):
    """The file as Norse's module, with `ncc` for run()."""
    graph, settings = read(path)
    net = norse.torch.from_nir(graph, dt=1.0, reset_method=reset_subtract)
    net = put_back(net, graph, settings, dict(net.named_children()))
    for name, neuron in settings.neurons.items():
        cell = getattr(net, name).lif
        threshold = neuron.fit(True, settings.integers)[0][0]
        cell.p = cell.p._replace(v_th=threshold)
        if neuron.reset != "subtract":
            cell.p = cell.p._replace(
                v_reset=torch.full_like(threshold, neuron.reset_value),
                reset_method=norse.torch.functional.reset.reset_value)
    in_order(net)
    return net


def start(net, count):
    state = GraphExecutorState()
    for name, neuron in net.ncc.neurons.items():
        membrane = neuron.fit(True, net.ncc.integers)[1]
        membrane = membrane.repeat(count, *[1] * (membrane.ndim - 1))
        state.state[name] = ((None, LIFBoxFeedForwardState(v=membrane)),)
    return state


def step(net, x, state):
    out, state = net(x, state)
    return out, {name: state.cache[name] for name in net.ncc.neurons}, state
