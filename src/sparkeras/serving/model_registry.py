"""The models of several runs by name: opened when they are first asked for, and anew when their files change.

Runs on: driver.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sparkeras.serving.http.responses import Refusal

if TYPE_CHECKING:
    from sparkeras.serving.batching import Batcher
    from sparkeras.serving.model import ServedModel

LOOK_SECONDS = 1.0  # between two looks at a model's file
MOST_OPEN = 8

Folders = Callable[[], Mapping[str, Path]]  # gives {name: the run's folder} as it is now
Stamp = tuple[int, int, int]


class Opened:
    """A model that is open.

    Attributes
    ----------
    model : ServedModel
    batcher : Batcher
    version : int
        1, 2, ... for each time that the model was opened.
    stamp : tuple or None
        Of its file, see ``_stamp``.
    problem : str or None
        Why a newer file could not be opened.
    """

    def __init__(self, model: ServedModel, batcher: Batcher, version: int, stamp: Stamp | None) -> None:
        self.model, self.batcher, self.version, self.stamp = model, batcher, version, stamp
        self.looked = time.monotonic()
        self.problem: str | None = None


class ModelRegistry:
    """Models by name.

    Parameters
    ----------
    folders : callable
        Returns {name: the run's folder} as it is now.
    batch_rows : int
        See Batcher.
    observe : callable, optional
        Called with a model's name and the rows of each pass.
    """

    def __init__(
        self, folders: Folders, batch_rows: int | None = None, observe: Callable[[str, int], None] | None = None
    ) -> None:
        self.folders, self.batch_rows, self.observe = folders, batch_rows, observe
        self.is_warm = False
        self.open: OrderedDict[str, Opened] = OrderedDict()
        self.opening: dict[str, asyncio.Task[Opened]] = {}

    async def get(self, name: str) -> Opened:
        """Return the Opened model of a name.

        Raises
        ------
        Refusal
            404 if there is none; 503 if its file cannot be opened.
        """
        opened = self.open.get(name)
        if opened is None:
            return await self._opened(name)
        self.open.move_to_end(name)
        if time.monotonic() - opened.looked > LOOK_SECONDS:
            opened.looked = time.monotonic()
            if _stamp(opened.model.folder) not in (opened.stamp, None):
                self._open_soon(name)  # the old one answers until the new one is ready
        return opened

    async def _opened(self, name: str) -> Opened:
        try:
            return await asyncio.shield(self._open_soon(name))
        except Refusal:
            raise
        except Exception as error:  # a model may hold anything
            raise Refusal(503, f"The model {name!r} cannot be opened: {_first_line(error)}") from error

    def _open_soon(self, name: str) -> asyncio.Task[Opened]:
        """Return the task that opens a model, the one at work if there is one."""
        if name not in self.opening:
            folder = self.folders().get(name)
            if folder is None:
                raise Refusal(404, f"There is no model {name[:80]!r}; there are {self.listed()}.")
            self.opening[name] = task = asyncio.create_task(self._open(name, Path(folder)))
            task.add_done_callback(functools.partial(self._done, name))
        return self.opening[name]

    def _done(self, name: str, task: asyncio.Task[Opened]) -> None:
        self.opening.pop(name, None)
        if not task.cancelled():
            task.exception()  # asyncio logs an error that was never retrieved

    def open_all(self) -> None:
        """Open all models now, and compile all their numbers of rows; raises the error of one that cannot be opened."""
        self.is_warm = True
        for name, folder in self.folders().items():
            self._put(name, self._load(folder), _stamp(folder))

    def _load(self, folder: str | os.PathLike[str]) -> ServedModel:
        from sparkeras.serving.model import ServedModel

        model = ServedModel(folder)
        model.warm_up(*(() if self.is_warm else [(1,)]))
        # What is there now stays: the collector need not look through a million objects of Keras and JAX again and
        # again, 0.2 s each time, while requests wait. What an older model has left is collected first.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        return model

    async def _open(self, name: str, folder: Path) -> Opened:
        stamp, old = _stamp(folder), self.open.get(name)
        try:
            return self._put(name, await asyncio.to_thread(self._load, folder), stamp)
        except Exception as error:
            if old is None:
                raise
            old.stamp, old.problem = stamp, _first_line(error)
            logging.getLogger(__name__).warning("%s stays as it was: %s", name, old.problem)
            return old

    def _put(self, name: str, model: ServedModel, stamp: Stamp | None) -> Opened:
        """Let a model answer from now on."""
        from sparkeras.serving.batching import MOST_ROWS, Batcher

        old = self.open.get(name)
        observe = functools.partial(self.observe, name) if self.observe else None
        batcher = Batcher(model.predict, self.batch_rows or MOST_ROWS, observe)
        self.open[name] = opened = Opened(model, batcher, old.version + 1 if old else 1, stamp)
        while len(self.open) > MOST_OPEN:
            self.open.popitem(last=False)
        return opened

    def listed(self) -> str:
        """Return the names of all models, for an error."""
        names = sorted(self.folders())
        return ", ".join(map(repr, names[:8])) + (", ..." if len(names) > 8 else "") if names else "none yet"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__


def _stamp(folder: str | os.PathLike[str]) -> Stamp | None:
    """Return time, size and inode of a run's ``model.keras``, which change with the model; None while there is none."""
    try:
        facts = (Path(folder) / "model.keras").stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
