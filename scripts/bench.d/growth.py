"""How the cost of NCC's cpu engine grows: with T, width and density.

Only our engine runs here. Density is changed by raising or lowering all
thresholds of the same network by a factor.
"""
import json
import statistics

import ncc
import networks
from group import say

BATCH = 64
STEPS = 8
ALL_STEPS = [1, 2, 4, 8, 16, 32, 64]
FACTORS = [0.25, 0.5, 1, 1.5, 2, 4]


def points(network="resnet18", widths=networks.WIDTHS):
    """(what grows, network, T, factor of the thresholds)."""
    return ([("T", network, steps, 1) for steps in ALL_STEPS]
            + [("width", name, STEPS, 1) for name in widths]
            + [("density", network, STEPS, factor) for factor in FACTORS])


def quick_points():
    return [("T", "resnet20", steps, 1) for steps in (4, 8, 16)] + [
        ("density", "resnet20", STEPS, factor) for factor in (0.5, 1, 2)]


def density_of(layers):
    """Spikes per neuron and step over all layers."""
    neurons = sum(layer["neurons"] for layer in layers)
    return sum((1 - layer["sparsity"]) * layer["neurons"]
               for layer in layers) / neurons


def measure(files, folder, effort, chosen):
    """Measure the points that are not in `folder` yet, in turns."""
    folder.mkdir(parents=True, exist_ok=True)
    engines = {}
    for point in chosen:
        what, network, steps, factor = point
        path = folder / (f"{what}.{network}.T{steps}.x{factor}"
                         f".t{effort.threads}.json")
        if not path.exists():
            engines[path] = point, ncc.Engine(
                files.programs, "cpu",
                files.network(network, steps, "causal", factor),
                files.images(network), BATCH, effort.threads)
    if not engines:
        return
    say(f"growth: {len(engines)} points")
    counts = {path: engine.images_for(effort.turn)
              for path, (_, engine) in engines.items()}
    reports = {path: [] for path in engines}
    for _ in range(effort.rounds):
        for path, (_, engine) in engines.items():
            reports[path].append(engine.run(
                counts[path], "--explain", "--repeat", 2))
    for path, ((what, network, steps, factor), _) in engines.items():
        seconds = [report["passes"][-1] / counts[path]
                   for report, _, _, _ in reports[path]]
        report, _, _, rss = reports[path][-1]
        path.write_text(json.dumps({
            "grows": what, "network": network, "steps": steps,
            "threshold_factor": factor, "batch": BATCH,
            "threads": effort.threads,
            "seconds_per_image": statistics.median(seconds), "turns": seconds,
            "density": density_of(report["layers"]), "max_rss": rss,
            "synaptic_operations": report["synaptic_operations"],
            "dense_operations": report["dense_operations"],
            **ncc.explained(report)}, indent=1) + "\n")
