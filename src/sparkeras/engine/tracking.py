"""Log trainings to MLflow if the caller has an MLflow run open; without one, MLflow is not imported.

Runs on: driver.
"""

import contextlib
import importlib.util
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from sparkeras.engine import blueprint, logs
from sparkeras.engine.columns.encoding import is_spec
from sparkeras.engine.columns.named import named_columns
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.params import Settings

_VARIABLES = ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID")


def log_training(model: keras.Model, history: TrainingHistory, settings: Settings) -> None:
    """Log settings, figures per epoch, seconds per part and the model to the active run, if there is one.

    Parameters
    ----------
    model : keras.Model
    history : TrainingHistory
    settings : Settings
    """
    mlflow = _active()
    if mlflow:
        # Each for itself: a second training within one run has other settings, which MLflow refuses.
        with _forgiving():
            mlflow.log_params({**_plain(settings), **_of_model(model)})
        with _forgiving():
            _log_history(mlflow, history)
        with _forgiving():
            mlflow.keras.log_model(
                model,
                name="model",
                signature=_signature(model),
                pip_requirements=_requirements(),
            )


def log_folder(path: str | Path) -> None:
    """Log a run's folder to the active run, if there is one."""
    mlflow = _active()
    if mlflow:
        with _forgiving():
            mlflow.log_artifacts(str(path), artifact_path="run")


def log_trial(parent: str, metric: str, row: dict[str, Any]) -> None:
    """Log one trial of a search as a run below ``parent`` (a run's id), see ``tuning.TuningResult.rows``."""
    mlflow = sys.modules["mlflow"]
    with _forgiving():
        client = mlflow.MlflowClient()
        above = client.get_run(parent).info
        tags = {"mlflow.parentRunId": parent, "state": row["state"]} | ({"error": row["error"]} if row["error"] else {})
        run = client.create_run(above.experiment_id, tags=tags, run_name=f"trial {row['number']}").info.run_id
        for name, value in row["params"].items():
            with _forgiving():  # MLflow allows fewer characters in a name than Optuna
                client.log_param(run, name, value)
        for name, value in ((metric, row["value"]), ("epochs", row["epochs"]), ("seconds", row["seconds"])):
            if value is not None:
                client.log_metric(run, name, value)
        client.set_terminated(run, "FAILED" if row["state"] == "failed" else "FINISHED")


def active_run() -> str | None:
    """Return the id of the caller's active run; None without one."""
    mlflow = _active()
    return mlflow and mlflow.active_run().info.run_id


@contextlib.contextmanager
def run_of_environment(name: str) -> Iterator[None]:
    """Open a run if MLflow's own variables (``MLFLOW_TRACKING_URI``, ...) are set; for the command line."""
    wanted = any(os.environ.get(variable) for variable in _VARIABLES)
    if not wanted or importlib.util.find_spec("mlflow") is None:
        yield
        return
    import mlflow

    with mlflow.start_run(run_name=name):
        yield


def _active() -> Any:
    """Return MLflow if the caller has imported it and opened a run; else None."""
    mlflow = sys.modules.get("mlflow")
    return mlflow if mlflow is not None and mlflow.active_run() is not None else None


@contextlib.contextmanager
def _forgiving() -> Iterator[None]:
    """Turn errors of MLflow into warnings: a training is worth more than its log."""
    try:
        yield
    except Exception as error:  # of whatever store it writes to
        warnings.warn(f"MLflow did not take all of this training: {error}", stacklevel=2)


def _plain(settings: Settings) -> dict[str, Any]:
    plain = {name: value for name, value in vars(settings).items() if value is not None and name != "callbacks"}
    return plain | ({"features": named_columns(settings.features)} if is_spec(settings.features) else {})


def _of_model(model: keras.Model) -> dict[str, Any]:
    return {
        "model": model.name,
        "model_parameters": model.count_params(),
        "optimizer": type(model.optimizer).__name__,
        "optimizer_config": str(model.optimizer.get_config()),
        "loss": str(model.loss if isinstance(model.loss, str) else keras.saving.serialize_keras_object(model.loss)),
    }


def _log_history(mlflow: Any, history: TrainingHistory) -> None:
    for epoch, (figures, seconds) in enumerate(zip(history.epochs, history.seconds, strict=True), history.first):
        numbers = {name: value for name, value in logs.numbers(figures).items() if value is not None}
        mlflow.log_metrics({**numbers, "epoch_seconds": seconds}, step=epoch)
    mlflow.log_metrics({f"seconds_{part}": seconds for part, seconds in history.parts.items()})
    mlflow.log_metrics({"rows": history.rows, "rows_per_second": history.rows_per_second})


def _signature(model: keras.Model) -> Any:
    """Return MLflow's signature of a model with known inputs and outputs; None for others."""
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    signature = blueprint.signature(model)
    sides = []
    for side in ("inputs", "outputs"):
        rows = signature["inputs"] if side == "inputs" else signature["outputs"]
        if not rows:
            return None
        specs = {n: (-1, *(axis or -1 for axis in each["shape"] or ())) for n, each in rows.items()}
        named = len(specs) > 1
        sides.append(
            Schema([TensorSpec(np.dtype("float32"), shape, n if named else None) for n, shape in specs.items()])
        )
    inputs, outputs = sides
    return ModelSignature(inputs, outputs)


def _requirements() -> list[str]:
    """Return the packages that the saved model needs; MLflow itself would load the model to find them."""
    from importlib.metadata import version

    backend = keras.config.backend()
    return [f"keras=={keras.__version__}", f"{backend}=={version(backend)}"]
