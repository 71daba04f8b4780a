"""Finished runs ranked, in blocks that were tested on the same rows. Local files only.

Runs on: driver.
"""

import math
import os
from dataclasses import dataclass
from pathlib import Path

from sparkeras.errors import InvalidParamError, RunFolderError
from sparkeras.runs.report.figures import OF_A_GAN, headline
from sparkeras.runs.run_folder import Run

# What a run may be ranked by, and whether more is better. The others decide between equals, in this order.
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
        What a model that learnt nothing gets: the share of the commonest class, or the error of the mean.
    places : list of Place
    is_sure : bool
        Whether the runs say by a fingerprint that their rows are the same; older ones are told apart by their seed and
        number of test rows only.
    """

    data: str
    task: str
    classes: tuple
    test_rows: int | None
    seed: int | None
    baseline: float | None
    places: list
    is_sure: bool

    @property
    def figure(self):
        """``"accuracy"``, or ``"error"`` for a regression."""
        return "error" if self.task == "regression" else "accuracy"

    @property
    def chance(self):
        """How far an accuracy measured on so many rows may be from the true one (95 % of the time); None if unknown."""
        if self.figure != "accuracy" or not self.test_rows or not self.places or self.places[0].accuracy is None:
            return None
        share, rows, z = self.places[0].accuracy, self.test_rows, 1.96
        # Half of Wilson's interval, which says something of 100 % too (Wilson 1927, JASA 22).
        return z / (1 + z**2 / rows) * math.sqrt(share * (1 - share) / rows + (z / rows / 2) ** 2)


def find(folders):
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
    runs, skipped, seen = [], [], set()
    for folder in map(Path, folders):
        if not folder.expanduser().is_dir():
            raise RunFolderError(f"There is no folder '{folder}'. Give one that holds runs, e.g. runs.")
        for path in _run_folders(folder.expanduser()):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                _open(path, runs, skipped)
    return runs, skipped


def rank(runs, by=None, data=None):
    """Rank runs in blocks of the same test rows.

    Parameters
    ----------
    runs : list of Run
    by : str, optional
        ``"accuracy"`` (for a regression: ``"error"``), ``"loss"``, ``"parameters"`` or ``"seconds"``. Runs that are
        equal in it share a rank and are ordered by the others.
    data : str, optional
        Name of the only data set wanted.

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
    blocks, skipped = {}, []
    for run in runs:
        try:
            key, entry = _key(run.summary), _entry(run)
        except RunFolderError as error:
            skipped.append(str(error))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            skipped.append(f"'{run.path}' is damaged ({type(error).__name__}: {error}). Train the run again.")
        else:
            if data in (None, key[0]):
                blocks.setdefault(key, []).append(entry)
    ranked = [_block(key, entries, by) for key, entries in blocks.items()]
    return sorted(ranked, key=lambda block: (block.data, -len(block.places), block.seed or 0)), skipped


def _run_folders(folder):
    """Yield the folders that hold a run or the rest of one, without looking into them."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        if "summary.json" in files or Path(place).name.endswith(".partial"):
            folders.clear()
            yield Path(place)
        else:
            folders[:] = [name for name in folders if not name.startswith(".")]


def _open(path, runs, skipped):
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


def _key(summary):
    """Return what two runs must have in common to be compared: data, task, label, and the test rows."""
    data, settings = summary["data"], summary["settings"]
    test_rows, seed = data.get("test_rows"), settings.get("seed")
    rows = data.get("test_fingerprint") or (seed, data.get("source"))
    classes = (data.get("num_classes"), tuple(map(str, data.get("class_names") or ())))
    return str(data["name"]), str(data["task"]), _number(test_rows, int), classes, settings.get("label"), rows


def _entry(run):
    """Return the figures of a run as a dict, and what its block needs beside."""
    summary, test = run.summary, run.summary["figures"]["test"]
    if OF_A_GAN in test:
        raise RunFolderError(f"'{run.path}' makes images, and no figure here tells good ones from bad.")
    main = headline(test, run.metrics)
    regression = summary["data"]["task"] == "regression"
    marks = {line["figure"]: line["value"] for line in run.metrics} if regression else {}
    place = {
        "run": run.path,
        "model": str(summary["model"].get("name", "")),
        "accuracy": None if regression else _number(main.value),
        "error": _number(marks.get("mean_absolute_error")),
        "loss": _number(test.get("loss")),
        "parameters": _number(summary["parameters"], int),
        "seconds": _number(summary["seconds"].get("epochs", summary["seconds"].get("total"))),
        "date": str(run.started),
    }
    baseline = _number(marks["baseline_mean_absolute_error"] if regression else main.baseline)
    return place, baseline, summary["settings"].get("seed"), bool(summary["data"].get("test_fingerprint"))


def _number(value, kind=float):
    """Return a finite number of a summary, None for none."""
    if value is None or isinstance(value, bool) or not math.isfinite(float(value)):
        return None
    return kind(value)


def _block(key, entries, by):
    data, task, test_rows, (_, classes), *_ = key
    figure = "error" if task == "regression" else "accuracy"
    chosen = figure if by in (None, "accuracy", "error") else by
    places = [place for place, *_ in entries]
    places.sort(key=lambda place: [_worth(place, name) for name in (chosen, figure, "loss", "parameters", "seconds")])
    ranks, ranked = {}, []
    for number, place in enumerate(places, start=1):
        worth = _worth(place, chosen)
        ranked.append(Place(rank=None if place[chosen] is None else ranks.setdefault(worth, number), **place))
    seeds = {seed for _, _, seed, _ in entries}
    return Block(
        data=data,
        task=task,
        classes=classes,
        test_rows=test_rows,
        seed=seeds.pop() if len(seeds) == 1 else None,
        baseline=entries[0][1],
        places=ranked,
        is_sure=all(sure for *_, sure in entries),
    )


def _worth(place, name):
    """Return what to sort by: better first, missing last."""
    if place[name] is None:
        return (1, 0.0)
    value = round(place[name], 6)  # Keras counts in float32, so that equal accuracies differ in the seventh digit
    return (0, -value if ORDERS[name] else value)
