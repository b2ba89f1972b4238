"""One group of rows: all contenders on one network, T, schedule and batch.

They take turns: in each round every contender runs once, for about the same
time, so that what else the machine does meets all of them. Each row is stored
as a JSON file of its own; rows that are there are not measured again. NCC's
cpu engine runs along whenever a row is missing, and every row keeps the median
of the engine's turns in the same rounds, which is what its ratio is to.
"""
import dataclasses
import json
import statistics
import sys
import tempfile

import numpy as np

import contenders
import exported
import ncc
import peer

OURS = ["ncc-cpu", "ncc-torch"]


@dataclasses.dataclass(frozen=True)
class Group:
    network: str
    steps: int
    schedule: str
    batch: int

    def __str__(self):
        return (f"{self.network}.T{self.steps}.{self.schedule}"
                f".b{self.batch}")


@dataclasses.dataclass(frozen=True)
class Effort:
    rounds: int
    turn: float         # seconds per contender and round
    verified: int       # images whose outputs are compared
    patience: float     # seconds for one answer of a peer
    threads: int


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


class Turns:
    """A contender ready to take turns: seconds per image, one per turn."""

    def __init__(self):
        self.seconds = []
        self.row = {}


class OurTurns(Turns):
    def __init__(self, engine, effort):
        super().__init__()
        self.engine = engine
        self.images = engine.images_for(effort.turn)
        self.rss = 0

    def take(self):
        seconds, rss = self.engine.seconds_per_image(self.images)
        self.seconds.append(seconds)
        self.rss = max(self.rss, rss)

    def finish(self):
        starts = [self.engine.run(min(self.engine.batch, self.images))[2]
                  for _ in range(3)]
        self.row.update(first_result_seconds=statistics.median(starts),
                        max_rss=self.rss, images_per_turn=self.images)


class PeerTurns(Turns):
    def __init__(self, name, effort, *where):
        super().__init__()
        self.turn = effort.turn
        form, tried = peer.chosen_form(name, contenders.FORMS[name], *where,
                                       effort.patience)
        self.peer = peer.Peer(name, form, *where, effort.patience)
        self.row.update(form=form, forms_tried=tried,
                        first_result_seconds=self.peer.first_result())

    def take(self):
        answer = self.peer.ask("time", self.turn)
        self.seconds.append(answer["seconds"])
        self.row["images_per_turn"] = answer["images"]

    def finish(self):
        self.row["max_rss"] = self.peer.quit()


class Measurement:
    """Measures what is missing of a group."""

    def __init__(self, files, rows_folder, effort):
        self.files = files
        self.rows = rows_folder
        self.rows.mkdir(parents=True, exist_ok=True)
        self.effort = effort
        self.nc_run = ncc.run_and_measure(
            [files.programs["nc-run"], "--version"])[0].strip()

    def path_of(self, group, contender):
        return self.rows / f"{group}.t{self.effort.threads}.{contender}.json"

    def missing(self, group, names):
        return [name for name in names
                if not self.path_of(group, name).exists()]

    def store(self, group, contender, row):
        row = {**dataclasses.asdict(group), "contender": contender,
               "threads": self.effort.threads, "nc_run": self.nc_run, **row}
        path = self.path_of(group, contender)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(row, indent=1) + "\n")
        part.rename(path)

    def engine(self, group, name):
        return ncc.Engine(
            self.files.programs, name.removeprefix("ncc-"),
            self.files.network(group.network, group.steps, group.schedule),
            self.files.images(group.network), group.batch,
            self.effort.threads)

    def measure(self, group, names):
        """Measure and store the group's rows that are not there yet."""
        missing = self.missing(group, names)
        if not missing:
            return
        say(f"{group}: {', '.join(missing)}")
        ready = {"ncc-cpu": OurTurns(self.engine(group, "ncc-cpu"),
                                     self.effort)}
        for name in missing:
            if name not in ready:
                self.prepare(group, name, ready)
        for _ in range(self.effort.rounds):
            for name in list(ready):
                self.take_turn(group, name, ready)
        reference = statistics.median(ready["ncc-cpu"].seconds)
        for name, turns in ready.items():
            turns.finish()
            if name in missing:
                self.store(group, name, {
                    "seconds_per_image": statistics.median(turns.seconds),
                    "fastest": min(turns.seconds),
                    "slowest": max(turns.seconds),
                    "turns": turns.seconds,
                    "ncc_cpu_seconds_per_image": reference,
                    **turns.row,
                    **(self.explanation(group) if name == "ncc-cpu" else {})})

    def prepare(self, group, name, ready):
        try:
            if name in OURS:
                turns = OurTurns(self.engine(group, name), self.effort)
            else:
                turns = PeerTurns(
                    name, self.effort,
                    self.files.exported(group.network, group.steps),
                    self.files.images(group.network), group.batch,
                    self.effort.threads)
            agreement = self.agreement(group, name, turns)
        except (peer.Failed, RuntimeError) as error:
            self.give_up(group, name, str(error))
            return
        turns.row.update(agreement)
        say(f"{group}: {name}: {agreement['images_that_differ']} of "
            f"{agreement['images_compared']} images have other outputs")
        if agreement["images_that_differ"]:
            self.store(group, name, {**turns.row, "error": "does not agree"})
            if name not in OURS:
                turns.peer.stop()
            return
        ready[name] = turns

    def take_turn(self, group, name, ready):
        try:
            ready[name].take()
        except (peer.Failed, RuntimeError) as error:
            if name == "ncc-cpu":
                raise
            del ready[name]
            self.give_up(group, name, str(error))

    def give_up(self, group, name, why):
        say(f"{group}: {name}: {why}")
        self.store(group, name, {"error": why})

    def agreement(self, group, name, turns):
        """How many images have other readout sums than NCC's cpu engine."""
        count = self.effort.verified
        run, nodes = exported.load(self.files.exported(group.network,
                                                       group.steps))
        scale = nodes[-1]["scale"] / run["timesteps"]
        ours = self.engine(group, "ncc-cpu").outputs(count, scale)
        if name in OURS:
            theirs = turns.engine.outputs(count, scale)
        else:
            with tempfile.TemporaryDirectory() as folder:
                theirs = turns.peer.outputs(count, folder)
        differ = np.any(ours != theirs, axis=1)
        return {"images_compared": count,
                "images_that_differ": int(differ.sum()),
                "outputs_that_differ": int((ours != theirs).sum())}

    def explanation(self, group):
        """Densities and rates per layer, from a run of nc-run --explain."""
        engine = self.engine(group, "ncc-cpu")
        report = engine.run(engine.images_for(self.effort.turn), "--explain",
                            "--repeat", 3)[0]
        return {**ncc.explained(report), "spiking_layers": report["layers"],
                "synaptic_operations": report["synaptic_operations"],
                "dense_operations": report["dense_operations"]}
