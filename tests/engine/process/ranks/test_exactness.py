"""Several ranks train the model that plain Keras trains on the same batches: weights, metrics, history; both backends.

Real processes and real collectives; Spark around them is tested elsewhere.
"""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from sparkeras.engine import backends
from sparkeras.engine.shards import StepRanges, row_order
from sparkeras.engine.spark_job import rendezvous
from tests.engine.process.ranks.cases import CASES
from tests.engine.process.ranks.one_rank import EPOCHS, SEED

pytestmark = [pytest.mark.torch] if backends.choose() == "torch" else []
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def trained(request, tmp_path_factory):
    """Train the selected cases; a function from a number of ranks to the folder of what they made."""
    selected = {2: [], 3: []}
    for test in request.session.items:
        if test.originalname == "test_ranks_train_what_plain_keras_trains":
            selected[test.callspec.params["ranks"]].append(test.callspec.params["name"])

    @functools.cache
    def train(ranks):
        folder = tmp_path_factory.mktemp(f"ranks{ranks}")
        address = f"127.0.0.1:{rendezvous._free_port('127.0.0.1')}"
        backend = backends.choose()
        command = [sys.executable, "-m", "tests.engine.process.ranks.one_rank", backend]
        environment = {**os.environ, **backends.environment(backend, 1)}
        processes = [
            subprocess.Popen(
                [*command, str(rank), str(ranks), address, str(folder), json.dumps(selected[ranks])],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for rank in range(ranks)
        ]
        said = [process.communicate(timeout=280)[0] for process in processes]
        assert [process.returncode for process in processes] == [0] * ranks, "\n".join(said)
        return folder

    return train


class UnionBatches(keras.utils.PyDataset):
    """What all ranks together see in each step, in the order that ``shards`` names."""

    def __init__(self, case, ranks):
        super().__init__()
        self.case, self.arrays, self.dealt = case, case.arrays(), case.deal(ranks)
        self.train, self.validation = zip(*(self._split(rows) for rows in self.dealt), strict=True)
        self.shares = [StepRanges(rank, tuple(map(len, self.train)), case.batch_size) for rank in range(ranks)]
        self.start(0)

    def _split(self, rows):
        count = round(len(rows) * self.case.validation)
        shuffled = rows[row_order(len(rows), SEED, -1)] if count else rows
        return shuffled[count:], shuffled[:count]

    def start(self, epoch):
        self.order = [rows[row_order(len(rows), SEED, epoch)] for rows in self.train]

    def __len__(self):
        return self.shares[0].steps

    def __getitem__(self, step):
        return self.rows(self.numbers(step))

    def numbers(self, step):
        """Return the row numbers of one step."""
        parts = [order[slice(*share.bounds(step))] for order, share in zip(self.order, self.shares, strict=True)]
        return np.concatenate(parts)

    def rows(self, rows):
        inputs = {name: self.arrays[f"input:{name}"][rows] for name in self.case.inputs}
        labels = [self.arrays[f"label:{name}"][rows] for name in self.case.labels]
        x, y = inputs if len(inputs) > 1 else inputs["x"], labels if len(labels) > 1 else (labels or [None])[0]
        if y is None:
            return (x,)
        if self.case.weight:
            return x, y, self.arrays["weight:weight"][rows]
        if self.case.class_weight:
            return x, y, np.array([self.case.class_weight.get(int(label), 1.0) for label in y], np.float32)
        return x, y


def plain(case, ranks):
    """Train the case by plain Keras on the union of the ranks' batches; return weights and history."""
    union, model = UnionBatches(case, ranks), case.build()
    starting = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: union.start(epoch))
    held_out = union.rows(np.concatenate(union.validation)) if case.validation else None
    history = model.fit(
        union, epochs=EPOCHS, shuffle=False, verbose=0, callbacks=[starting], validation_data=held_out
    ).history
    return [keras.ops.convert_to_numpy(v.value) for v in model.variables], history


# By default three ranks train what differs by their number, and what is nearly another case trains, on torch alone,
# which compiles nothing; "-m slow" trains all.
ON_JAX = backends.choose() == "jax"
WITH_3 = [] if ON_JAX else ["validation"]
NEARLY_OTHERS = (
    "cnn",
    "two outputs of different weights",
    "row weights",
    "add_loss",
    "gradient accumulation",
    "mixed_float16",
    "several optimizers in one",
    "own loss of a model",
    "a step of (x, y)",
    "sgd with momentum",
    "two inputs",
    "add_loss, a sum",
    "activity regulariser",
    "mean by weights",
    "own loss",
    "class weights",
    "l2",
    "add_loss, mean by weights",
    "add_loss in training",
    "sum",
    "clipping by global norm",
    "moving average of weights",
    "a layer without gradient",
    "own optimizer",
    "one step for all rows",
    "no labels",
)
PAIRS = [(name, 2, pytest.mark.slow if ON_JAX and name in NEARLY_OTHERS else ()) for name in CASES]
PAIRS += [(name, 3, () if name in WITH_3 else pytest.mark.slow) for name in CASES if not CASES[name].twins]


@pytest.mark.parametrize(("name", "ranks"), [pytest.param(name, ranks, marks=marks) for name, ranks, marks in PAIRS])
def test_ranks_train_what_plain_keras_trains(name, ranks, trained):
    case = CASES[name]
    weights, history = plain(case, ranks)
    for rank in range(ranks):
        with np.load(trained(ranks) / f"{name}-{rank}.npz") as found:
            for expected, key in zip(weights, found.files, strict=True):
                np.testing.assert_allclose(found[key], expected, **case.tolerance, err_msg=f"rank {rank}")
        figures = json.loads((trained(ranks) / f"{name}-{rank}.json").read_text())
        assert figures.keys() == history.keys()
        for figure, values in figures.items():
            np.testing.assert_allclose(values, history[figure], rtol=max(1e-4, case.tolerance["rtol"]), err_msg=figure)


@pytest.mark.parametrize("ranks", [2, 3])
def test_every_row_is_used_once_per_epoch(ranks):
    union = UnionBatches(CASES["an empty rank"], ranks)
    seen = np.concatenate([union.numbers(step) for step in range(len(union))]).tolist()
    assert sorted(seen) == list(range(101))
    assert len(union) == 5
