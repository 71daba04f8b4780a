"""One ``sparkeras train`` from data set to report.

Runs on: driver.
"""

import importlib.metadata
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import keras

from sparkeras import datasets, fitting
from sparkeras.engine import logs, tracking
from sparkeras.engine.progress_bar import ProgressBar
from sparkeras.errors import DataError, SetupError
from sparkeras.plots import insides
from sparkeras.runs import broken_images, held_out, models, predictions, text_rows, unlabelled
from sparkeras.runs.report import TestRows, write_report
from sparkeras.spark import session

# Few rows need small batches and more epochs, or the steps are too few to learn (docs/decisions/005).
SMALL_ROWS, OF_SMALL = 10_000, {"batch_size": 32, "epochs": 40}


class TrainingRun:
    """Load, build, fit, test and report; ``settings`` are those of ``params.settings``, ``given`` those of the user.

    ``source`` are the arguments of ``datasets.open_dataset`` beside the session: name, label, seed, image_size.
    ``options`` are those of ``zoo.build``.
    """

    def __init__(self, source, model, settings, given, folder, console, options=None):
        self.source, self.model_name = source, model
        self.settings, self.given = settings, given
        self.folder, self.console, self.options = folder, console, options or {}
        self.seconds = {}

    def train(self, master):
        """Fit the model on the training rows."""
        models.require_known(self.model_name)
        _require_slots(master, self.settings.num_workers)
        began, self.seconds["Spark start"] = time.monotonic(), 0.0
        self.data, self.words = datasets.open_dataset(spark=lambda: self._start(master), **self.source), None
        self.tested = self.data.test  # as the data set has it
        if text_rows.holds_texts(self.data.train):
            models.require_texts(self.model_name)
            self.words, self.data = text_rows.learn(self.data)
            self.words.save(self.folder)
        spark, rows = self.data.train.sparkSession, self.data.train.count()
        if rows < SMALL_ROWS:
            small = {name: value for name, value in OF_SMALL.items() if name not in self.given}
            self.settings = replace(self.settings, **small)
        self._timed("data", began)
        self.seconds["data"] -= self.seconds["Spark start"]
        keras.utils.set_random_seed(self.settings.seed)
        steps, seed = self._steps(rows), self.settings.seed
        self.model = models.build(self.model_name, self.data, self.options, seed, steps, self.words)
        if self.data.task == "classification" and not unlabelled.is_unlabelled(self.model):
            self._look_at_classes()
        if unlabelled.is_unlabelled(self.model):
            unlabelled.require_reportable(self.model)
            callbacks = unlabelled.callbacks(self.model, self.settings.seed)
            self.settings = replace(self.settings, label=None, callbacks=callbacks)
        self._tell_plan(rows, spark.version)
        with broken_images.named(self.data.train), ProgressBar(self.settings.epochs, self.console) as bar:
            self.result = fitting.train_in_place(
                self.model, self.data.train, self.settings, on_event=lambda event: self._follow(bar, event)
            )
        left_out = rows - self.result.history.rows if self.settings.validation is None else 0
        if left_out:
            self.console.print(f"{left_out:,} of {rows:,} rows were left out: null, NaN or a broken image")
        self.seconds |= self.result.history.parts
        tracking.log_training(self.model, self.result.history, self.settings)

    def _tell_plan(self, rows, spark_version):
        """Print what is about to be trained, and write it for those who watch the run."""
        lines = plan_lines(
            self.model.name, self.model.count_params(), self.data.name, rows, self.settings, spark_version
        )
        for line in lines:
            self.console.print(line, highlight=False)
        plan = {"data": self.data.name, "model": self.model.name, "epochs": self.settings.epochs}
        self.folder.progress({"event": "plan", "workers": self.settings.num_workers, **plan})

    def _look_at_classes(self):
        """Refuse rows of one class, and tell of classes that no training row has."""
        there = {row["label"] for row in self.data.train.select("label").distinct().collect()} - {None}
        if len(there) < 2:
            raise DataError(
                f"All training rows of {self.data.name!r} are of one class; there is nothing to tell apart. "
                "Expected two classes or more. Is it the right label column?"
            )
        missing = self.data.num_classes - len(there)
        if missing > 0:
            self.console.print(f"{missing} of {self.data.num_classes} classes have no training row", highlight=False)

    def _start(self, master):
        began = time.monotonic()
        if session.active() is None:
            self.console.print(start_message(master), highlight=False)
        spark = session.get_or_start(master)
        self._timed("Spark start", began)
        return spark

    def write_report(self):
        """Test the model on the held-out rows and fill the run's folder."""
        began, invalid = time.monotonic(), self.settings.handle_invalid
        self.model.save(self.folder.file("model.keras"))
        # Both start a Python that imports Keras, so they run side by side.
        with broken_images.named(self.data.test), ThreadPoolExecutor() as beside:
            tested = beside.submit(
                fitting.evaluate,
                self.model,
                self.data.test,
                label=self.settings.label,
                batch_size=self.settings.batch_size,
                handle_invalid=invalid,
            )
            said, facts = self._said(invalid)
            figures = {"train": self.result.history.epochs[-1], "test": tested.result()}
        if self.data.task == "regression" and self.settings.label:
            facts["label_mean"] = predictions.label_mean(self.data)
        self._timed("test", began)
        write_report(
            self.folder,
            data=facts | held_out.facts(self.tested, self.data.schema),
            model={
                "name": self.model.name,
                "layers": insides.layers(self.model),
                "own_classes": models.has_own_classes(self.model),
            },
            parameters=self.model.count_params(),
            settings=self._settings(),
            versions=versions(),
            seconds=self.seconds,
            figures=figures,
            history=self.result.history,
            test=TestRows(said.label, said.prediction, said.probability, said.mistakes),
        )

    def _steps(self, rows):
        """Return the weight updates of the training to come, of ``rows`` rows."""
        share = self.settings.validation if isinstance(self.settings.validation, float) else 0.0
        return self.settings.epochs * -(-round(rows * (1 - share)) // self.settings.batch_size)

    def _said(self, invalid):
        """Return what the model says of test rows, and what the report tells of the data."""
        if not unlabelled.is_unlabelled(self.model):
            said = predictions.collect(self.model, self.data.test, self.data.task, self.data.input_shape, invalid)
            return said, predictions.data_facts(self.data, self.result.history.rows, len(said.label))
        unlabelled.write_samples(self.folder, self.settings.callbacks)
        said = unlabelled.collect(self.model, self.data.test, self.data.input_shape, self.settings.seed)
        facts = predictions.data_facts(self.data, self.result.history.rows, self.data.test.count())
        return said, facts | unlabelled.facts(self.model)

    def _follow(self, bar, event):
        bar(event)
        if event["event"] != "step":
            kept = {"logs": logs.numbers(event["logs"])} if "logs" in event else {}
            self.folder.progress(event | kept)

    def _timed(self, part, began):
        self.seconds[part] = time.monotonic() - began

    def _settings(self):
        names = ("epochs", "batch_size", "validation", "seed", "handle_invalid")
        kept = {name: getattr(self.settings, name) for name in names}
        return kept | {
            "num_workers": self.result.workers,
            "data": self.source["name_or_path"],
            "model": self.model_name,
            "label": self.source["label"],
            "image_size": self.source["image_size"] if broken_images.holds_images(self.data.train) else None,
            **self.options,
            "backend": keras.config.backend(),
        }


def _require_slots(master, workers):
    """Raise SetupError, before Spark starts, where a master's own text has fewer slots than there are workers."""
    slots = session.slots_of(master)
    if slots is not None and workers != "auto" and workers > slots:
        raise SetupError(
            f"{workers} workers need as many task slots at once, and --master {master} has {slots}. "
            f"Give --master 'local[{workers}]', or take fewer --workers."
        )


def start_message(master):
    """Return one line of at most 80 columns to show while Spark starts, which takes seconds."""
    version = importlib.metadata.version("pyspark")
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return f"Starting Spark {version} in the Java process of spark-submit"
    place = master or os.environ.get("SPARK_REMOTE") or "local[*]"
    if place.startswith("local"):
        return f"Starting Spark {version}, a Java process on this machine that runs the training"
    return f"Connecting Spark {version} to {place}"


def plan_lines(model, parameters, data, rows, settings, spark_version):
    """Return two lines of at most 80 columns on a training; ``model`` and ``data`` are names."""
    how = f"{rows:,} rows, {settings.epochs} epochs, batch size {settings.batch_size}"
    return (
        f"Training {model} ({parameters:,} parameters) on {data}",
        f"{how}, {keras.config.backend()} on Spark {spark_version}",
    )


def versions():
    """Return the versions that a run depends on."""
    found = {name: importlib.metadata.version(name) for name in ("sparkeras", "keras", "pyspark", "numpy")}
    backend = keras.config.backend()
    try:
        found[backend] = importlib.metadata.version(backend)
    except importlib.metadata.PackageNotFoundError:
        found[backend] = sys.modules[backend].__version__  # tensorflow comes as tensorflow-cpu as well
    return found | {"python": platform.python_version(), "system": platform.platform()}
