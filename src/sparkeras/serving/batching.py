"""Requests that come at the same time as one forward pass.

Runs on: driver.

No request waits for others to come: while a pass runs, requests gather, and the next pass takes them all, as many as
fit. One client alone is answered at once, many share the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import numpy as np

from sparkeras.serving.model import MOST_ROWS

Arrays = list[np.ndarray]
Waiting = tuple[Arrays, "asyncio.Future[Arrays]"]  # a request's inputs and its future outputs
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Batcher:
    """Calls ``predict`` in a thread of its own for the requests of several tasks at once.

    Parameters
    ----------
    predict : callable
        From a list of arrays, one per input, to a list of arrays, one per output; up to ``most_rows`` rows.
    most_rows : int
        1 turns batching off: then each request is a pass of its own.
    observe : callable, optional
        Called with the number of rows of each pass.
    """

    def __init__(
        self,
        predict: Callable[[Arrays], Arrays],
        most_rows: int = MOST_ROWS,
        observe: Callable[[int], None] | None = None,
    ) -> None:
        self.predict, self.most_rows, self.observe = predict, most_rows, observe or (lambda rows: None)
        self.thread = ThreadPoolExecutor(1, "predict")  # ends with the last reference to this Batcher
        self.waiting: list[Waiting] = []
        self.at_work: asyncio.Future[None] | None = None

    async def ask(self, arrays: Arrays) -> Arrays:
        """Return the outputs for one array per input of any number of rows."""
        step = MOST_ROWS
        parts = [[array[first : first + step] for array in arrays] for first in range(0, len(arrays[0]), step)]
        answers = await asyncio.gather(*(self._ask(part) for part in parts))
        if len(answers) == 1:
            return answers[0]
        return [np.concatenate(pieces) for pieces in zip(*answers, strict=True)]

    def run(
        self, function: Callable[Arguments, Answer], *arguments: Arguments.args, **more: Arguments.kwargs
    ) -> asyncio.Future[Answer]:
        """Return a future of a call between two passes, in the thread that alone uses the model."""
        return asyncio.get_running_loop().run_in_executor(self.thread, partial(function, *arguments, **more))

    async def _ask(self, arrays: Arrays) -> Arrays:
        answer: asyncio.Future[Arrays] = asyncio.get_running_loop().create_future()
        self.waiting.append((arrays, answer))
        if self.at_work is None:
            self.at_work = asyncio.ensure_future(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self.waiting:
                await self._pass(self._next())
        finally:
            self.at_work = None

    def _next(self) -> list[Waiting]:
        """Take the requests that fit into one pass: the first that waits, and others with rows of the same shapes."""
        taken: list[Waiting] = []
        left: list[Waiting] = []
        rows, shapes = 0, [array.shape[1:] for array in self.waiting[0][0]]
        for arrays, answer in self.waiting:
            if answer.done():  # its client has gone
                continue
            fits = not taken or rows + len(arrays[0]) <= self.most_rows
            if fits and [array.shape[1:] for array in arrays] == shapes:
                taken.append((arrays, answer))
                rows += len(arrays[0])
            else:
                left.append((arrays, answer))
        self.waiting = left
        return taken

    async def _pass(self, taken: list[Waiting]) -> None:
        if not taken:
            return
        columns = zip(*(arrays for arrays, _ in taken), strict=True)
        together = [np.concatenate(column) if len(taken) > 1 else column[0] for column in columns]
        self.observe(len(together[0]))
        try:
            outputs = await self.run(self.predict, together)
        except Exception as error:
            for _, answer in taken:
                if not answer.done():
                    answer.set_exception(error)
            return
        first = 0
        for arrays, answer in taken:
            rows = len(arrays[0])
            if not answer.done():
                answer.set_result([each[first : first + rows] for each in outputs])
            first += rows
