"""Starts programs for the driver and says how long and how large they were.

Linux counts the memory of the process that forks into the max RSS of the one
that is started; this process is small, the driver is not. Each line of stdin
is a command as a JSON list; each answer is a line of JSON: exit status, wall
seconds, max RSS in bytes, stdout and stderr.
"""
import json
import os
import subprocess
import sys
import tempfile
import time


def run(words):
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return {"status": process.returncode, "seconds": wall,
                "max_rss": usage.ru_maxrss * 1024,
                "stdout": output.read().decode(),
                "stderr": errors.read().decode()}


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
