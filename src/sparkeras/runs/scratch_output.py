"""The files of a training from scratch: a run's folder with text folders as Spark writes them, at any path.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from sparkeras.datasets import local
from sparkeras.errors import RunFolderError
from sparkeras.runs.report.figures import class_metrics
from sparkeras.runs.report.rows import TestRows
from sparkeras.runs.run_folder import RunFolder
from sparkeras.spark import folders, session
from sparkeras.spark.error_messages import reason

SAMPLES = 15


@contextlib.contextmanager
def folder(output: str, master: str | None) -> Iterator[RunFolder]:
    """Give a RunFolder; at the end it lies at ``output``: whole, or not at all.

    Raises
    ------
    RunFolderError
        If something is there already.
    """
    if "://" not in local(output):
        with RunFolder.start(local(output), overwrite=None) as run:
            yield run
        return
    spark = session.get_or_start(master)
    try:
        is_there = folders.exists(spark, output)
    except Exception as error:  # Java's, of as many kinds as there are file systems
        raise RunFolderError(f"'{output}' cannot be written to: {reason(error)}.") from error
    if is_there:
        raise RunFolderError(f"'{output}' exists already. Choose another output folder.")
    with tempfile.TemporaryDirectory() as place:
        local_run = Path(place) / "run"
        with RunFolder.start(local_run) as run:
            yield run
        folders.put(spark, local_run, output)


def write_texts(
    run: RunFolder, history: Mapping[str, list[float]], prediction: np.ndarray, label: np.ndarray, classes: int
) -> None:
    """Write ``cost_history``, ``accuracy_history``, ``metrics`` and ``tests`` as folders of text, one line each.

    Parameters
    ----------
    run : RunFolder
    history : dict
        Of ``scratch.training.fit``.
    prediction, label : arrays (rows,)
        Class numbers of the test rows.
    classes : int

    Notes
    -----
    Costs and accuracies: a number per epoch. Metrics: ``(precision, recall, f1)`` per class in order, 0.0 where nothing
    can be divided. Tests: ``(prediction, label)`` of some rows.
    """
    lines = class_metrics(TestRows(label, prediction), range(classes))
    metrics = [[line[name] for name in ("precision", "recall", "f1")] for line in lines]
    some = np.random.default_rng(0).permutation(len(label))[:SAMPLES]
    texts = {
        "cost_history": map(repr, history["cost"]),
        "accuracy_history": map(repr, history["accuracy"]),
        "metrics": (str(tuple(float(value) if value == value else 0.0 for value in line)) for line in metrics),
        "tests": (str((int(prediction[i]), int(label[i]))) for i in some),
    }
    for name, lines_of_text in texts.items():
        place = run.file(name)
        place.mkdir()
        (place / "part-00000").write_text("".join(f"{line}\n" for line in lines_of_text), encoding="utf-8")
        (place / "_SUCCESS").touch()
