"""Finished runs ranked, in blocks that were tested on the same rows. Local files only.

Runs on: driver.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from sparkeras.errors import InvalidParamError, RunFolderError
from sparkeras.runs.report.figures import are_of_a_gan, headline
from sparkeras.runs.run_folder import Run

# Figures to rank by, and whether more is better. The others decide between equals, in this order.
ORDERS = {"accuracy": True, "error": False, "loss": False, "parameters": False, "seconds": False}


@dataclass(frozen=True)
class Place:
    """One run on the board.

    Attributes
    ----------
    rank : int or None
        Equal figures share one: 1, 1, 3. None for a run that lacks the figure.
    run : pathlib.Path
    model : str
    accuracy : float or None
        Share (0 to 1) of the test rows that were recognised; None for a regression.
    error : float or None
        Mean absolute error on the test rows, in the label's unit; None for a classification.
    loss : float or None
        The model's own loss on the test rows; of models with the same loss only it can be compared.
    parameters : int or None
    seconds : float or None
        Wall-clock seconds of the training's epochs, without the start of Spark.
    date : str
        When the run started, ISO 8601 in UTC.
    """

    rank: int | None
    run: Path
    model: str
    accuracy: float | None
    error: float | None
    loss: float | None
    parameters: int | None
    seconds: float | None
    date: str


@dataclass(frozen=True)
class Block:
    """Runs that were tested on the same rows, best first.

    Attributes
    ----------
    data, task : str
    classes : tuple of str
        Their names, where they have some.
    test_rows : int or None
    seed : int or None
        Of the split, None where runs of several seeds had the same test rows.
    baseline : float or None
        Figure of a model that learnt nothing: the share of the commonest class, or the error of the mean.
    places : list of Place
    is_sure : bool
        Whether fingerprints prove that the rows are the same; older runs have none, and are compared by seed and number
        of test rows.
    """

    data: str
    task: str
    classes: tuple[str, ...]
    test_rows: int | None
    seed: int | None
    baseline: float | None
    places: list[Place]
    is_sure: bool

    @property
    def figure(self) -> str:
        """``"accuracy"``, or ``"error"`` for a regression."""
        return "error" if self.task == "regression" else "accuracy"

    @property
    def chance(self) -> float | None:
        """How far an accuracy measured on so many rows may be from the true one (95 % of the time); None if unknown."""
        if self.figure != "accuracy" or not self.test_rows or not self.places or self.places[0].accuracy is None:
            return None
        share, rows, z = self.places[0].accuracy, self.test_rows, 1.96
        # Half of Wilson's interval, which holds for 100 % too (Wilson 1927, JASA 22).
        return z / (1 + z**2 / rows) * math.sqrt(share * (1 - share) / rows + (z / rows / 2) ** 2)


class Key(NamedTuple):
    """What two runs must have in common to be compared."""

    data: str
    task: str
    test_rows: int | None
    num_classes: int | None
    classes: tuple[str, ...]
    label: str | None
    rows: object  # a fingerprint, or seed and source


class Entry(NamedTuple):
    """One run of a block before its rank is known; ``seed`` is that of the split."""

    place: Place
    baseline: float | None
    seed: int | None
    is_sure: bool


def find(folders: Sequence[str | os.PathLike[str]]) -> tuple[list[Run], list[str]]:
    """Return the finished runs below some folders and why others were skipped.

    Parameters
    ----------
    folders : list of paths
        Each a folder of runs, however deep, or a run itself.

    Returns
    -------
    (list of Run, list of str)
        A sentence for each run that is damaged or unfinished.

    Raises
    ------
    RunFolderError
        If a folder is not there.
    """
    runs: list[Run] = []
    skipped: list[str] = []
    seen: set[Path] = set()
    for folder in map(Path, folders):
        if not folder.expanduser().is_dir():
            raise RunFolderError(f"There is no folder '{folder}'. Give one that holds runs, e.g. runs.")
        for path in _run_folders(folder.expanduser()):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                _open(path, runs, skipped)
    return runs, skipped


def rank(runs: Sequence[Run], by: str | None = None, data: str | None = None) -> tuple[list[Block], list[str]]:
    """Rank runs in blocks of the same test rows.

    Parameters
    ----------
    runs : list of Run
    by : str, optional
        ``"accuracy"`` (for a regression: ``"error"``), ``"loss"``, ``"parameters"`` or ``"seconds"``. Runs that are
        equal in it share a rank and are ordered by the others.
    data : str, optional
        Name of a data set; others are left out.

    Returns
    -------
    (list of Block, list of str)
        By data set, the largest block first; and a sentence for each run whose summary makes no sense.

    Raises
    ------
    InvalidParamError
        For an unknown ``by``.
    """
    if by is not None and by not in ORDERS:
        raise InvalidParamError(f"'--by' must be one of {', '.join(ORDERS)}; got {by!r}.")
    blocks: dict[Key, list[Entry]] = {}
    skipped: list[str] = []
    for run in runs:
        try:
            key, entry = _key(run.summary), _entry(run)
            hash(key)  # a list where a name belongs
        except RunFolderError as error:
            skipped.append(str(error))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            skipped.append(f"'{run.path}' is damaged ({type(error).__name__}: {error}). Train the run again.")
        else:
            if data in (None, key.data):
                blocks.setdefault(key, []).append(entry)
    ranked = [_block(key, entries, by) for key, entries in blocks.items()]
    return sorted(ranked, key=lambda block: (block.data, -len(block.places), block.seed or 0)), skipped


def _run_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders that hold a run or the remains of one; folders within them are left out."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        if "summary.json" in files or Path(place).name.endswith(".partial"):
            folders.clear()
            yield Path(place)
        else:
            folders[:] = [name for name in folders if not name.startswith(".")]


def _open(path: Path, runs: list[Run], skipped: list[str]) -> None:
    if path.name.endswith(".partial"):
        try:
            Run.open(path.with_name(path.name.removesuffix(".partial")))
        except RunFolderError as error:  # it says whether the run is at work or was stopped
            skipped.append(str(error))
        return
    try:
        runs.append(Run.open(path))
    except RunFolderError as error:
        skipped.append(str(error))


def _key(summary: dict[str, Any]) -> Key:
    data, settings = summary["data"], summary["settings"]
    test_rows = data.get("test_fingerprint") or (settings.get("seed"), data.get("source"))
    classes = tuple(map(str, data.get("class_names") or ()))
    count, number = _whole(data.get("test_rows")), data.get("num_classes")
    return Key(str(data["name"]), str(data["task"]), count, number, classes, settings.get("label"), test_rows)


def _entry(run: Run) -> Entry:
    summary, test = run.summary, run.summary["figures"]["test"]
    if are_of_a_gan(test):
        raise RunFolderError(f"'{run.path}' makes images, and no figure here tells good ones from bad.")
    main = headline(test, run.metrics)
    regression = summary["data"]["task"] == "regression"
    metrics = {line["figure"]: line["value"] for line in run.metrics} if regression else {}
    place = Place(
        rank=None,
        run=run.path,
        model=str(summary["model"].get("name", "")),
        accuracy=None if regression else _number(main.value),
        error=_number(metrics.get("mean_absolute_error")),
        loss=_number(test.get("loss")),
        parameters=_whole(summary["parameters"]),
        seconds=_number(summary["seconds"].get("epochs", summary["seconds"].get("total"))),
        date=str(run.started),
    )
    baseline = _number(metrics["baseline_mean_absolute_error"] if regression else main.baseline)
    seed = _whole(summary["settings"].get("seed"))
    return Entry(place, baseline, seed, bool(summary["data"].get("test_fingerprint")))


def _number(value: Any) -> float | None:
    """Return a finite number of a summary, None for none."""
    if value is None or isinstance(value, bool) or not math.isfinite(float(value)):
        return None
    return float(value)


def _whole(value: Any) -> int | None:
    """Return a whole number of a summary, None for none."""
    return None if _number(value) is None else int(value)


def _block(key: Key, entries: list[Entry], by: str | None) -> Block:
    figure = "error" if key.task == "regression" else "accuracy"
    chosen = figure if by is None or by in ("accuracy", "error") else by
    order = (chosen, figure, "loss", "parameters", "seconds")
    places = sorted((entry.place for entry in entries), key=lambda place: [_worth(place, name) for name in order])
    ranks: dict[tuple[int, float], int] = {}
    ranked = []
    for number, place in enumerate(places, start=1):
        is_known = getattr(place, chosen) is not None
        ranked.append(replace(place, rank=ranks.setdefault(_worth(place, chosen), number) if is_known else None))
    seeds = {entry.seed for entry in entries}
    return Block(
        data=key.data,
        task=key.task,
        classes=key.classes,
        test_rows=key.test_rows,
        seed=seeds.pop() if len(seeds) == 1 else None,
        baseline=entries[0].baseline,
        places=ranked,
        is_sure=all(entry.is_sure for entry in entries),
    )


def _worth(place: Place, name: str) -> tuple[int, float]:
    """Return the sort key of a figure: better first, missing last."""
    value = getattr(place, name)
    if value is None:
        return (1, 0.0)
    value = round(value, 6)  # Keras counts in float32, so that equal accuracies differ in the seventh digit
    return (0, -value if ORDERS[name] else value)
