#!/usr/bin/env python3
"""Reports of nc-run, a folder per seed, to one markdown table on stdout.

RESULTS/ROW/SEED/ann.json is the source network's report, relu.json (if there)
that of the ReLU network which was trained for as many epochs more as the qcfs
variants, VARIANT.json a spiking network's. Over the seeds: mean, standard
deviation (n - 1) and half the 95 % interval of the mean (Student's t). Gaps are
in percentage points, per seed: source, and for qcfs ReLU network, less variant.
"""
import argparse
import json
import math
import pathlib
import statistics
import sys

STUDENT_T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447,
             7: 2.365, 8: 2.306, 9: 2.262}   # 97.5 %, by degrees of freedom
SOURCES = ("ann", "relu")


def over_seeds(values):
    """Mean and, of several values, deviation and half the 95 % interval."""
    count = len(values)
    if count == 1:
        return {"mean": values[0], "seeds": 1}
    deviation = statistics.stdev(values)
    half = STUDENT_T.get(count - 1, 1.96) * deviation / math.sqrt(count)
    return {"mean": statistics.fmean(values), "std": deviation,
            "interval_95": half, "seeds": count}


def spikes_per_neuron(report):
    neurons = sum(layer["neurons"] for layer in report["layers"])
    spikes = sum(layer["neurons"] * layer["spikes_per_neuron"]
                 for layer in report["layers"])
    return spikes / neurons if neurons else 0.0


def read(folder):
    """{seed: {name: report}}"""
    return {seed.name: {path.stem: json.loads(path.read_text())
                        for path in sorted(seed.glob("*.json"))}
            for seed in sorted(folder.iterdir()) if seed.is_dir()}


def gap(name, source, reports):
    gaps = [100 * (found[source]["accuracy"] - found[name]["accuracy"])
            for found in reports.values() if source in found]
    return over_seeds(gaps) if gaps else None


def row_of(name, seeds):
    reports = {seed: found for seed, found in seeds.items() if name in found}
    row = {"variant": name,
           "accuracy": over_seeds([100 * found[name]["accuracy"]
                                   for found in reports.values()])}
    if name in SOURCES:
        return row
    row["gap_to_ann"] = gap(name, "ann", reports)
    if "qcfs" in name.split("-"):
        row["gap_to_relu"] = gap(name, "relu", reports)
    row["spikes_per_neuron"] = over_seeds(
        [spikes_per_neuron(found[name]) for found in reports.values()])
    return row


def text(values, digits=2):
    if values is None:
        return "-"
    if values["seeds"] == 1:
        return f"{values['mean']:.{digits}f}"
    return (f"{values['mean']:.{digits}f} ± {values['std']:.{digits}f} "
            f"(95 %: ± {values['interval_95']:.{digits}f})")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="RESULTS/ROW")
    parser.add_argument("--json", type=pathlib.Path, required=True,
                        help="table to write")
    given = parser.parse_args()
    folder = given.folder
    if not folder.is_dir():
        sys.exit(f"table.py: {folder}: no such folder")
    seeds = read(folder)
    names = sorted({name for found in seeds.values() for name in found},
                   key=lambda name: (name not in SOURCES, name))
    samples = {(report["samples"], report["split"])
               for found in seeds.values() for report in found.values()}
    if len(samples) != 1:
        sys.exit(f"table.py: {folder}: expected reports of one set of samples, "
                 f"found {sorted(samples)}")
    rows = [row_of(name, seeds) for name in names]
    given.json.write_text(
        json.dumps({"row": folder.name, "variants": rows}, indent=1) + "\n")
    count, split = samples.pop()
    print(f"{folder.name}: {count} {split} samples, accuracy and gap in percent\n")
    print("| network | seeds | accuracy | gap to ann | to relu | spikes/neuron |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['variant']} | {row['accuracy']['seeds']} "
              f"| {text(row['accuracy'])} | {text(row.get('gap_to_ann'))} "
              f"| {text(row.get('gap_to_relu'))} "
              f"| {text(row.get('spikes_per_neuron'))} |")


main()
