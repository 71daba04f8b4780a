"""One training from scratch: rows, blocks, steps, test, run folder.

Runs on: driver.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkeras import datasets
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.progress_bar import ProgressBar
from sparkeras.errors import DataError, InvalidColumnError, SetupError
from sparkeras.plots import insides
from sparkeras.runs import held_out
from sparkeras.runs.predictions import data_facts
from sparkeras.runs.report import TestRows, WrongRow, write_report
from sparkeras.runs.run_folder import RunFolder
from sparkeras.runs.scratch_output import write_texts
from sparkeras.runs.scratch_settings import WAYS, ScratchSettings, refusing
from sparkeras.runs.scratch_twin import keras_twin
from sparkeras.runs.training_events import Event
from sparkeras.runs.versions import versions
from sparkeras.scratch.network import hits
from sparkeras.scratch.on_spark import Blocks
from sparkeras.scratch.training import fit
from sparkeras.spark import session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from rich.console import Console

Start = Callable[[], "SparkSession"]

MOST_MISTAKES = 25
FEW_ROWS = 10_000


class ScratchRun:
    """One training from scratch: read, train, test and report.

    Parameters
    ----------
    read : callable
        From a function that starts Spark to the ``datasets.Arrays``.
    settings : ScratchSettings
    folder : RunFolder
    console : rich.console.Console
    master : str or None
    scaled : bool
        Whether the features are scaled as the data set asks for; else they are taken as they are.
    """

    def __init__(
        self,
        read: Callable[[Start], datasets.Arrays],
        settings: ScratchSettings,
        folder: RunFolder,
        console: Console,
        master: str | None = None,
        scaled: bool = False,
    ) -> None:
        self.read, self.settings, self.folder, self.console = read, settings, folder, console
        self.master, self.scaled = master, scaled
        self.seconds: dict[str, float] = {}
        self.spark: SparkSession | None = None

    def train(self) -> None:
        """Train the network on the training rows."""
        began = time.monotonic()
        self.arrays = self.read(self._start)
        if self.arrays.num_classes is None:
            raise DataError("The network from scratch learns classes, and the labels of this data are amounts.")
        self.seconds["data"] = time.monotonic() - began - self.seconds.get("Spark start", 0)
        spark, x, t = self._start(), self._rows(self.arrays.x_train), self._targets(self.arrays.y_train)
        self.network = self.settings.network(x.shape[1], t.shape[1])
        parameters = sum(w.size for w in self.network.weights)
        self.console.print(
            f"Training {self._name()} ({parameters:,} parameters) from scratch on {self.arrays.name}: {len(x):,} rows, "
            f"NumPy {np.__version__} on Spark {spark.version}",
            highlight=False,
        )
        if len(x) < FEW_ROWS and self.settings.optimizer == "bold_driver" and self.settings.fraction < 1:
            self.console.print(
                "Few rows: the cost of each step's own sample is noisy, and the bold driver brakes for chance. "
                "With --fraction 1 it learns.",
                highlight=False,
            )
        began = time.monotonic()
        with ProgressBar(self.settings.epochs, self.console) as bar:
            frame = datasets.frame_from_arrays(spark, x, t)
            try:
                # A block per task that runs at once: more would only be more to begin and to add up.
                blocks = Blocks(frame, partitions=self.settings.partitions or session.slots(spark))
            except ValueError as error:
                raise InvalidColumnError(str(error)) from error
            with blocks:
                self.seconds["blocks"] = time.monotonic() - began
                self._fit(blocks, bar)

    def _fit(self, blocks: Blocks, bar: ProgressBar) -> None:
        plan, began = self.settings.plan(), time.monotonic()
        self._send(bar, {"event": "start", "steps": plan.steps(blocks.rows), "rows": blocks.rows})

        def on_epoch(history: dict[str, list[float]]) -> None:
            logs = {"accuracy": history["accuracy"][-1], "loss": history["cost"][-1]}
            seconds = history["seconds"][-1]
            self._send(bar, {"event": "epoch", "epoch": len(history["cost"]), "logs": logs, "seconds": seconds})

        self.history = refusing(
            fit,
            self.network,
            self.settings.make_optimizer(),
            blocks,
            self.settings.epochs,
            plan,
            on_epoch,
            WAYS[self.settings.way],
        )
        self.seconds["epochs"] = time.monotonic() - began
        if not np.isfinite(self.history["cost"][-1]):
            self.console.print("The cost is not a number any more: take a smaller learning rate.", highlight=False)

    def write(self, **settings: Any) -> None:
        """Test the network on the held-out rows and fill the run's folder; ``settings`` are reported with its own."""
        began = time.monotonic()
        arrays, x, t = self.arrays, self._rows(self.arrays.x_test), self._targets(self.arrays.y_test)
        y = self.network.forward(x)
        self.figures = {
            "train": {"loss": self.history["cost"][-1], "accuracy": self.history["accuracy"][-1]},
            "test": {"loss": float(self.network.loss.cost(y, t)) / len(x), "accuracy": hits(y, t) / len(x)},
        }
        self.seconds["test"] = time.monotonic() - began
        test = datasets.frame_from_arrays(self._start(), arrays.x_test, arrays.y_test)
        twin = keras_twin(self.network, arrays.input_shape, arrays.fitted_scaling() if self.scaled else None)
        twin.save(self.folder.file("model.keras"))
        prediction = y.argmax(axis=1)
        write_texts(self.folder, self.history, prediction, arrays.y_test, t.shape[1])
        write_report(
            self.folder,
            data=data_facts(arrays, len(arrays.x_train), len(x)) | held_out.facts(test, arrays.schema),
            model={"name": self._name(), "layers": insides.layers(twin)},
            parameters=twin.count_params(),
            settings=self.settings.reported() | settings,
            versions=versions(),
            seconds=self.seconds,
            figures=self.figures,
            history=self._keras_history(),
            test=TestRows(arrays.y_test, prediction, None, self._mistakes(y, prediction)),
        )

    def _start(self) -> SparkSession:
        if self.spark is None:
            began = time.monotonic()
            self.spark = session.get_or_start(self.master)
            self.seconds["Spark start"] = time.monotonic() - began
            if session.is_connect(self.spark):
                raise SetupError(
                    "The network from scratch works with RDDs, which Spark Connect does not offer. Use --master."
                )
        return self.spark

    def _send(self, bar: ProgressBar, event: Event) -> None:
        bar(event)
        self.folder.progress(event)

    def _rows(self, x: np.ndarray) -> np.ndarray:
        """Return features as the network takes them: flat, float32, scaled if asked for."""
        return self.arrays.scaled(x) if self.scaled else x.reshape(len(x), math.prod(x.shape[1:])).astype(np.float32)

    def _targets(self, y: np.ndarray) -> np.ndarray:
        return np.eye(self.arrays.num_classes or 0, dtype=np.float32)[y]

    def _name(self) -> str:
        sizes = [w.shape[-1] for w in self.network.weights[::2]]
        return "-".join(map(str, [self.network.weights[0].shape[-2], *sizes]))

    def _mistakes(self, y: np.ndarray, prediction: np.ndarray) -> list[WrongRow]:
        label = self.arrays.y_test
        wrong = np.flatnonzero(prediction != label)
        confidence = y.max(axis=1)
        worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_MISTAKES]
        rows = self._rows(self.arrays.x_test[worst])
        return [WrongRow(row, label[i], prediction[i]) for row, i in zip(rows, worst, strict=True)]

    def _keras_history(self) -> TrainingHistory:
        pairs = zip(self.history["cost"], self.history["accuracy"], strict=True)
        epochs = [{"accuracy": accuracy, "loss": cost} for cost, accuracy in pairs]
        rows = len(self.arrays.x_train)
        steps = self.settings.plan().steps(rows)
        return TrainingHistory(epochs, self.history["seconds"], dict(self.seconds), rows, steps)
