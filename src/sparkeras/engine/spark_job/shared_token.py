"""A file per rank by which all ranks see that they share a checkpoint directory.

Runs on: driver, Spark task.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from sparkeras.engine.spark_job.checkpoint_places import cannot, open_place
from sparkeras.errors import SetupError, TrainingError

if TYPE_CHECKING:
    from sparkeras.engine.spark_job.job import Job

_SHARED_SECONDS = 10  # a network folder may show another machine's files a little late


class SharedToken:
    """A file of each rank, which shows the others of one attempt that they share a checkpoint directory; a context.

    Parameters
    ----------
    place : str
    attempt : str
        Different for each attempt of each run.
    rank : int
    """

    def __init__(self, place: str, attempt: str, rank: int) -> None:
        self.place, self.attempt = place, attempt
        self.system, self.folder = open_place(place)
        self.own = self._path(rank)

    def __enter__(self) -> SharedToken:
        try:
            with self.system.open_output_stream(self.own) as stream:
                stream.write(b"sparkeras")
        except OSError as error:
            raise TrainingError(cannot("be written", self.place, error)) from error
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove this rank's token, if it is there."""
        with contextlib.suppress(OSError):
            self.system.delete_file(self.own)

    def require(self, ranks: int) -> None:
        """Raise SetupError if the token of a rank does not appear: the directory is another one on its machine."""
        deadline = time.monotonic() + _SHARED_SECONDS
        missing = list(range(ranks))
        while missing:
            missing = [rank for rank in missing if not self._seen(rank)]
            if missing and time.monotonic() > deadline:
                raise SetupError(
                    f"The checkpoint directory {self.place!r} is not shared: what rank {missing[0]} wrote there is not "
                    "seen here. Use a folder that all machines mount, or a URI such as hdfs://... or s3://..."
                )
            if missing:
                time.sleep(0.1)

    def _seen(self, rank: int) -> bool:
        from pyarrow import fs

        return self.system.get_file_info(self._path(rank)).type == fs.FileType.File

    def _path(self, rank: int) -> str:
        return f"{self.folder}/.sparkeras-{self.attempt}-rank-{rank}"


def forget_tokens(job: Job) -> None:
    """Remove the tokens that killed ranks of an attempt have left in the checkpoint directory, if it is here."""
    if job.checkpoint_dir and job.workers > 1:
        with contextlib.suppress(TrainingError):
            for rank in range(job.workers):
                SharedToken(job.checkpoint_dir, job.attempt, rank).remove()
