"""The runs that lie in a folder, finished and at work.

Runs on: driver.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sparkeras.errors import RunFolderError
from sparkeras.runs.report.figures import headline
from sparkeras.runs.run_folder import Run, RunPath
from sparkeras.runs.run_lock import is_at_work
from sparkeras.runs.training_events import Event

MOST_EVENTS, MOST_BYTES = 5000, 32 << 20  # of an answer; of the file that is read for it


def finished(folder: RunPath) -> dict[str, Path]:
    """Return {name: folder} of the finished runs directly below a folder; empty where there is none."""
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        return {}
    paths = sorted(path for path in folder.iterdir() if not path.name.endswith(".partial"))
    return {path.name: path for path in paths if _is_run(path)}


def _is_run(path: Path) -> bool:
    """Tell whether a folder is a finished run; links and pipes, which may lead anywhere or wait, make it none."""
    try:
        path.name.encode()
        if path.is_symlink() or not path.is_dir():
            return False
        with os.scandir(path) as files:
            plain = {
                each.name: each.is_file(follow_symlinks=False) or each.is_dir(follow_symlinks=False) for each in files
            }
    except (OSError, UnicodeEncodeError):
        return False
    return {"summary.json", "model.keras"} <= plain.keys() and all(plain.values())


def of_images(folders: Mapping[str, Path]) -> list[dict[str, str]]:
    """Return those runs, of {name: folder}, that classify square images.

    Returns
    -------
    list of dict
        ``name`` and ``draws``, see ``what_to_draw``; those to draw for first, then the newest.
    """
    runs = []
    for name, folder in folders.items():
        try:
            run = Run.open(folder)
            data = run.summary["data"]
            if data.get("task") == "classification" and is_image(data["input_shape"]):
                classes = data.get("class_names") or map(str, range(data["num_classes"]))
                draws = what_to_draw(classes)
                runs.append((bool(draws), run.started, name, draws))
        except Exception:  # a run that is damaged in any way is none to draw for
            continue
    return [{"name": name, "draws": draws} for *_, name, draws in sorted(runs, reverse=True)]


def what_to_draw(classes: Iterable[Any]) -> str:
    """Return the kind of drawing for these names of classes: "digit", "character", or "" for other things."""
    names = [str(name) for name in classes]
    if any(len(name) != 1 for name in names):
        return ""
    return "digit" if all(map(str.isdigit, names)) else "character"


def is_image(shape: Sequence[int]) -> bool:
    """Tell whether (height, width[, channels]) is a square image of 7 pixels a side or more, in grey or colours."""
    return len(shape) in (2, 3) and shape[0] == shape[1] >= 7 and (*shape, 1)[2] in (1, 3)


def listed(folder: RunPath) -> list[dict[str, Any]]:
    """Return the runs below a folder as lines of a list: those at work first, then the newest."""
    runs = [_described(name, path) for name, path in finished(folder).items()]
    at_work = [_at_work(path) for path in sorted(Path(folder).glob("*.partial")) if is_at_work(path)]
    return at_work + sorted(runs, key=lambda run: run["started"], reverse=True)


def events(folder: RunPath, name: str, after: int = 0) -> list[Event] | None:
    """Return the events of a run from number ``after`` on; None if there is no such run."""
    for path in (Path(folder) / f"{name}.partial", Path(folder) / name):
        lines = _lines(path)
        if lines is not None:
            return [_event(line) for line in lines[after : after + MOST_EVENTS]]
    return None


def _lines(path: Path) -> list[str] | None:
    """Return the lines of a run's ``progress.jsonl``; None if there is no such file."""
    file = path / "progress.jsonl"
    if path.is_symlink() or file.is_symlink() or not file.is_file():
        return None
    try:
        with open(file, "rb") as opened:
            return opened.read(MOST_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return None


def _event(line: str) -> Event:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):  # it is being written, or damaged
        return {}


def _described(name: str, path: Path) -> dict[str, Any]:
    try:
        run = Run.open(path)
        summary = run.summary
        main = headline(summary["figures"]["test"], run.metrics)
        return {
            "name": name,
            "state": "finished",
            "started": run.started,
            "data": summary["data"].get("name"),
            "model": summary["model"].get("name"),
            "task": summary["data"].get("task"),
            "figure": {"name": main.name, "text": main.text, "baseline": main.baseline_text},
            "parameters": summary["parameters"],
            "seconds": summary["seconds"].get("epochs"),
        }
    except Exception as error:  # a run that is damaged in any way is shown as damaged
        known = isinstance(error, RunFolderError)
        message = str(error).splitlines()[0] if known else f"'{path}' is damaged ({error!r})."
        return {"name": name, "state": "damaged", "started": "", "error": message[:200]}


def _at_work(path: Path) -> dict[str, Any]:
    first = [_event(line) for line in (_lines(path) or [])[:100]]
    plan: Event = next((each for each in first if each.get("event") == "plan"), {})
    name = path.name.removesuffix(".partial")
    started = first[0].get("started", "") if first else ""
    return {"name": name, "state": "running", "started": started, "data": plan.get("data"), "model": plan.get("model")}
