"""scripts/bench: measures NCC's cpu engine beside others on this machine.

Compares `nc-run --engine cpu` with NCC's torch engine, SpikingJelly, snnTorch,
sinabs and PyTorch by hand (a loop, torch.compile, 8-bit integers), all on the
same integer network, images, T, batch and threads. Who does not give the same
readout sums is reported and not timed. See runtime/README.md, "Benchmark".
"""
import argparse
import importlib.util
import json
import os
import pathlib
import platform
import sys

import contenders
import growth
import group
import ncc
import networks
import report

ALL = group.OURS + list(contenders.CONTENDERS)
FULL = group.Effort(rounds=7, turn=1.0, verified=64, patience=1800, threads=0)
QUICK = group.Effort(rounds=3, turn=0.3, verified=64, patience=300, threads=0)


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__.split("\n\n")[0],
        epilog="example: scripts/bench --quick --only resnet20 "
               "--only ncc-cpu,torch-int8")
    parser.add_argument("--quick", action="store_true",
                        help="minutes: ResNet-20 and the Fashion CNN, T = 8, "
                             "shorter turns (rows in a folder of their own)")
    parser.add_argument("--only", action="append", default=[], metavar="NAMES",
                        help="networks, contenders or 'growth', by commas: "
                             + ", ".join(networks.NETWORKS + ALL))
    parser.add_argument("--steps", metavar="T,...",
                        help="default 4,8,32; with --quick 8")
    parser.add_argument("--batch", metavar="N,...", help="default 1,64")
    parser.add_argument("--schedule", metavar="NAMES",
                        help="default causal,exact")
    parser.add_argument("--threads", type=int, default=os.cpu_count(),
                        help="of every contender (default: %(default)s)")
    parser.add_argument("--rounds", type=int, help="turns of each contender")
    parser.add_argument("--bin", default=str(ncc.ROOT / "build/bin"),
                        help="folder of NCC's programs (default: build/bin)")
    parser.add_argument("--results", metavar="DIR", type=pathlib.Path,
                        default=ncc.HERE / "results",
                        help="default: scripts/bench.d/results")
    parser.add_argument("--report", action="store_true",
                        help="measure nothing, print what is stored")
    return parser.parse_args()


def listed(text, default):
    return text.split(",") if text else default


def chosen(options):
    """(networks, contenders, whether growth) that --only leaves."""
    words = [word for text in options.only for word in text.split(",")]
    unknown = set(words) - set(networks.NETWORKS + networks.WIDTHS + ALL
                               + ["growth"])
    if unknown:
        raise SystemExit(f"bench: --only: unknown {', '.join(sorted(unknown))}")
    default = ["fashion", "resnet20"] if options.quick else networks.NETWORKS
    nets = [word for word in words if word in networks.NETWORKS +
            networks.WIDTHS]
    names = [word for word in words if word in ALL]
    if not nets and words != ["growth"]:
        nets = default
    return nets, names or ALL, "growth" in words or not words


def installed(names):
    """Those whose package is there; says which are not."""
    kept = []
    for name in names:
        package = contenders.PACKAGE.get(name)
        if package and importlib.util.find_spec(package) is None:
            group.say(f"{name} is SKIPPED: {package} is not installed")
        else:
            kept.append(name)
    return kept


def groups_to_measure(options, nets):
    steps = [int(t) for t in listed(options.steps, ["8"] if options.quick
                                    else ["4", "8", "32"])]
    batches = [int(n) for n in listed(options.batch, ["1", "64"])]
    for network in nets:
        for t in steps:
            for schedule in listed(options.schedule, ["causal", "exact"]):
                for batch in batches:
                    yield group.Group(network, t, schedule, batch)


def contenders_for(each, names):
    """Only NCC's engines know the exact schedule."""
    if each.schedule == "causal":
        return names
    return [name for name in names if name in group.OURS]


def version_of(programs):
    return ncc.run_and_measure([programs["nc-run"], "--version"])[0].strip()


def machine_lines(options, programs):
    """What the numbers were measured on."""
    import importlib.metadata as metadata
    cpu = platform.processor() or "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":")[1].strip()
            break
    versions = [version_of(programs)]
    for package in ("torch", "spikingjelly", "snntorch", "sinabs"):
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{package} not installed")
    load = os.getloadavg()[0]
    return [f"{cpu}, {os.cpu_count()} cores, {options.threads} threads each",
            ", ".join(versions),
            f"load of the machine when this was written: {load:.1f}",
            "times exclude reading data and starting processes; first result "
            "is from the start of the process, one batch",
            "times are of warm contenders that have their inputs ready-made",
            "the others run the causal schedule at the same T; none of them "
            "has the exact one"]


def warn_of_others(folder, version):
    """Rows that another version of nc-run measured are kept, but not hidden."""
    others = {row["nc_run"] for row in report.rows_in(folder / "rows")}
    if others - {version}:
        group.say(f"stored rows are of {', '.join(sorted(others))}; "
                  f"this is {version} (delete {folder} to measure anew)")


def write_report(options, folder, programs):
    rows = report.rows_in(folder / "rows")
    points = report.rows_in(folder / "growth")
    machine = machine_lines(options, programs)
    (folder / "bench.json").write_text(json.dumps(
        {"machine": machine, "rows": rows, "growth": points}, indent=1) + "\n")
    text = report.markdown(machine, rows, points)
    (folder / "bench.md").write_text(text)
    return text


def main():
    options = parse_options()
    folder = options.results / ("quick" if options.quick else "full")
    programs = ncc.Programs(options.bin)
    effort = QUICK if options.quick else FULL
    effort = group.dataclasses.replace(
        effort, threads=options.threads,
        rounds=options.rounds or effort.rounds)
    files = ncc.Files(programs, options.results / "networks")
    nets, names, grow = chosen(options)
    if not options.report:
        names = installed(names)
        measurement = group.Measurement(files, folder / "rows", effort)
        warn_of_others(folder, version_of(programs))
        for each in groups_to_measure(options, nets):
            measurement.measure(each, contenders_for(each, names))
            write_report(options, folder, programs)
        if grow:
            points = growth.quick_points() if options.quick else growth.points()
            growth.measure(files, folder / "growth", effort, points)
    print(write_report(options, folder, programs), end="")
    print(f"bench: wrote {folder}/bench.md and bench.json", file=sys.stderr)


if __name__ == "__main__":
    main()
