"""One contender in a process of its own, told what to do line by line.

usage: worker.py CONTENDER FORM NETWORK.npz IMAGES.npz BATCH THREADS

FORM is words joined by commas, or "all": then the forms are timed one after
the other and the answer to the one line that matters ("choose") is the fastest.
Each line of stdin is a command; each is answered by one line of JSON:

    first            one batch, the first ever; "seconds" of it
    choose           {"form": ..., "seconds": {form: seconds per image}}
    outputs N FILE   readout sums of the first N images, as .npy
    time S           passes over batches for at least S seconds (at least one):
                     {"seconds": per image, "images": how many}
    quit             {"max_rss": bytes}
"""
import json
import sys
import time

import numpy as np
import torch

import contenders
import exported


class Worker:
    def __init__(self, contender, form, network, images, batch, threads):
        torch.set_num_threads(threads)
        self.contender = contender
        self.run, self.nodes = exported.load(network)
        with np.load(images) as file:
            stored = file["x"]
        self.stored = stored if stored.ndim == 4 else stored[:, None]
        self.batch = batch
        self.position = 0
        self.inputs = {}
        self.form = form
        self.call = None if form == "all" else self.make(form)

    def make(self, form):
        return contenders.CONTENDERS[self.contender](
            self.run, self.nodes, tuple(form.split(",")))

    def images(self, first, count):
        """x [count, ...] as the input node holds them."""
        node = next(n for n in self.nodes if n["kind"] == "input")
        stored = self.stored[first:first + count]
        return torch.from_numpy(
            exported.input_integers(self.run, node, stored))

    def next_batch(self):
        """Batches in turn, prepared before they are timed."""
        if self.position + self.batch > len(self.stored):
            self.position = 0
        if self.position not in self.inputs:
            self.inputs[self.position] = self.images(self.position, self.batch)
        x = self.inputs[self.position]
        self.position += self.batch
        return x

    def timed_call(self, call):
        x = self.next_batch()
        began = time.perf_counter()
        call(x).sum().item()
        return time.perf_counter() - began

    def first(self):
        return {"seconds": self.timed_call(self.call)}

    def choose(self):
        seconds = {}
        for words in contenders.FORMS[self.contender]:
            form = ",".join(words)
            try:
                call = self.make(form)
                self.timed_call(call)
                took = [self.timed_call(call)]
                while sum(took) < 0.3 and len(took) < 20:
                    took.append(self.timed_call(call))
                seconds[form] = float(np.median(took)) / self.batch
            except Exception as error:
                print(f"worker: {self.contender} as {form}: {error}",
                      file=sys.stderr)
        if not seconds:
            raise RuntimeError("no form works")
        return {"form": min(seconds, key=seconds.get), "seconds": seconds}

    def outputs(self, count, path):
        """Whole batches; the last may reach beyond `count`."""
        sums = []
        for first in range(0, int(count), self.batch):
            sums.append(self.call(self.images(first, self.batch)).numpy())
        np.save(path, np.concatenate(sums)[:int(count)])
        return {}

    def time(self, seconds):
        took = [self.timed_call(self.call)]
        while sum(took) < float(seconds):
            took.append(self.timed_call(self.call))
        images = len(took) * self.batch
        return {"seconds": sum(took) / images, "images": images}

    def quit(self):
        """Of this process alone: getrusage counts the one that forked, too."""
        with open("/proc/self/status") as file:
            line = next(line for line in file if line.startswith("VmHWM"))
        return {"max_rss": int(line.split()[1]) * 1024}


def main():
    contender, form, network, images, batch, threads = sys.argv[1:]
    answers = sys.stdout
    sys.stdout = sys.stderr
    worker = Worker(contender, form, network, images, int(batch), int(threads))
    with torch.inference_mode():
        for line in sys.stdin:
            command, *words = line.split()
            answer = getattr(worker, command)(*words)
            print(json.dumps(answer), file=answers, flush=True)
            if command == "quit":
                return


main()
