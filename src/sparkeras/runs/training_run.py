"""One training from a data set's name to a run's folder: load, build, fit, test, report.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from sparkeras import datasets, fitting
from sparkeras.engine import logs, params, tracking
from sparkeras.plots import insides
from sparkeras.runs import broken_images, held_out, models, predictions, training_data, unlabelled
from sparkeras.runs.report import TestRows, write_report
from sparkeras.runs.run_folder import Run, RunFolder
from sparkeras.runs.training_checks import empty_classes, require_slots
from sparkeras.runs.training_events import Event, OnEvent, as_json
from sparkeras.runs.versions import versions
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
        master: str | None = None,
        overwrite: bool | None = None,
        on_event: OnEvent | None = None,
        **settings: Any,
    ) -> None:
        self.data_name, self.model_name, self.out = data, model or models.default(data), Path(out)
        self.is_named, self.kinds, self.task = model is not None, dict(kinds or {}), task
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
                self._write_report(folder)
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
        steps, seed = training_data.steps(self.settings, rows), self.settings.seed
        self.model = models.build(self.model_name, self.data, self.options, seed, steps)
        if unlabelled.is_unlabelled(self.model):
            unlabelled.require_reportable(self.model)
            callbacks = unlabelled.callbacks(self.model, seed)
            self.settings = replace(self.settings, label=None, callbacks=callbacks)
        elif self.dataset.task == "classification":
            empty = empty_classes(self.dataset)
            if empty:
                self._note(folder, f"{empty} of {self.dataset.num_classes} classes have no training row")
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
        )
        self.dataset = self.data.dataset
        self.data.save(folder)
        if self.data.spec:
            self._send(folder, {"event": "columns", "columns": self.data.spec.described()})
        for note in self.data.notes:
            self._note(folder, note)
        rows = self.dataset.train.count()
        self.seconds["data"] = time.monotonic() - began - self.seconds["Spark start"]
        return rows

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

    def _write_report(self, folder: RunFolder) -> None:
        """Test the model on the held-out rows and fill the run's folder."""
        began = time.monotonic()
        self.model.save(folder.file("model.keras"))
        # Both start a Python that imports Keras, so they run side by side.
        with broken_images.named(self.dataset.test), ThreadPoolExecutor() as beside:
            tested = beside.submit(
                fitting.evaluate,
                self.model,
                self.dataset.test,
                features=self.settings.features,
                label=self.settings.label,
                batch_size=self.settings.batch_size,
                handle_invalid=self.settings.handle_invalid,
            )
            test, facts = self._predict(folder)
            figures = {"train": self.result.history.epochs[-1], "test": tested.result()}
        if self.data.spec:
            figures["test"] |= predictions.area_under_curve(test)
        self.seconds["test"] = time.monotonic() - began
        write_report(
            folder,
            data=facts | held_out.facts(self.data.test_rows, self.dataset.schema),
            model={
                "name": self.model.name,
                "layers": insides.layers(self.model),
                "own_classes": models.has_own_classes(self.model),
            },
            parameters=self.model.count_params(),
            settings=self._reported_settings(),
            versions=versions(),
            seconds=self.seconds,
            figures=figures,
            history=self.result.history,
            test=test,
        )
        self._send(folder, {"event": "tested", "figures": {part: logs.numbers(each) for part, each in figures.items()}})

    def _predict(self, folder: RunFolder) -> tuple[TestRows, dict[str, Any]]:
        """Return the test rows with their predictions, and the facts of the data for the report."""
        data, trained_rows = self.dataset, self.result.history.rows
        if unlabelled.is_unlabelled(self.model):
            unlabelled.write_samples(folder, self.settings.callbacks)
            test = unlabelled.collect(self.model, data.test, data.input_shape, self.settings.seed)
            facts = predictions.data_facts(data, trained_rows, data.test.count())
            return test, facts | unlabelled.facts(self.model)
        test = predictions.collect(self.model, self.data, self.settings.handle_invalid)
        facts = predictions.data_facts(data, trained_rows, len(test.label))
        if data.task == "regression" and self.settings.label:
            facts["label_mean"] = predictions.label_mean(data)
        return test, facts

    def _send(self, folder: RunFolder, event: Event) -> None:
        """Pass an event on; all but the steps, which are many, also stand in the run's ``progress.jsonl``."""
        if self.on_event:
            self.on_event(event)
        if event["event"] != "step":
            folder.progress(as_json(event))

    def _note(self, folder: RunFolder, message: str) -> None:
        self._send(folder, {"event": "note", "message": message})

    def _reported_settings(self) -> dict[str, Any]:
        names = ("epochs", "batch_size", "validation", "seed", "handle_invalid")
        return {name: getattr(self.settings, name) for name in names} | {
            "num_workers": self.result.workers,
            "data": self.data_name,
            "model": self.model_name,
            "label": self.label,
            **({"kinds": self.kinds, "task": self.task} if self.data.spec else {}),
            "image_size": self.image_size if broken_images.holds_images(self.dataset.train) else None,
            **self.options,
            "backend": keras.config.backend(),
        }
