"""Processes that train many cases ahead of the tests that ask for them; started again where one case breaks them."""

import contextlib
import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

from sparkeras import backends
from sparkeras.cluster import rendezvous

ROOT = Path(__file__).parents[2]
CASE_SECONDS = 150  # longest wait for one case


class Crew:
    """A number of ranks that train cases in the order of ``names``.

    Parameters
    ----------
    ranks : int
    names : list of str
    folder : Path
        An empty one, for what they write.
    """

    def __init__(self, ranks, names, folder):
        self.ranks, self.folder = ranks, folder
        self.numbers = {name: number for number, name in enumerate(names)}
        self.processes = []

    def begin(self):
        """Start with the first case, unless that was done."""
        if not hasattr(self, "at_work"):
            self._start(0)

    def outcomes(self, name, kind="ranked"):
        """Return what each rank says of a case: ``runner.attempt``'s, or an error for a rank that never answered."""
        number = self.numbers[name]
        files = [self.folder / f"{number}-{rank}.{kind}" for rank in range(self.ranks)]
        deadline = time.monotonic() + CASE_SECONDS
        while not all(file.exists() for file in files):
            if not any(process.poll() is None for process in self.processes):
                if self.processes and self.at_work >= number:
                    break  # it was this very case that ended them
                self._start(number)
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        else:
            return [pickle.loads(file.read_bytes()) for file in files]
        self.end()
        silent = {"error": "NoAnswer", "ours": False, "words": f"no answer; {self._last_words()}", "seconds": 0}
        return [pickle.loads(file.read_bytes()) if file.exists() else silent for file in files]

    def _start(self, first):
        """Start the processes with the cases from number ``first`` on."""
        self.at_work = first
        names = self.folder / f"from-{first}.json"
        names.write_text(json.dumps({number: name for name, number in self.numbers.items() if number >= first}))
        address = f"127.0.0.1:{rendezvous._free_port('127.0.0.1')}"
        backend = backends.choose()
        command = [sys.executable, "-m", "tests.conformance.runner", backend]
        self.processes = []
        for rank in range(self.ranks):
            with open(self.folder / f"output-{rank}.txt", "ab") as output:
                self.processes.append(
                    subprocess.Popen(
                        [*command, str(rank), str(self.ranks), address, str(self.folder), str(names)],
                        cwd=ROOT,
                        env={**os.environ, **backends.environment(backend, 1)},
                        stdout=output,
                        stderr=subprocess.STDOUT,
                    )
                )

    def _last_words(self):
        outputs = [self.folder / f"output-{rank}.txt" for rank in range(self.ranks)]
        return " | ".join(output.read_text(errors="replace")[-500:] for output in outputs)

    def end(self):
        """End the processes."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
        self.processes = []
