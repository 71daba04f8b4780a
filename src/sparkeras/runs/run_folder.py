"""A run's folder on disk: built beside its final place, moved there when it is whole, read back, listed.

Runs on: driver.

A run called NAME is built in ``NAME.partial``, whose ``progress.jsonl`` stays open and locked while its process lives.
So a reader sees a whole run or none, and a folder left by a killed process is told from one at work: the kernel drops
the lock with the process, whatever its pid is used for next.
"""

from __future__ import annotations

import contextlib
import csv
import json
import math
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from sparkeras.errors import RunFolderError
from sparkeras.runs.run_lock import HAS_LOCKS, is_at_work, lock

RunPath = str | os.PathLike[str]
Summary = dict[str, Any]  # the content of summary.json, with SUMMARY_KEYS
SUMMARY_KEYS = ("data", "model", "parameters", "settings", "versions", "seconds", "figures")


class RunFolder:
    """A run that is being written. As a context manager: finished at the end, abandoned by any exception.

    Attributes
    ----------
    path : pathlib.Path
        Where the finished run will be, as the caller wrote it.
    """

    def __init__(self, path: RunPath, partial: Path, progress_file: TextIO, overwrite: bool | None) -> None:
        self.path = Path(path)
        self._new_parents: list[Path] = []  # folders above it that it made
        self._target, self._partial = partial.with_name(partial.name.removesuffix(".partial")), partial
        self._progress, self._overwrite = progress_file, overwrite

    @classmethod
    def start(cls, path: RunPath, overwrite: bool | None = False) -> RunFolder:
        """Claim the run's name and open its partial folder; nothing at ``path`` is touched before ``finish``.

        Raises
        ------
        RunFolderError
            If ``path`` exists and may not be replaced, another process writes it, or the disk refuses.
        """
        target = Path(path).expanduser().resolve()
        _check_free(target, path, overwrite)
        partial = target.with_name(target.name + ".partial")
        new_parents = [parent for parent in partial.parents if not parent.exists()]
        try:
            progress_file = _claim(partial)
        except OSError as error:
            if partial.is_dir() and isinstance(error, (FileExistsError, BlockingIOError)):
                message = f"A run is being written to '{path}' right now. Wait for it, or choose another --out."
            else:
                message = f"The run's folder '{path}' cannot be made: {error.strerror or error}. Choose another --out."
            raise RunFolderError(message) from error
        folder = cls(path, partial, progress_file, overwrite)
        folder._new_parents = new_parents
        folder.progress({"state": "running", "pid": os.getpid(), "started": _now()})
        return folder

    def file(self, name: str) -> Path:
        """Return the path of the run's file ``name``, to be written now."""
        return self._partial / name

    def progress(self, event: dict[str, Any]) -> None:
        """Append ``event`` as one line to ``progress.jsonl``, for readers that watch the run."""
        self._progress.write(json.dumps(json_ready(event), allow_nan=False) + "\n")
        self._progress.flush()

    def finish(self) -> None:
        """Move the finished run to its place; an old run there is removed after that, never before."""
        if self._progress.closed:
            return
        self.progress({"state": "finished", "ended": _now()})
        if not HAS_LOCKS:
            self._progress.close()  # Windows renames no folder that holds an open file
        try:
            _move(self._partial, self._target, self._overwrite)
        except OSError as error:
            raise RunFolderError(
                f"The run is complete but could not be moved to '{self.path}': {error.strerror or error}. "
                f"It is kept as '{self._partial}'; move it by hand."
            ) from error
        finally:
            self._progress.close()

    def abandon(self) -> None:
        """Remove the partial folder, and the empty folders made for it; what was at ``path`` before stays."""
        if not self._progress.closed:
            self._progress.close()
            shutil.rmtree(self._partial, ignore_errors=True)
            for folder in self._new_parents:
                with contextlib.suppress(OSError):  # another run may lie there by now
                    folder.rmdir()

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon() if kind else self.finish()


