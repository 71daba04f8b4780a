"""What a report says of using its run again: the lines of Python that load the model, the command that repeats the run.

Runs on: driver.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from sparkeras.runs.report import fragments
from sparkeras.runs.run_folder import Summary

# Settings that the command line knows, in the order in which people write them
FLAGS = {
    "label": "--label",
    "task": "--task",
    "features": "--features",
    "kinds": "--kind",
    "balance": "--balance",
    "epochs": "--epochs",
    "batch_size": "--batch-size",
    "validation": "--validation",
    "backend": "--backend",
    "master": "--master",
    "seed": "--seed",
    "image_size": "--image-size",
    "handle_invalid": "--invalid",
    "backbone": "--backbone",
    "num_workers": "--workers",
}
_DEFAULTS = {"handle_invalid": "error", "num_workers": 1}


def load_lines(run_path: Path, summary: Summary) -> str:
    """Return the lines of Python that load the model; Keras without its backend named would look for TensorFlow."""
    backend = summary["settings"].get("backend") or "jax"
    own = "from sparkeras import zoo; zoo.register()\n" if summary["model"].get("own_classes") else ""
    lines = (
        f'import os; os.environ["KERAS_BACKEND"] = "{backend}"\n'
        f"from keras.saving import load_model\n{own}"
        f'model = load_model("{(run_path / "model.keras").as_posix()}")'
    )
    if "table" not in summary:
        return lines
    learned = (run_path / "features.json").as_posix()
    return (
        f"import pyarrow\n{lines}\n"
        "from sparkeras.features import Features\n"
        f'spec = Features.from_json(open("{learned}", encoding="utf-8").read())\n'
        "rows = pyarrow.Table.from_pandas(frame)  # your rows, a pandas DataFrame\n"
        "output = model.predict(spec.encode(rows))"
    )


def what_it_takes(summary: Summary) -> str:
    """Return in a sentence which rows the model takes."""
    data = summary["data"]
    if "table" in summary:
        output = "a number per row"
        if data.get("task") == "classification":
            output = "a probability per class, in the order of spec.label.classes"
        return (
            f"spec.encode turns the {len(data.get('feature_names') or ())} columns, as they are, into what the model "
            f"takes; it gives {output}. The command `sparkeras predict` does the same for a whole file."
        )
    shape = data.get("input_shape")
    each = f", {fragments.shape_text(shape)} numbers each" if shape else ""
    layers = [layer.get("name") for layer in summary["model"].get("layers") or ()]
    return (
        f"It takes rows as the data set gives them{each}{': scaling is a layer inside' if 'scaling' in layers else ''}."
    )


def command(summary: Summary) -> str:
    """Return the command that repeats the run: the setting ``command``, or one made of the other settings."""
    settings = summary["settings"]
    if settings.get("command"):
        return settings["command"]
    parts = ["--data", settings.get("data") or summary["data"].get("name", "")]
    parts += ["--model", settings.get("model") or summary["model"].get("name", "")]
    for name, flag in FLAGS.items():
        if settings.get(name) not in (None, _DEFAULTS.get(name)):
            parts += _option(flag, settings[name])
    return "sparkeras train " + shlex.join(map(str, parts))


def _option(flag: str, value: Any) -> list[str]:
    if value is True:
        return [flag]
    if isinstance(value, dict):  # kinds by column
        pairs = (("--drop", column) if kind == "drop" else (flag, f"{column}={kind}") for column, kind in value.items())
        return [text for pair in pairs for text in pair]
    values = value if isinstance(value, list) else [fragments.setting_text(value)]
    return [text for each in values for text in (flag, each)]
