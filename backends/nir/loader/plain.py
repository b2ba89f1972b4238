# ---- NIR's own rules at a step of 1, for what no package runs


PROFILES = ["generic", "exact"]


def load(path):
    """The file as a torch module of our own, with `ncc` for run()."""
    return Plain(*read(path))


class Plain(torch.nn.Module):
    """Nodes in the order of their names; what a node reads is summed; an edge
    from a later node carries the value of the step before. All membranes of
    the profile exact start at 0; neurons of the profile generic follow their
    metadata."""

    def __init__(self, graph, settings):
        super().__init__()
        self.ncc = settings
        self.nodes = graph.nodes
        self.order = sorted(graph.nodes, key=lambda name: (
            name != "input", name == "output", name))
        self.reads = {name: [] for name in self.order}
        for source, reader in graph.edges:
            self.reads[reader].append(source)
        self.window = 1  # steps that are taken at once
        if settings.schedule == "exact":
            self.window = settings.timesteps
        self.weights = {}
        for name, node in graph.nodes.items():
            if hasattr(node, "weight"):
                weight, bias = weights(node, settings)
                self.weights[name] = weight, bias * self.window

    def number(self, values):
        return torch.tensor(np.asarray(values, np.float64),
                            dtype=self.ncc.dtype)

    def forward(self, x, state):
        values, memory = state
        for name in self.order:
            # Of later nodes, the values still are those of the step before.
            inputs = [values[source] for source in self.reads[name]]
            z = sum(inputs[1:], inputs[0]) if inputs else x
            values[name] = self.compute(self.nodes[name], name, z, memory)
        return values["output"], state

    def compute(self, node, name, z, memory):
        if isinstance(node, nir.Affine):
            return torch.nn.functional.linear(z, *self.weights[name])
        if isinstance(node, (nir.Conv1d, nir.Conv2d)):
            return self.convolved(node, name, z)
        if isinstance(node, nir.SumPool2d):
            return sum_pool(node)(z)
        if isinstance(node, nir.Flatten):
            return z.flatten(1)
        if isinstance(node, nir.Scale):
            return z * self.number(node.scale)
        if isinstance(node, nir.Threshold):
            return (z > self.number(node.threshold)).to(z.dtype)
        if isinstance(node, nir.Delay):
            return self.delayed(node, name, z, memory)
        if isinstance(node, nir.I):
            memory[name] = memory.get(name, 0) + self.number(node.r) * z
            return memory[name]
        if self.ncc.profile == "generic" and name in self.ncc.neurons:
            return self.fired(self.ncc.neurons[name], name, z, memory)
        if isinstance(node, nir.IF):
            return self.stock_fired(node, name, z, memory)
        if isinstance(node, (nir.Input, nir.Output)):
            return z
        raise ValueError(f"{name}: no rule for {type(node).__name__}")

    def convolved(self, node, name, z):
        conv = torch.nn.functional.conv1d
        sizes = [node.stride, node.padding, node.dilation]
        if isinstance(node, nir.Conv2d):
            conv = torch.nn.functional.conv2d
            sizes = [tuple(int(n) for n in size) for size in sizes]
        else:
            sizes = [int(size) for size in sizes]
        return conv(z, *self.weights[name], *sizes)

    def delayed(self, node, name, z, memory):
        past = memory.setdefault(name, [])
        past.append(z)
        delay = np.asarray(node.delay)
        result = torch.zeros_like(z)
        for steps in np.unique(delay):
            if steps < len(past):
                here = torch.from_numpy(delay == steps)
                result = torch.where(here, past[-1 - int(steps)], result)
        return result

    def stock_fired(self, node, name, z, memory):
        v = memory.get(name, 0) + self.number(node.r) * z
        spikes = v > self.number(node.v_threshold)
        memory[name] = torch.where(spikes, self.number(node.v_reset), v)
        return spikes.to(z.dtype)

    def fired(self, neuron, name, z, memory):
        if self.ncc.schedule == "exact":
            most = self.window * (2**neuron.levels - 1)
            counts = torch.floor((z + neuron.start) / neuron.threshold)
            return counts.clamp(0, most)
        v, net_count = memory.get(name, (neuron.start, torch.zeros_like(z)))
        v = self.leaked(neuron, v) + z
        if neuron.kind == "li":
            memory[name] = v, net_count
            return v
        if neuron.membrane_bits:
            most = 2 ** (neuron.membrane_bits - 1) - 1
            v = v.clamp(-most, most)
        theta = neuron.threshold
        above = v > theta if neuron.strict else v >= theta
        spikes = above.to(z.dtype)
        if neuron.levels > 1:
            spikes *= torch.floor(v / theta).clamp(max=2**neuron.levels - 1)
        if neuron.signed:
            spikes -= ((v < 0) & (net_count > 0)).to(z.dtype)
        if neuron.reset == "subtract":
            v = v - theta * spikes
        else:
            v = torch.where(spikes != 0, neuron.reset_value, v)
        memory[name] = v, net_count + spikes
        return spikes

    def leaked(self, neuron, v):
        if neuron.decay is None:
            return v
        if not self.ncc.integers:
            return v * neuron.decay
        v = v.to(torch.float64)  # holds the product
        size = torch.floor(v.abs() * neuron.decay / 4096)
        return (torch.sign(v) * size).to(self.ncc.dtype)


def start(net, count):
    values = {name: torch.zeros((count, *(int(n) for n in
                                          node.output_type["output"])),
                                dtype=net.ncc.dtype)
              for name, node in net.nodes.items()}
    return values, {}


def step(net, x, state):
    out, state = net(x, state)
    return out, dict(state[0]), state
