"""The models of several runs by name: opened when they are first asked for, and anew when their files change.

Runs on: driver.
"""

import asyncio
import gc
import logging
import time
from collections import OrderedDict
from pathlib import Path

from sparkeras.serving.http.responses import Refusal

LOOK_SECONDS = 1.0  # between two looks at a model's file
MOST_OPEN = 8


class Opened:
    """A model that is open: its version (1, 2, ... for each time it was opened), its Batcher, why no newer one is."""

    def __init__(self, model, batcher, version, stamp):
        self.model, self.batcher, self.version, self.stamp = model, batcher, version, stamp
        self.looked, self.problem = time.monotonic(), None


class Shelf:
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

    def __init__(self, folders, batch_rows=None, observe=None):
        self.folders, self.batch_rows, self.observe = folders, batch_rows, observe
        self.is_warm = False
        self.open: OrderedDict[str, Opened] = OrderedDict()
        self.opening: dict[str, asyncio.Task] = {}

    async def get(self, name):
        """Return the Opened model of a name.

        Raises
        ------
        Refusal
            404 if there is none; 503 if its file cannot be opened.
        """
        found = self.open.get(name)
        if found is None:
            return await self._opened(name)
        self.open.move_to_end(name)
        if time.monotonic() - found.looked > LOOK_SECONDS:
            found.looked = time.monotonic()
            if _stamp(found.model.folder) not in (found.stamp, None):
                self._open_soon(name)  # the old one answers until the new one is ready
        return found

    async def _opened(self, name):
        try:
            return await asyncio.shield(self._open_soon(name))
        except Refusal:
            raise
        except Exception as error:  # a model may hold anything
            words = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
            raise Refusal(503, f"The model {name!r} cannot be opened: {words}") from error

    def _open_soon(self, name):
        """Return the task that opens a model, the one at work if there is one."""
        if name not in self.opening:
            folder = self.folders().get(name)
            if folder is None:
                raise Refusal(404, f"There is no model {name[:80]!r}; there are {self.listed()}.")
            self.opening[name] = task = asyncio.ensure_future(self._open(name, Path(folder)))
            task.add_done_callback(lambda done: (self.opening.pop(name, None), done.cancelled() or done.exception()))
        return self.opening[name]

    def open_all(self):
        """Open all models now, and compile what they may be asked; raises the error of one that cannot be opened."""
        self.is_warm = True
        for name, folder in self.folders().items():
            self._put(name, self._load(folder), _stamp(folder))

    def _load(self, folder):
        from sparkeras.serving.model import ServedModel

        model = ServedModel(folder)
        model.warm_up(*(() if self.is_warm else [(1,)]))
        # What is there now stays: the collector need not look through a million objects of Keras and JAX again and
        # again, 0.2 s each time, while requests wait. What an older model has left is collected first.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        return model

    async def _open(self, name, folder):
        stamp, old = _stamp(folder), self.open.get(name)
        try:
            return self._put(name, await asyncio.to_thread(self._load, folder), stamp)
        except Exception as error:
            if old is None:
                raise
            old.stamp, old.problem = stamp, str(error).splitlines()[0][:300] if str(error) else type(error).__name__
            logging.getLogger(__name__).warning("%s stays as it was: %s", name, old.problem)
            return old

    def _put(self, name, model, stamp):
        """Let a model answer from now on."""
        from sparkeras.serving.batching import Batcher

        old = self.open.get(name)
        more = {"most_rows": self.batch_rows} if self.batch_rows else {}
        observe = (lambda rows: self.observe(name, rows)) if self.observe else None
        batcher = Batcher(model.predict, observe=observe, **more)
        self.open[name] = opened = Opened(model, batcher, old.version + 1 if old else 1, stamp)
        while len(self.open) > MOST_OPEN:
            self.open.popitem(last=False)
        return opened

    def listed(self):
        """Return the names of all models, for an error."""
        names = sorted(self.folders())
        return ", ".join(map(repr, names[:8])) + (", ..." if len(names) > 8 else "") if names else "none yet"


def _stamp(folder):
    """Return what changes when a run's model does; None while there is none."""
    try:
        facts = (Path(folder) / "model.keras").stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
