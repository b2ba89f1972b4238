#!/usr/bin/env python3
"""Reports of nc-run (the ANN's first) to one markdown table on stdout.

usage: table.py ROW ANN.json VARIANT.json ... --json TABLE.json
"""
import json
import pathlib
import sys


def main():
    words = sys.argv[1:]
    at = words.index("--json")
    target = words[at + 1]
    row, ann_path, *paths = words[:at] + words[at + 2:]
    ann = json.loads(pathlib.Path(ann_path).read_text())
    table = []
    for path in paths:
        report = json.loads(pathlib.Path(path).read_text())
        neurons = sum(layer["neurons"] for layer in report["layers"])
        spikes = sum(layer["neurons"] * layer["spikes_per_neuron"]
                     for layer in report["layers"])
        table.append({
            "variant": pathlib.Path(path).stem.removeprefix(row + "-"),
            "schedule": report["schedule"],
            "timesteps": report["timesteps"],
            "accuracy": report["accuracy"],
            "gap": ann["accuracy"] - report["accuracy"],
            "samples": report["samples"],
            "split": report["split"],
            "spikes_per_neuron": spikes / neurons,
            "engine": report["engine"],
        })
    pathlib.Path(target).write_text(
        json.dumps({"row": row, "ann": ann["accuracy"],
                    "variants": table}, indent=1) + "\n")
    print(f"{row}: ANN {100 * ann['accuracy']:.2f} % on the "
          f"{ann['samples']} {ann['split']} samples\n")
    print("| schedule, T, neuron | accuracy | gap | spikes/neuron |")
    print("|---|---|---|---|")
    for each in table:
        print(f"| {each['variant']} | {100 * each['accuracy']:.2f} % "
              f"| {100 * each['gap']:.2f} | {each['spikes_per_neuron']:.2f} |")


main()
