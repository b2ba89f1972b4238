"""Runs a network on nc-run and, as NIR, on a consumer, and counts where their
spikes differ."""
import importlib.util
import pathlib
import subprocess
import tempfile

import h5py
import numpy as np

import networks


class Refused(Exception):
    """nc-export-nir has no exact form of this network for this profile."""


def export(binaries, network, profile):
    """Writes the network as NIR beside itself; the file and the loader."""
    path = network.with_name(f"{network.stem}_{profile}.nir")
    done = subprocess.run(
        [binaries / "nc-export-nir", network, "--profile", profile, "--loader",
         "-o", path], capture_output=True, text=True)
    if done.returncode == 1:
        raise Refused(done.stderr.strip())
    if done.returncode != 0:
        raise SystemExit(f"nc-export-nir {network}: status "
                         f"{done.returncode}: {done.stderr}")
    return path, path.with_name(f"load_{path.stem}.py")


def module_of(loader):
    spec = importlib.util.spec_from_file_location(loader.stem, loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SEED = 3  # of the encoding rate


def reference(binaries, network, x):
    """(outputs, trains) of nc-run on stored data x."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        np.savez(work / "x.npz", x=x)
        networks.run(binaries / "nc-run", network, "--data", work / "x.npz",
                     "--engine", "reference", "-q", "--seed", SEED, "--trace",
                     work / "t.h5", "--trace-samples", len(x))
        with h5py.File(work / "t.h5") as file:
            layers = file["layers"]
            return file["outputs"][()], {name: layers[name]["spikes"][()]
                                         for name in layers}


class Differences:
    """What differs, of how much."""

    def __init__(self, wanted, found):
        wanted_outputs, wanted_trains = wanted
        outputs, trains = found
        self.spikes = self.differing = 0
        self.layers, self.rates = {}, {}
        for name, train in wanted_trains.items():
            self.rates[name] = float((train != 0).mean())
            other = trains[name].reshape(train.shape)
            count = int((train != other).sum())
            self.layers[name] = count
            self.spikes += train.size
            self.differing += count
        if set(trains) != set(wanted_trains):
            raise SystemExit(f"layers {set(trains)} of {set(wanted_trains)}")
        outputs = outputs.reshape(wanted_outputs.shape)
        self.outputs = int((outputs != wanted_outputs).sum())
        self.largest = float(np.abs(outputs - wanted_outputs).max())
        flat = (wanted_outputs.reshape(len(outputs), -1).argmax(1),
                outputs.reshape(len(outputs), -1).argmax(1))
        self.answers = int((flat[0] != flat[1]).sum())

    def none(self):
        return self.differing == 0 and self.outputs == 0


def compare(binaries, network, x, profile):
    path, loader = export(binaries, network, profile)
    consumer = module_of(loader)
    net = consumer.load(str(path))
    found = consumer.run(net, x, seed=SEED, record=True)
    return Differences(reference(binaries, network, x), found)


def stock_import(profile, graph, count):
    """The consumer's module as its own import makes it."""
    if profile == "snntorch":
        from snntorch.import_nir import import_from_nir
        return import_from_nir(graph)
    if profile == "spikingjelly":
        from spikingjelly.activation_based import nir_exchange
        return nir_exchange.import_from_nir(graph, dt=1.0)
    if profile == "norse":
        import norse.torch
        return norse.torch.from_nir(graph, dt=1.0)
    import sinabs.nir
    return sinabs.nir.from_nir(graph, batch_size=count)


def without_loader(binaries, network, x, profile):
    """The same comparison, without what the loader does after the import. The
    profiles generic and exact then follow NIR's rules alone."""
    import torch
    path, loader = export(binaries, network, profile)
    consumer = module_of(loader)
    if profile in ("generic", "exact"):
        net = consumer.load(str(path))
        net.ncc.profile = "exact"
        found = consumer.run(net, x, record=True)
        return Differences(reference(binaries, network, x), found)
    graph, settings = consumer.read(str(path))
    net = stock_import(profile, graph, len(x))
    now = {}
    for name in settings.neurons:
        getattr(net, name).register_forward_hook(
            lambda module, inputs, output, name=name: now.__setitem__(
                name, output[0] if isinstance(output, tuple) else output))
    currents = torch.tensor(consumer.encode(settings, x))
    total, state, trains = 0, (), {}
    with torch.no_grad():
        for t in range(settings.timesteps):
            out, state = net(currents[min(t, len(currents) - 1)],
                             *([] if profile == "sinabs" or t == 0
                               else [state]))
            total = total + out
            for name, neuron in settings.neurons.items():
                trains.setdefault(neuron.layer, []).append(now[name].clone())
    found = (total.double().numpy() * settings.scale / settings.timesteps,
             {layer: torch.stack(train, 1).numpy()
              for layer, train in trains.items()})
    return Differences(reference(binaries, network, x), found)
