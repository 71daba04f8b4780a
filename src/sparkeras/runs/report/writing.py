"""The run's folder, filled: tables, summary, pictures and the page. ``model.keras`` is the caller's to write.

Runs on: driver.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkeras import plots
from sparkeras.engine import logs
from sparkeras.runs.report import fragments, table_pictures, tables
from sparkeras.runs.report.figures import Headline, Metrics, class_metrics, classes_of, headline, regression_metrics
from sparkeras.runs.report.page import page
from sparkeras.runs.report.rows import TestRows, WrongRow, class_text
from sparkeras.runs.run_folder import RunFolder, Summary, json_ready

if TYPE_CHECKING:
    from sparkeras.engine.history import TrainingHistory
    from sparkeras.runs.table_facts.facts import TableResult

MOST_MISTAKES = 25
MOST_BARS = 12

Data = Mapping[str, Any]  # the summary's entry of that name
Picture = tuple[bytes, bytes]  # for a light and for a dark page


def write_report(
    folder: RunFolder,
    *,
    data: Data,
    model: Mapping[str, Any],
    parameters: int,
    settings: Mapping[str, Any],
    versions: Mapping[str, str],
    seconds: Mapping[str, float],
    figures: Mapping[str, Mapping[str, Any]],
    history: TrainingHistory,
    test: TestRows,
    table: TableResult | None = None,
) -> None:
    """Write every file of the run but ``model.keras``.

    Parameters
    ----------
    folder : RunFolder
        The run being written.
    data : dict
        ``name``, ``source``, ``train_rows``, ``test_rows``, ``input_shape``, ``num_classes``, ``task``
        ("classification" or "regression"), and, where they have names, ``class_names`` and ``label_names`` (lists of
        str); of a regression, ``label_mean`` of the training rows, a number or one per target.
    model : dict
        ``name`` and ``layers``: a list of dicts ``name``, ``type``, ``output_shape``, ``parameters``.
    parameters : int
    settings, versions : dict
        As they should be read; the setting ``command``, if there, is the command that repeats the run.
    seconds : dict of part to float
        Wall-clock seconds; a part called ``total`` is their sum.
    figures : dict
        ``{"train": {...}, "test": {...}}`` with Keras' metric names; arrays are kept number by number.
    history : TrainingHistory
    test : TestRows
    table : TableResult, optional
        Of a table whose columns were learned.
    """
    summary = json_ready(
        {
            "data": data,
            "model": model,
            "parameters": parameters,
            "settings": settings,
            "versions": versions,
            "seconds": seconds,
            "figures": {part: logs.numbers(figures.get(part, {})) for part in ("train", "test")},
            **({"table": table.facts} if table else {}),
        }
    )
    _fill(folder, summary, history, test, table)


def _fill(
    folder: RunFolder, summary: Summary, history: TrainingHistory, test: TestRows, table: TableResult | None
) -> None:
    """Write the files of a run from its summary, its epochs and its test rows."""
    data, figures = summary["data"], summary["figures"]["test"]
    names, regression = data.get("class_names") or (), data.get("task") == "regression"
    classes = None if regression else classes_of(test, data.get("num_classes"))
    if classes is None:
        metrics = regression_metrics(test, data.get("label_mean"))
    else:
        metrics = class_metrics(test, classes, names)

    history.write_csv(folder.file("history.csv"))
    tables.write_metrics(folder.file("metrics.csv"), metrics)
    tables.write_predictions(folder.file("predictions.csv"), test, summary["settings"].get("seed") or 0, regression)
    text = json.dumps(summary, indent=2, allow_nan=False, ensure_ascii=False)
    folder.file("summary.json").write_text(text + "\n", encoding="utf-8")

    pictures = {
        "history": _both(folder.file("history.png"), plots.draw_history, history.numbers_by_name(), figures),
        "confusion": _draw_confusion(folder, test, classes, names, data),
        "detail": _draw_detail(folder, test, metrics, headline(figures, metrics), data),
    }
    if table:
        label = (data.get("label_names") or ["the label"])[0]
        pictures |= table_pictures.draw(table, folder.file, _both, label, names)
    mistakes = _draw_mistakes(folder.file("mistakes.png"), test, data, names)
    html = page(folder.path, summary, metrics, headline(figures, metrics), pictures, mistakes)
    folder.file("report.html").write_text(html, encoding="utf-8")


def _both(path: Path, draw: Callable[..., None], *arguments: Any) -> Picture:
    """Write the picture to ``path`` and return it as bytes, for a light and for a dark page."""
    draw(path, *arguments)
    dark = io.BytesIO()
    draw(dark, *arguments, dark=True)
    return path.read_bytes(), dark.getvalue()


def _draw_confusion(
    folder: RunFolder, test: TestRows, classes: np.ndarray | None, names: Sequence[str], data: Data
) -> Picture:
    """Write ``confusion.png`` of a classification, ``scatter.png`` of a regression."""
    if classes is None:
        labels = data.get("label_names") or ()
        return _both(folder.file("scatter.png"), plots.draw_scatter, test.label, test.prediction, "", labels)
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(test.label, test.prediction, labels=classes)
    names = [class_text(value, names) for value in classes]
    return _both(folder.file("confusion.png"), plots.draw_confusion, matrix, names)


def _draw_detail(folder: RunFolder, test: TestRows, metrics: Metrics, main: Headline, data: Data) -> Picture:
    """Write ``residuals.png`` of a regression, ``classes.png`` of a classification."""
    if data.get("task") == "regression":
        names = data.get("label_names") or ()
        return _both(folder.file("residuals.png"), plots.draw_residuals, test.label, test.prediction, "", names)
    names, recalls = ([line[key] for line in metrics] for key in ("class", "recall"))
    return _both(folder.file("classes.png"), plots.draw_classes, names, recalls, main.value, main.baseline)


def _draw_mistakes(path: Path, test: TestRows, data: Data, names: Sequence[str]) -> str:
    """Write ``mistakes.png`` and return the same as HTML."""
    if are_places(data) and np.isfinite(test.prediction).all():
        places = _both(path, plots.draw_places, test.label, test.prediction)
        return fragments.picture(*places, "Predicted and true places")
    if data.get("task") == "regression":
        return fragments.picture(*_both(path, plots.draw_bars, *_largest_errors(test)), "The largest errors")
    wrong = np.flatnonzero(test.label != test.prediction)
    if not len(wrong):
        message = f"No mistakes among {len(test.label):,} test rows."
        plots.draw_notice(path, message)
        return f"<p>{message}</p>"
    features = (_as_image(mistake.features, data.get("input_shape")) for mistake in test.mistakes[:MOST_MISTAKES])
    images = [image for image in features if image is not None]
    if not images or len(images) < len(test.mistakes[:MOST_MISTAKES]):
        bars = _both(path, plots.draw_bars, *_confused_pairs(test, wrong, names))
        return fragments.picture(*bars, "Mixed-up classes")
    return _draw_images(path, images, test.mistakes, len(wrong), len(test.label), names)


def are_places(data: Data) -> bool:
    """Tell whether the labels of a run's data are latitude and longitude."""
    return [str(name).split()[0].lower() for name in data.get("label_names") or () if name] == ["latitude", "longitude"]


