"""One training from a data set's name to a run's folder: load, build, fit, test, report.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from sparkeras import datasets, fitting
from sparkeras.engine import logs, params, tracking
from sparkeras.engine.params import by_rows
from sparkeras.runs import broken_images, held_out_test, models, training_data, unlabelled
from sparkeras.runs.run_folder import Run, RunFolder
from sparkeras.runs.table_facts.facts import TableFacts
from sparkeras.runs.training_checks import balanced, class_counts, require_classes_to_balance, require_slots
from sparkeras.runs.training_events import Event, OnEvent, as_json
from sparkeras.spark import session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from sparkeras.engine.training import TrainingResult


class TrainingRun:
    """Train a model on a data set by name, test it on held-out rows, and write the run's folder with its report.

    Parameters
    ----------
    data : str
        A name of ``sparkeras.datasets.names()``, or a path as ``datasets.load`` takes it.
    model : str or None
        A name of ``sparkeras.zoo.names()``, or the path of a ``.keras`` file. None: ``"tabm"`` for a table with
        columns of any kind of fewer than 10,000 rows, ``"tabular"`` for a larger one; else ``"mlp"``.
    out : path
        The run's folder. It appears when the run is whole; a run that fails or is interrupted leaves nothing.
    label : str, optional
        The label column of a table; ``"label"`` by default.
    image_size : int
        Of a folder of images: pixels of a side that the model gets.
    backbone : str, optional
        Of the model ``"transfer"``: ``"imagenet"``, ``"digits"``, a run's folder or a ``.keras`` file.
    kinds : dict, optional
        Of a table: the kind of a column, ``"number"``, ``"category"``, ``"date"``, ``"text"``, ``"hashed"`` or
        ``"vector"``; ``"drop"`` leaves it out. Others are found by themselves.
    task : str, optional
        Of a table: ``"classification"`` or ``"regression"``; found by the label's values where it is not given.
    columns : str or list of str, optional
        Of a table: the columns to use; all where none is named.
    balance : bool
        Weigh each class by its rows, so that all weigh the same together.
    master : str, optional
        The Spark master, for example ``"local[4]"``, where no session is active.
    overwrite : bool
        Replace a run that is at ``out``.
    on_event : callable, optional
        Called with each event of the training, a dict, from several threads: see ``sparkeras.runs.training_events``.
    **settings
        Settings of ``sparkeras.fit``: ``epochs``, ``batch_size``, ``validation``, ``num_workers``, ``seed``,
        ``handle_invalid``, ``checkpoint_dir``, ``max_retries``, ... Epochs and batch size go by the number of rows, see
        ``training_data.defaults``. ``seed`` also draws the test rows, where the data set brings none.

    Attributes
    ----------
    model : keras.Model
        The trained model, once ``run`` has returned.

    Raises
    ------
    InvalidParamError
        For a setting that is unknown or outside its limits.

    Examples
    --------
    >>> from sparkeras.runs import TrainingRun
    >>> run = TrainingRun("digits", "mlp", "runs/first", epochs=10).run()
    >>> run.summary["figures"]["test"]["accuracy"]
    0.975
    """

    model: keras.Model
    data: training_data.TrainingData
    dataset: datasets.Dataset
    result: TrainingResult
    table: TableFacts | None = None

    def __init__(
        self,
        data: str,
        model: str | None,
        out: str | os.PathLike[str],
        *,
        label: str | None = None,
        image_size: int = datasets.IMAGE_SIZE,
        backbone: str | None = None,
        kinds: Mapping[str, str] | None = None,
        task: str | None = None,
        columns: str | Sequence[str] = (),
        balance: bool = False,
        master: str | None = None,
        overwrite: bool | None = None,
        on_event: OnEvent | None = None,
        **settings: Any,
    ) -> None:
        self.data_name, self.model_name, self.out = data, model or models.default(data), Path(out)
        self.is_named = model is not None
        self.kinds, self.task = dict(kinds or {}), task
        self.columns = [columns] if isinstance(columns, str) else list(columns)
        self.balance = balance
        self.label, self.image_size, self.master, self.overwrite = label, image_size, master, overwrite
        self.options = {"backbone": backbone} if backbone else {}
        chosen = {name: value for name, value in settings.items() if value is not None}
        self.settings, self.chosen = params.settings(**chosen), chosen.keys()
        self.on_event = on_event
        self.seconds: dict[str, float] = {}

    def run(self) -> Run:
        """Train, test and write the run's folder.

        Where MLflow's own variables (``MLFLOW_TRACKING_URI``, ...) ask for it, the run is logged there.

        Returns
        -------
        Run
            The finished run: its ``path``, ``summary``, ``metrics`` and ``predictions``.

        Raises
        ------
        RunFolderError
            If ``out`` exists and ``overwrite`` is not set, or it cannot be written.
        SparkerasError
            Of another kind, for data, a model or settings that do not fit together, or a training that failed.
        """
        is_tracked = tracking.active_run() is not None
        with contextlib.nullcontext() if is_tracked else tracking.run_of_environment(self.out.name):
            with RunFolder.start(self.out, self.overwrite) as folder:
                self._train(folder)
                figures = held_out_test.write(self, folder)
                self._send(
                    folder, {"event": "tested", "figures": {part: logs.numbers(figures[part]) for part in figures}}
                )
            tracking.log_folder(self.out)
        run = Run.open(self.out)
        if self.on_event:
            self.on_event({"event": "finished", "run": str(run.path), "figures": run.summary["figures"]})
        return run

    def _train(self, folder: RunFolder) -> None:
        """Fit the model on the training rows."""
        models.require_known(self.model_name)
        require_slots(self.master, self.settings.num_workers)
        rows = self._load(folder)
        self.model_name = self.model_name if self.is_named else models.default(self.data_name, rows)
        defaults: dict[str, Any] = training_data.defaults(rows, self.model_name, self.data.spec is not None)
        chosen = {name: value for name, value in defaults.items() if name not in self.chosen}
        self.settings = replace(self.settings, features=self.data.features, **chosen)
        keras.utils.set_random_seed(self.settings.seed)
        steps, seed = by_rows.steps(self.settings, rows), self.settings.seed
        self.model = models.build(self.model_name, self.data, self.options, seed, steps)
        if unlabelled.is_unlabelled(self.model):
            unlabelled.require_reportable(self.model)
            callbacks = unlabelled.callbacks(self.model, seed)
            self.settings = replace(self.settings, label=None, callbacks=callbacks)
        elif self.dataset.task == "classification":
            self._look_at_classes(folder)
        self._send_plan(folder, rows)
        with broken_images.named(self.dataset.train):
            self.result = fitting.train_in_place(
                self.model, self.dataset.train, self.settings, on_event=lambda event: self._send(folder, event)
            )
        self.seconds |= self.result.history.parts
        self._send(folder, {"event": "trained", "rows": self.result.history.rows, "seconds": dict(self.seconds)})
        left_out = rows - self.result.history.rows if self.settings.validation is None else 0
        if left_out:
            self._note(folder, f"{left_out:,} of {rows:,} rows were left out: null, NaN or a broken image")
        tracking.log_training(self.model, self.result.history, self.settings)

    def _load(self, folder: RunFolder) -> int:
        """Open the data set; return the number of training rows."""
        began, self.seconds["Spark start"] = time.monotonic(), 0.0
        self.data = training_data.load(
            self.data_name,
            self.model_name,
            lambda: self._start_spark(folder),
            label=self.label,
            seed=self.settings.seed,
            image_size=self.image_size,
            kinds=self.kinds,
            task=self.task,
            columns=self.columns,
        )
        self.dataset = self.data.dataset
        if self.balance:
            require_classes_to_balance(self.dataset, self.settings.class_weight)
        self.data.save(folder)
        for note in self.data.notes:
            self._note(folder, note)
        rows = self.data.counts[0] if self.data.counts else self.dataset.train.count()
        self._look_at_table(folder, rows)
        self.seconds["data"] = time.monotonic() - began - self.seconds["Spark start"]
        return rows

    def _look_at_table(self, folder: RunFolder, rows: int) -> None:
        """Send what is found of a table before its training."""
        if self.data.spec is None:
            return
        is_inferred, seed = self.task is None, self.settings.seed
        self.table = TableFacts(self.data.spec, self.dataset, rows, seed, inferred=is_inferred, balance=self.balance)
        self._send(folder, {"event": "columns", "columns": self.table.columns()})
        self._note(folder, self.table.label_line)
        for message in (*self.table.warnings(), *self.table.notes()):
            self._note(folder, message)

    def _look_at_classes(self, folder: RunFolder) -> None:
        """Check that there are classes to tell apart, and weigh them where that is wanted."""
        known = self.table.label.counts if self.table else ()
        counts = list(known) or class_counts(self.dataset)
        if 0 in counts:
            self._note(folder, f"{counts.count(0)} of {self.dataset.num_classes} classes have no training row")
        if self.balance:
            self.settings = replace(self.settings, class_weight=balanced(counts))

    def _start_spark(self, folder: RunFolder) -> SparkSession:
        began = time.monotonic()
        if session.active() is None:
            version = importlib.metadata.version("pyspark")
            self._send(folder, {"event": "session", "master": self.master, "spark": version})
        spark = session.get_or_start(self.master)
        self.seconds["Spark start"] = time.monotonic() - began
        return spark

    def _send_plan(self, folder: RunFolder, rows: int) -> None:
        plan = {
            "data": self.dataset.name,
            "model": self.model.name,
            "epochs": self.settings.epochs,
            "workers": self.settings.num_workers,
            "rows": rows,
            "batch_size": self.settings.batch_size,
            "parameters": self.model.count_params(),
            "backend": keras.config.backend(),
            "spark": self.dataset.train.sparkSession.version,
        }
        self._send(folder, {"event": "plan"} | plan)

    def _send(self, folder: RunFolder, event: Event) -> None:
        """Pass an event on; all but the steps, which are many, also stand in the run's ``progress.jsonl``."""
        if self.on_event:
            self.on_event(event)
        if event["event"] != "step":
            folder.progress(as_json(event))

    def _note(self, folder: RunFolder, message: str) -> None:
        self._send(folder, {"event": "note", "message": message})
