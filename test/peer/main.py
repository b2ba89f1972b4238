"""usage: main.py BIN_FOLDER CASES TEST (see run)"""
import importlib
import pathlib
import subprocess
import sys
import tempfile

PACKAGES = {
    "files": ["nir"], "plain": ["nir", "torch"],
    "snntorch": ["nir", "nirtorch", "torch", "snntorch"],
    "norse": ["nir", "nirtorch", "torch", "norse"],
    "spikingjelly": ["nir", "nirtorch", "torch", "spikingjelly"],
    "sinabs": ["nir", "nirtorch", "torch", "sinabs"],
}
PROFILES = {"plain": ["generic", "exact"]}
ALL = ["generic", "exact", "snntorch", "norse", "spikingjelly", "sinabs"]


def require_packages(test):
    needed = PACKAGES.get(test, sum(PACKAGES.values(), []))
    for package in [*needed, "h5py", "numpy"]:
        try:
            importlib.import_module(package)
        except ImportError as error:
            print(f"peer: SKIPPED: {error}; scripts/peers installs it",
                  file=sys.stderr)
            sys.exit(77)


def cases(program, folder):
    """The networks of NCC's engine tests, as files."""
    subprocess.run([program, folder], check=True)
    return sorted(pathlib.Path(folder).glob("*.snn"))


def drawn(network, binaries, count=3, seed=0):
    """Whole numbers within the limits of the network's input."""
    import json

    import numpy as np
    graph = json.loads(subprocess.run([binaries / "nc-dis", network, "--json"],
                                      check=True, capture_output=True).stdout)
    node = next(n for n in graph["nodes"] if n["kind"] == "input")["fields"]
    random = np.random.default_rng(seed)
    if node["step"] == 0:
        return random.uniform(0, 1, [count, *node["shape"]]).astype(np.float32)
    x = random.integers(node["low"], node["high"] + 1, [count, *node["shape"]])
    return (x * node["step"]).astype(np.float32)


def check_files(binaries, program, work):
    """nir.read takes every file that is written, and the same network gives
    the same bytes; what is not written is refused by the name of its nodes."""
    import nir

    import peers
    written = refused = 0
    for network in cases(program, work):
        for profile in ALL:
            try:
                path, _ = peers.export(binaries, network, profile)
            except peers.Refused as reason:
                refused += 1
                if "node '" not in str(reason) and "schedule" not in str(reason):
                    raise SystemExit(f"{network.name}: {reason}")
                continue
            graph = nir.read(path, type_check=True)
            if "input" not in graph.nodes or "output" not in graph.nodes:
                raise SystemExit(f"{path.name}: nir.read added nodes")
            if len(graph.inputs) != 1 or len(graph.outputs) != 1:
                raise SystemExit(f"{path.name}: nir.read added ends")
            before = path.read_bytes()
            peers.export(binaries, network, profile)
            if path.read_bytes() != before:
                raise SystemExit(f"{path.name}: other bytes the second time")
            written += 1
    print(f"nir {nir.version}: {written} files read, {refused} refused by name")
    if written < 100 or refused < 50:
        raise SystemExit("expected more of both")


def check_case(binaries, network, profile, x):
    import peers
    found = peers.compare(binaries, network, x, profile)
    if not found.none():
        raise SystemExit(
            f"{network.name}, {profile}: {found.differing} of {found.spikes} "
            f"spikes differ {found.layers}, {found.outputs} outputs")
    return found


def require_activity(network, rates):
    """Layers that never spike, or always, would hide differences."""
    if not all(0.01 < rate < 0.9 for rate in rates.values()):
        raise SystemExit(f"{network.name}: expected layers that spike: {rates}")


def check_encodings(binaries, work, profile):
    import networks
    for encoding in ("direct", "rate", "latency", "events"):
        for readout in ("sum", "membrane"):
            network, x = networks.encoded(binaries, encoding, readout, work)
            check_case(binaries, network, profile, x)


def check_consumer(binaries, program, work, test):
    import networks
    import peers
    total = ran = refused = 0
    for profile in PROFILES.get(test, [test]):
        for name in networks.NAMES:
            network, x = networks.make(binaries, name, work)
            found = check_case(binaries, network, profile, x)
            require_activity(network, found.rates)
            total += found.spikes
        check_encodings(binaries, work, profile)
        for network in cases(program, work / "cases"):
            try:
                total += check_case(binaries, network, profile,
                                    drawn(network, binaries)).spikes
                ran += 1
            except peers.Refused:
                refused += 1
    print(f"{test}: {total} spikes and their absences of {len(networks.NAMES)} "
          f"networks and {ran} small ones, none differs ({refused} refused)")
    if ran < 20:
        raise SystemExit("expected more small networks")


def cell(measure, *words):
    try:
        found = measure(*words)
    except Exception as error:  # whatever the consumer's import raises
        return f"does not run ({type(error).__name__})"
    percent = 100 * found.differing / found.spikes
    return (f"{found.differing} of {found.spikes} ({percent:.2g} %), "
            f"{found.answers} answers")


def print_table(binaries, work):
    """Rows of the README: spikes and answers (of 32 images) that differ."""
    import networks
    import peers
    print("| profile | | " + " | ".join(networks.NAMES) + " |")
    for profile in ALL:
        made = [networks.make(binaries, name, work) for name in networks.NAMES]
        for title, measure in (("loader", peers.compare),
                               ("none", peers.without_loader)):
            cells = [cell(measure, binaries, network, x, profile)
                     for network, x in made]
            print(f"| {profile} | {title} | " + " | ".join(cells) + " |")


def main():
    binaries, program, test = (pathlib.Path(sys.argv[1]).resolve(),
                               pathlib.Path(sys.argv[2]).resolve(), sys.argv[3])
    require_packages(test)
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        (work / "cases").mkdir()
        if test == "files":
            check_files(binaries, program, work / "cases")
        elif test == "table":
            print_table(binaries, work)
        else:
            check_consumer(binaries, program, work, test)


main()
