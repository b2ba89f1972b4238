"""NCC's own programs: making the networks, running them, what they cost."""
import functools
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import exported
import networks

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
CALIBRATED_STEPS = 8


class Programs:
    """The folder of nc-run and its family."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        if not (self.folder / "nc-run").exists():
            raise SystemExit(f"bench: no nc-run in {self.folder}; "
                             "scripts/build first, or --bin FOLDER")

    def __getitem__(self, name):
        return str(self.folder / name)

    def run(self, name, *words):
        subprocess.run([self[name], *map(str, words)], check=True)


class Files:
    """Networks and images in a working folder, each made once."""

    def __init__(self, programs, folder):
        self.programs = programs
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def made(self, name, make):
        """Path of `name`; made under another name first, so never half there."""
        path = self.folder / name
        if not path.exists():
            print(f"bench: making {name}", file=sys.stderr)
            part = path.with_name("part-" + name)
            make(part)
            part.rename(path)
        return path

    def images(self, network):
        kind = "fashion" if network == "fashion" else "structured"
        return self.made(kind + ".npz",
                         lambda path: networks.write_images(network, path))

    def model(self, network):
        if network == "fashion":
            return ROOT / "test/data/fashion_cnn.pt"
        return self.made(network + ".pt", lambda path: subprocess.run(
            [sys.executable, HERE / "networks.py", network,
             self.images(network), path], check=True))

    def folded(self, network):
        """Calibrated once for all T, without correction for one T."""
        def calibrate(path):
            self.programs.run(
                "nc-calibrate", self.model(network), "--data",
                self.images(network), "-T", CALIBRATED_STEPS, "--samples", 128,
                "--validation", 0, "--bias-correction", "off", "-q", "-o", path)
        calibrated = self.made(network + ".calibrated.snn", calibrate)
        return self.made(network + ".folded.snn", lambda path:
                         self.programs.run("nc-fold", calibrated, "-o", path))

    def network(self, network, steps, schedule, factor=1):
        """The spiking network; thresholds `factor` times as high."""
        name = f"{network}.{schedule}.T{steps}"
        path = self.made(name + ".snn", lambda path: self.programs.run(
            "nc-spike", self.folded(network), "-T", steps, "--schedule",
            schedule, "--neuron", "if", "-o", path))
        if factor == 1:
            return path
        return self.made(f"{name}.x{factor}.snn", lambda target:
                         self.raise_thresholds(path, factor, target))

    def raise_thresholds(self, path, factor, target):
        graph = exported.read_graph(self.programs["nc-dis"], path)
        graph = exported.with_thresholds_times(graph, factor)
        subprocess.run([self.programs["nc-as"], "-", "-o", target], check=True,
                       input=json.dumps(graph).encode())

    def exported(self, network, steps):
        snn = self.network(network, steps, "causal")
        return self.made(snn.stem + ".export.npz", lambda path: exported.export(
            self.programs["nc-dis"], snn, path))


@functools.cache
def launcher():
    return subprocess.Popen(
        [sys.executable, "-S", str(HERE / "launcher.py")], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def run_and_measure(words):
    """(stdout, wall seconds, max RSS in bytes) of a process that succeeds."""
    process = launcher()
    process.stdin.write(json.dumps(list(map(str, words))) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    if answer["status"]:
        raise RuntimeError(answer["stderr"][-400:].strip())
    return answer["stdout"], answer["seconds"], answer["max_rss"]


class Engine:
    """nc-run with one engine on one network and batch size."""

    def __init__(self, programs, engine, snn, images, batch, threads):
        self.words = [programs["nc-run"], snn, "--engine", engine, "--batch",
                      batch, "--threads", threads, "-q"]
        self.data = images
        self.batch = batch

    def run(self, images, *words):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "report.json"
            text, wall, rss = run_and_measure(
                [*self.words, "--data", f"{self.data},first={images}",
                 "--json", path, *words])
            report = json.loads(path.read_text())
        return report, text, wall, rss

    def seconds_per_image(self, images):
        """Of the second pass over the images: the first one sets things up."""
        report, _, _, rss = self.run(images, "--repeat", 2)
        return report["passes"][-1] / images, rss

    def images_for(self, seconds):
        """Whole batches that take about so long; at least 6, all there are at
        most."""
        at_least, at_most = 6 * self.batch, networks.IMAGES
        at_least = min(at_least, at_most)
        took, _ = self.seconds_per_image(at_least)
        wanted = int(seconds / took) // self.batch * self.batch
        return max(at_least, min(wanted, at_most // self.batch * self.batch))

    def outputs(self, images, scale):
        """Readout sums [images, classes]: outputs in units of `scale`."""
        import h5py
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "outputs.h5"
            self.run(images, "--outputs", path)
            with h5py.File(path) as file:
                return np.round(file["outputs"][:] / scale)


def explained(report):
    """The costs in the report of nc-run --explain, in GOP/s."""
    costs = report["costs"]
    layers = [{"name": layer["name"],
               "density": layer["density"] or None,
               "path": "events" if layer["share_by_events"] > 0.5 else "dense",
               "seconds": layer["seconds"],
               "gops_per_second": layer["operations_per_second"] / 1e9,
               "share_of_roofline": layer["roofline_share"]}
              for layer in costs["layers"]]
    return {"layers": layers,
            "roofline_gops_per_second":
                costs["roofline_operations_per_second"] / 1e9}
