"""A trained model tested on the held-out rows, and the run's folder filled with what that says.

Runs on: driver.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import keras

from sparkeras import fitting
from sparkeras.plots import insides
from sparkeras.runs import broken_images, held_out, models, predictions, unlabelled
from sparkeras.runs.report import TestRows, write_report
from sparkeras.runs.versions import versions

if TYPE_CHECKING:
    from sparkeras.runs.run_folder import RunFolder
    from sparkeras.runs.table_facts.facts import TableResult
    from sparkeras.runs.training_run import TrainingRun

Figures = dict[str, dict[str, Any]]


def write(run: TrainingRun, folder: RunFolder) -> Figures:
    """Test the model of a TrainingRun, write every file of its folder, and return the figures of training and test."""
    began = time.monotonic()
    run.model.save(folder.file("model.keras"))
    # Both start a Python that imports Keras, so they run side by side.
    with broken_images.named(run.dataset.test), ThreadPoolExecutor() as beside:
        tested = beside.submit(
            fitting.evaluate,
            run.model,
            run.dataset.test,
            features=run.settings.features,
            label=run.settings.label,
            batch_size=run.settings.batch_size,
            handle_invalid=run.settings.handle_invalid,
        )
        test, facts, table = _predict(run, folder)
        figures = {"train": run.result.history.epochs[-1], "test": tested.result()}
    if table:
        figures["test"] |= predictions.area_under_curve(test)
    run.seconds["test"] = time.monotonic() - began
    write_report(
        folder,
        data=facts | held_out.facts(run.data.test_rows, run.dataset.schema),
        model={
            "name": run.model.name,
            "layers": insides.layers(run.model),
            "own_classes": models.has_own_classes(run.model),
        },
        parameters=run.model.count_params(),
        settings=_reported_settings(run),
        versions=versions(),
        seconds=run.seconds,
        figures=figures,
        history=run.result.history,
        test=test,
        table=table,
    )
    return figures


def _predict(run: TrainingRun, folder: RunFolder) -> tuple[TestRows, dict[str, Any], TableResult | None]:
    """Return the test rows with their predictions, the facts of the data, and those of a table."""
    data, trained_rows = run.dataset, run.result.history.rows
    if unlabelled.is_unlabelled(run.model):
        unlabelled.write_samples(folder, run.settings.callbacks)
        test = unlabelled.collect(run.model, data.test, data.input_shape, run.settings.seed)
        facts = predictions.data_facts(data, trained_rows, data.test.count())
        return test, facts | unlabelled.facts(run.model), None
    invalid, table = run.settings.handle_invalid, None
    if run.table:
        test, sample, output = predictions.collect_table(run.model, run.data, invalid, run.settings.seed)
        predict = predictions.on_driver(run.model, data.task)
        table = run.table.tested(sample, output, predict, run.model.name, len(test.label))
    else:
        test = predictions.collect(run.model, run.data, invalid)
    facts = predictions.data_facts(data, trained_rows, len(test.label))
    if data.task == "regression" and run.settings.label:
        facts["label_mean"] = predictions.label_mean(data)
    return test, facts, table


def _reported_settings(run: TrainingRun) -> dict[str, Any]:
    names = ("epochs", "batch_size", "validation", "seed", "handle_invalid")
    settings = {name: getattr(run.settings, name) for name in names} | {
        "num_workers": run.result.workers,
        "data": run.data_name,
        "model": run.model_name,
        "label": run.label,
        "image_size": run.image_size if broken_images.holds_images(run.dataset.train) else None,
        **run.options,
        "backend": keras.config.backend(),
    }
    if run.table:
        settings |= {"kinds": run.kinds or None, "task": run.task, "features": run.columns or None}
    return settings | ({"balance": True} if run.balance else {})
