"""Processes that train many cases ahead of the tests that ask for them; started again where one case breaks them."""

import contextlib
import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

from sparkeras.engine import backends
from sparkeras.engine.spark_job import rendezvous
from tests.conformance.runner import LOST

ROOT = Path(__file__).parents[2]
CASE_SECONDS = 250  # longest wait for one case
GRACE_SECONDS = 5


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
        self.begin()
        deadline = time.monotonic() + CASE_SECONDS
        while (missing := self._missing(number, kind)) and time.monotonic() < deadline:
            if not self.processes:
                self._start(number)
            elif any(process.poll() is not None for process in self.processes):
                time.sleep(GRACE_SECONDS)  # the others notice, and answer
                missing = self._missing(number, kind)
                lost = any(process.poll() == LOST for process in self.processes)  # in the case before, maybe
                if not missing or number == self.at_work or not (lost or self._missing(number - 1, kind)):
                    break  # this very case has ended them
                self.close()
                self._start(number)
            time.sleep(0.01)
        if missing:
            self.close()
        silent = {"error": "NoAnswer", "ours": False, "words": f"no answer; {self._last_words()}", "seconds": 0}
        return [silent if file in missing else pickle.loads(file.read_bytes()) for file in self._files(number, kind)]

    def _files(self, number, kind):
        return [self.folder / f"{number}-{rank}.{kind}" for rank in range(self.ranks)]

    def _missing(self, number, kind):
        return [file for file in self._files(number, kind) if not file.exists()]

    def _start(self, first):
        """Start the processes with the cases from number ``first`` on."""
        self.at_work = first
        later = {number: name for name, number in self.numbers.items() if number >= first}
        for number in later:  # what a rank wrote that had lost the others
            for file in [*self._files(number, "ranked"), *self._files(number, "plain")]:
                file.unlink(missing_ok=True)
        names = self.folder / f"from-{first}.json"
        names.write_text(json.dumps(later))
        address = f"127.0.0.1:{rendezvous._free_port('127.0.0.1')}"
        backend = backends.choose()
        command = [sys.executable, "-m", "tests.conformance.runner", backend]
        self.processes = [
            self._process([*command, str(rank), str(self.ranks), address, str(self.folder), str(names)], rank)
            for rank in range(self.ranks)
        ]

    def _process(self, command, rank):
        environment = {**os.environ, **backends.environment(backends.choose(), 1)}
        with open(self.folder / f"output-{rank}.txt", "ab") as output:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)

    def _last_words(self):
        outputs = [self.folder / f"output-{rank}.txt" for rank in range(self.ranks)]
        return " | ".join(output.read_text(errors="replace")[-500:] for output in outputs)

    def close(self):
        """End the processes."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
        self.processes = []
