#!/usr/bin/env python3
"""Puts what `make sim`, `synth` and `bitstream` measured into report.json, and
prints the report. What was not run is left as it was."""
import json
import pathlib
import re
import sys

BUILD = pathlib.Path("build")


def simulated(report):
    for name in ("sim", "sim-fast"):
        log = BUILD / f"{name}.log"
        if not log.exists():
            continue
        found = re.search(r"(\d+) samples of (\d+) steps in (\d+) clocks",
                          log.read_text())
        samples, steps, clocks = map(int, found.groups())
        report["cycles"]["measured"] = {
            "how": "simulated, the stored probe, samples back to back",
            "samples": samples, "clocks": clocks,
            "per_sample": round(clocks / samples, 1),
            "per_step": round(clocks / samples / steps, 1)}


def cells(stat):
    counts = {}
    for key, number in stat["design"]["num_cells_by_type"].items():
        for kind, pattern in (("lut", r"SB_LUT4|LUT4"), ("ff", r"SB_DFF|TRELLIS_FF"),
                              ("carry", r"SB_CARRY|CCU2C"),
                              ("block_ram", r"SB_RAM40|DP16KD|PDPW16KD"),
                              ("lut_ram", r"TRELLIS_DPR16X4"),
                              ("dsp", r"SB_MAC16|MULT18X18D")):
            if re.match(pattern, key):
                counts[kind] = counts.get(kind, 0) + number
    return counts


def clock_of(placed):
    """What the slowest clock reaches, and what was aimed at."""
    clocks = placed["fmax"].values()
    if not clocks:
        return {}
    slowest = min(clocks, key=lambda clock: clock["achieved"])
    return {"fmax_mhz": round(slowest["achieved"], 2),
            "aim_mhz": round(slowest["constraint"], 2),
            "aim_met": slowest["achieved"] >= slowest["constraint"]}


def tell_clock(device):
    row = clock_of(json.loads((BUILD / f"{device}.report.json").read_text()))
    if row:
        word = "" if row["aim_met"] else ": missed"
        print(f"{device}: {row['fmax_mhz']} MHz, aim {row['aim_mhz']} MHz{word}")


def built(report):
    for stat in sorted(BUILD.glob("*.stat.json")):
        device = stat.name.removesuffix(".stat.json")
        row = {"synthesis": cells(json.loads(stat.read_text()))}
        placed = BUILD / f"{device}.report.json"
        if placed.exists():
            data = json.loads(placed.read_text())
            row["used"] = {kind: f"{use['used']} of {use['available']}"
                           for kind, use in data["utilization"].items()
                           if use["used"]}
            row.update(clock_of(data))
        for packed in (BUILD / f"{device}.bin", BUILD / f"{device}.bit"):
            if packed.exists():
                row["bitstream_bytes"] = packed.stat().st_size
        measured = report["cycles"].get("measured")
        if measured and "fmax_mhz" in row:
            row["sample_us"] = round(measured["per_sample"] / row["fmax_mhz"], 2)
        report.setdefault("built", {})[device] = row


def show(value, indent=""):
    for key, item in value.items():
        if isinstance(item, dict):
            print(f"{indent}{key}")
            show(item, indent + "  ")
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            print(f"{indent}{key}")
            for row in item:
                print(f"{indent}  " + "  ".join(
                    f"{name} {cell}" for name, cell in row.items()))
        else:
            print(f"{indent}{key}: {item}")


def main():
    path = pathlib.Path("report.json")
    report = json.loads(path.read_text())
    simulated(report)
    built(report)
    path.write_text(json.dumps(report, indent=1) + "\n")
    show(report)


if sys.argv[1:2] == ["--clock"]:
    tell_clock(sys.argv[2])
else:
    main()
