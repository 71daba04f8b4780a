"""How long does a training that lost a worker stand still? Seconds from the kill to the first step after it.

Run: python benchmarks/bench_recover.py [ROUNDS]

Two workers in executors of their own (local-cluster[2,1,1024]), 64-32-10 on digits, a checkpoint each epoch, one retry.
In the middle of the third epoch the training process of rank 1 is killed, or its executor. The start of a training that
nothing happens to, from the call to its first step, is the floor: a retry takes the same way.
"""

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import keras
from table import median, show

EPOCHS, BATCH = 4, 32
KILL_EPOCH, KILL_STEP = 2, 20


class Witness(keras.callbacks.Callback):
    """Kill rank 1 or its executor once, and write to a file when that and rank 0's first step happened."""

    def __init__(self, folder, victim):
        super().__init__()
        self.folder, self.victim, self.process = str(folder), victim, None

    def on_train_batch_begin(self, batch, logs=None):
        import jax

        # A resumed callback has the attributes of the one before, so that a count of steps would go on.
        self.first, self.process = self.process != os.getpid() and jax.process_index() == 0, os.getpid()
        if self.first:
            self._say("process", process_began(os.getpid()))
            self._say("begin", time.time())
        middle = jax.process_index() == 1 and (self.epoch, batch) == (KILL_EPOCH, KILL_STEP)
        if self.victim and middle and not self._said("kill"):
            self._say("kill", time.time())
            os.kill(os.getpid() if self.victim == "training process" else executor_of(os.getpid()), signal.SIGKILL)
            time.sleep(60)

    def on_train_batch_end(self, batch, logs=None):
        if self.first:
            self._say("step", time.time())

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def _say(self, what, when):
        with open(f"{self.folder}/times", "a") as file:
            file.write(json.dumps([what, when]) + "\n")

    def _said(self, what):
        path = Path(self.folder, "times")
        return path.exists() and f'"{what}"' in path.read_text()


def process_began(process):
    """Return the time at which a process of this machine started."""
    ticks = int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[19])
    up = float(Path("/proc/uptime").read_text().split()[0])
    return time.time() - up + ticks / os.sysconf("SC_CLK_TCK")


def executor_of(process):
    """Return the Spark executor that a training process descends from."""
    while b"CoarseGrainedExecutorBackend" not in Path(f"/proc/{process}/cmdline").read_bytes():
        process = int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return process


def build():
    """Return the compiled model."""
    keras.utils.set_random_seed(0)
    stack = [keras.layers.Dense(32, activation="relu"), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((64,)), keras.layers.Rescaling(1 / 16), *stack])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def timed(rows, victim):
    """Train once; return the seconds from the kill (from the call, without a victim) to each thing that followed.

    Returns
    -------
    dict
        ``known`` (the driver, None without a victim), ``process`` (rank 0's new one starts), ``begin`` and ``step``
        (its first step begins, is done).
    """
    from sparkeras.engine import params, training

    known = []
    with tempfile.TemporaryDirectory() as folder:
        settings = params.settings(
            epochs=EPOCHS,
            batch_size=BATCH,
            num_workers=2,
            threads_per_worker=1,
            callbacks=[Witness(folder, victim)],
            checkpoint_dir=f"{folder}/kept",
            max_retries=1,
        )
        model, called = build(), time.time()

        def note(event):
            if event["event"] == "retry":
                known.append(time.time())

        made = training.run(rows, model, settings, on_event=note)
        said = [json.loads(line) for line in Path(folder, "times").read_text().splitlines()]
    if len(made.history.failures) != bool(victim):
        raise RuntimeError(f"Expected {int(bool(victim))} failure, got {made.history.failures}")
    since = dict(said)["kill"] if victim else called
    after = {what: when - since for what, when in said if when >= since}  # the last of each
    return {**after, "known": known[0] - since if known else None}


def main():
    """Measure and print."""
    from sparkeras import datasets
    from sparkeras.spark import session

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    before = os.getloadavg()[0]
    spark = session.get_or_start("local-cluster[2,1,1024]")
    rows = datasets.load("digits", spark)[0].cache()
    timed(rows, None)  # the first training of a session starts Spark's Python workers too
    victims = ("training process", "executor")
    found = [{victim: timed(rows, victim) for victim in (None, *victims)} for _ in range(rounds)]
    table = []
    for victim in (None, *victims):
        columns = [[run[victim][name] for run in found] for name in ("known", "process", "begin", "step")]
        figures = ["-" if None in column else f"{median(column):.2f}" for column in columns]
        span = f"{min(columns[-1]):.2f}-{max(columns[-1]):.2f}"
        table.append((f"{victim} killed" if victim else "none (from the call)", *figures, span))
    names = ("driver knows", "new process starts", "first step begins", "first step done", "smallest-largest")
    show(
        "bench_recover: seconds from the kill to the first step after it",
        ("fault", *names),
        table,
        [
            f"Medians of {rounds} interleaved round(s), counted from the kill. The last column is of first steps done.",
            f"Other work on this machine: load average {before:.1f} before the benchmark began.",
        ],
    )


if __name__ == "__main__":
    main()