def _draw_images(
    path: Path,
    images: Sequence[np.ndarray],
    mistakes: Sequence[WrongRow],
    wrong_count: int,
    row_count: int,
    names: Sequence[str],
) -> str:
    title = f"{len(images)} of {wrong_count:,} mistakes among {row_count:,} test rows"
    captions, tiles = [], []
    for image, mistake in zip(images, mistakes, strict=False):
        label, prediction = class_text(mistake.label, names), class_text(mistake.prediction, names)
        chance = "" if mistake.probability is None else f" ({mistake.probability:.2f})"
        captions.append(f"label {label}, predicted {prediction}{chance}")
        png = io.BytesIO()
        plots.write_image(png, image)
        tiles.append(fragments.tile(png.getvalue(), len(image), label, prediction, mistake.probability))
    plots.draw_mistakes(path, images, captions, title)
    note = "In brackets: the probability of the prediction." if mistakes[0].probability is not None else ""
    return f'<div class="tiles">{"".join(tiles)}</div><p class="note">{title}. {note}</p>'


def _as_image(features: np.ndarray, shape: Sequence[int] | int | None) -> np.ndarray | None:
    """Return the features as (height, width[, channels]), or None where a row is not an image."""
    features = np.asarray(features)
    sizes = tuple(shape) if isinstance(shape, (list, tuple)) else features.shape
    if len(sizes) == 1:  # a flat row that the caller calls an image is a square one
        side = round(features.size**0.5)
        sizes = (side, side)
    is_image = len(sizes) == 2 or (len(sizes) == 3 and sizes[2] in (1, 3, 4))
    return features.reshape(sizes) if is_image and np.prod(sizes) == features.size else None


def _confused_pairs(test: TestRows, wrong: np.ndarray, names: Sequence[str]) -> tuple[list[str], list[int], str, str]:
    """Return the arguments of a picture of the most frequent mistakes: names and lengths of bars, title, unit."""
    pairs, counts = np.unique(np.stack([test.label[wrong], test.prediction[wrong]]), axis=1, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_BARS]
    texts = [f"{class_text(pairs[0, i], names)}, predicted {class_text(pairs[1, i], names)}" for i in order]
    return texts, counts[order].tolist(), f"{len(wrong):,} of {len(test.label):,} test rows wrong", "rows"


def _largest_errors(test: TestRows) -> tuple[list[str], list[float], str, str]:
    """Return the arguments of a picture of a regression's largest errors, as ``_confused_pairs`` does."""
    label, prediction = (each.astype(float).reshape(len(each), -1) for each in (test.label, test.prediction))
    error = np.nan_to_num(np.linalg.norm(prediction - label, axis=1), nan=0.0, posinf=0.0)
    order = np.argsort(-error, kind="stable")[:MOST_BARS]
    texts = [f"true {_numbers(label[i])}, predicted {_numbers(prediction[i])}" for i in order]
    return texts, error[order].tolist(), "The largest errors", "distance from the true value"


def _numbers(row: np.ndarray) -> str:
    return " and ".join(f"{number:.4g}" for number in row)
