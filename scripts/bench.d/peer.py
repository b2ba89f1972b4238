"""The driver's side of worker.py: a contender in Python, kept running."""
import json
import pathlib
import selectors
import subprocess
import sys
import time

import numpy as np

WORKER = pathlib.Path(__file__).with_name("worker.py")


class Failed(Exception):
    """A contender that stopped, or took too long."""


class Peer:
    """A worker process; `form` as in contenders.py, or "all"."""

    def __init__(self, contender, form, network, images, batch, threads,
                 patience):
        self.contender = contender
        self.patience = patience          # seconds for one answer
        self.began = time.perf_counter()
        words = [contender, form, network, images, batch, threads]
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), *map(str, words)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def ask(self, *words):
        """The answer to one command."""
        try:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed(self.last_words()) from None
        if not self.selector.select(self.patience):
            self.stop()
            raise Failed(f"no answer within {self.patience:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise Failed(self.last_words())
        return json.loads(line)

    def last_words(self):
        self.stop()
        lines = self.process.stderr.read().strip().splitlines()
        return lines[-1] if lines else "it stopped"

    def first_result(self):
        """Wall seconds from the start of the process to its first result."""
        self.ask("first")
        return time.perf_counter() - self.began

    def outputs(self, count, folder):
        path = pathlib.Path(folder) / f"{self.contender}.npy"
        self.ask("outputs", count, path)
        return np.load(path)

    def quit(self):
        """Max RSS in bytes."""
        rss = self.ask("quit")["max_rss"]
        self.process.wait()
        return rss

    def stop(self):
        self.process.kill()
        self.process.wait()


def chosen_form(contender, forms, *arguments):
    """The fastest form, and the seconds per image of each."""
    if len(forms) == 1:
        return ",".join(forms[0]), {}
    peer = Peer(contender, "all", *arguments)
    answer = peer.ask("choose")
    peer.quit()
    return answer["form"], answer["seconds"]