@dataclass(frozen=True)
class Run:
    """A finished run: ``path`` of its folder, and ``summary``, the dict of its ``summary.json``."""

    path: Path
    summary: Summary

    @classmethod
    def open(cls, path: RunPath) -> Run:
        """Read the run at ``path``.

        Raises
        ------
        RunFolderError
            If there is no such folder, it is not a run, it is damaged, or it is still being written.
        """
        path = Path(path).expanduser()
        if not path.is_dir():
            raise RunFolderError(_why_absent(path))
        if path.name.endswith(".partial") and is_at_work(path):
            raise RunFolderError(f"The run '{path}' is still running. Wait for it to finish.")
        try:
            summary = json.loads((path / "summary.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise RunFolderError(
                f"'{path}' is not a run: it has no summary.json. Give the folder that `sparkeras train --out` wrote."
            ) from None
        except (ValueError, OSError, RecursionError) as error:
            raise RunFolderError(f"'{path}/summary.json' is damaged ({error}). Train the run again.") from error
        missing = [key for key in SUMMARY_KEYS if not isinstance(summary, dict) or key not in summary]
        if missing:
            raise RunFolderError(
                f"'{path}/summary.json' is damaged: it lacks {', '.join(missing)}. Train the run again."
            )
        return cls(path, summary)

    def predict(self, rows: Any, handle_invalid: str = "error") -> Any:
        """Return a pandas frame of rows with the model's predictions beside them, made here, without Spark.

        Parameters
        ----------
        rows : pandas.DataFrame
            With the columns that the model was trained with; others stay as they are.
        handle_invalid : str
            ``"error"``, or ``"skip"`` to leave rows out that cannot be encoded.

        Returns
        -------
        pandas.DataFrame
            With ``prediction``; of a classification also ``probability``, that of the predicted class, and ``class``,
            its name. The columns that ``sparkeras predict`` writes.

        Raises
        ------
        InvalidColumnError
            If a column is missing, or holds what cannot be encoded.
        """
        model = self._model  # Keras takes the backend that was chosen before it is imported
        from sparkeras.runs.frame_predictions import predict

        return predict(self, model, rows, handle_invalid)

    @cached_property
    def _model(self) -> Any:
        from sparkeras.runs.saved_model import open_model

        return open_model(self)

    @property
    def model_path(self) -> Path:
        """The path of ``model.keras``."""
        return self._existing("model.keras")

    @property
    def history_path(self) -> Path:
        """The path of ``history.csv``: epoch, seconds, then Keras' own names."""
        return self._existing("history.csv")

    @cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """The lines of ``metrics.csv`` as dicts: numbers as float, empty cells as None, classes as text."""
        return self._table("metrics.csv")

    @cached_property
    def predictions(self) -> list[dict[str, Any]]:
        """The lines of ``predictions.csv`` as dicts of float or None: prediction, label, probability."""
        return self._table("predictions.csv")

    @cached_property
    def started(self) -> str:
        """When the run started, ISO 8601 in UTC; when its summary was written, where ``progress.jsonl`` is gone."""
        try:
            with open(self.path / "progress.jsonl", encoding="utf-8") as file:
                return json.loads(file.readline())["started"]
        except (OSError, ValueError, KeyError):
            return _now((self.path / "summary.json").stat().st_mtime)

    def _existing(self, name: str) -> Path:
        if not (self.path / name).is_file():
            raise RunFolderError(f"The run '{self.path}' is damaged: it has no {name}. Train it again.")
        return self.path / name

    def _table(self, name: str) -> list[dict[str, Any]]:
        with open(self._existing(name), newline="", encoding="utf-8") as file:
            return [{key: _cell(key, text) for key, text in line.items()} for line in csv.DictReader(file)]


def json_ready(value: Any) -> Any:
    """Return ``value`` as JSON can hold it: arrays become lists, paths text, NaN and infinity None."""
    if hasattr(value, "tolist"):  # arrays and scalars of NumPy and of any backend
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [json_ready(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _check_free(target: Path, path: RunPath, overwrite: bool | None) -> None:
    """Refuse a target that exists, unless the caller asked to replace it and it is a run or empty."""
    if not target.name:
        raise RunFolderError(f"'{path}' cannot be a run's folder. Choose another --out, e.g. runs/first.")
    if not target.exists():
        return
    if not overwrite:
        how = "choose another folder." if overwrite is None else "choose another --out or add --overwrite."
        raise RunFolderError(f"The run's folder '{path}' exists already: {how}")
    # A mistyped --out must not cost a home folder
    if not target.is_dir() or (any(target.iterdir()) and not (target / "summary.json").is_file()):
        raise RunFolderError(f"'{path}' is not a run, so --overwrite will not replace it. Choose another --out.")


def _move(partial: Path, target: Path, overwrite: bool | None) -> None:
    """Rename ``partial`` to ``target``; a folder there is kept aside until that has worked."""
    aside = target.with_name(f"{target.name}.replaced-{os.getpid()}")
    had_old = overwrite and target.exists()
    if had_old:
        os.rename(target, aside)
    try:
        os.rename(partial, target)
    except OSError:
        if had_old:
            os.rename(aside, target)
        raise
    if had_old:
        shutil.rmtree(aside, ignore_errors=True)


def _claim(partial: Path) -> TextIO:
    """Make the folder ``partial``, for one process only, and return its progress file, open and locked."""
    partial.parent.mkdir(parents=True, exist_ok=True)
    if partial.exists() and not is_at_work(partial):
        shutil.rmtree(partial)
    partial.mkdir()
    progress_file = (partial / "progress.jsonl").open("w", encoding="utf-8")  # open as long as the run
    lock(progress_file)
    return progress_file


def _why_absent(path: Path) -> str:
    partial = path.with_name(path.name + ".partial") if path.name else path
    if not partial.is_dir():
        return f"There is no run at '{path}'. `sparkeras train --out {path}` makes one."
    if is_at_work(partial):
        return f"The run '{path}' is still running. Wait for it to finish."
    return f"The run '{path}' was stopped before it finished. Train it again."


def _cell(key: str, text: str) -> str | float | None:
    if key in ("class", "figure"):
        return text
    return float(text) if text else None


def _now(timestamp: float | None = None) -> str:
    moment = datetime.now(UTC) if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
    return moment.isoformat(timespec="microseconds")
