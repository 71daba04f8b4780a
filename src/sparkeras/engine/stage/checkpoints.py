"""The last finished epoch of a training, in a folder that all its workers can read.

Runs on: driver, Spark task, training process.

One file holds one checkpoint: a zip of ``about.json`` (epoch, history, whether training has ended), ``state`` (weights
and optimizer), ``callbacks`` (their attributes) and ``files`` (written by them). It is written under another name and
renamed, so that a writer that is killed leaves the checkpoint before it whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from sparkeras.errors import InvalidParamError, SetupError, TrainingError

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

    from sparkeras.engine.stage.job import Job

_SCHEME = re.compile(r"([a-zA-Z][\w+.-]*)://")
_KNOWN = ("file", "hdfs", "viewfs", "s3", "gs", "gcs", "abfs", "abfss")
_SHARED_SECONDS = 10  # a network folder may show another machine's files a little late
_PARTS = ("state", "callbacks", "files")


class About(TypedDict):
    """The part of a checkpoint that JSON holds: finished epochs, the token of the run that wrote it.

    ``ended``: after the last epoch, or stopped early. ``history``: of ``TrainingHistory.packed``.
    """

    epoch: int
    run: str
    ended: bool
    history: dict[str, Any]


@dataclass
class Checkpoint:
    """A training after an epoch.

    Attributes
    ----------
    about : About
    state, callbacks, files : bytes
        As in ``job.Answer``.
    """

    about: About
    state: bytes
    callbacks: bytes
    files: bytes


class CheckpointFolder:
    """The folder of one training below a checkpoint directory.

    Parameters
    ----------
    place : str
        A path, or a URI that ``pyarrow.fs`` opens (``hdfs://``, ``s3://``, ``gs://``, ``file://``).
    training : str
        Its name, of ``training_name``: other models, settings and rows have other names.

    Raises
    ------
    SetupError, TrainingError
        If the place cannot be opened from here, for good or just now.
    """

    def __init__(self, place: str, training: str) -> None:
        self.place, self.training = place, training
        self.system, root = _open(place)
        self.folder = f"{root}/sparkeras-{training}"

    def write(self, checkpoint: Checkpoint) -> None:
        """Write ``checkpoint`` and remove the one before it.

        Raises
        ------
        TrainingError
            If it cannot be written; the one before stays.
        """
        name, run = f"epoch-{checkpoint.about['epoch']:06d}.zip", checkpoint.about["run"]
        temporary, path = f"{self.folder}/.{name}.{run}", f"{self.folder}/{name}"
        try:
            self.system.create_dir(self.folder)
            with self.system.open_output_stream(temporary) as stream, zipfile.ZipFile(stream, "w") as archive:
                archive.writestr("about.json", json.dumps(checkpoint.about))
                for part in _PARTS:
                    archive.writestr(part, getattr(checkpoint, part))
            self.system.move(temporary, path)
            for other in self._checkpoints():
                if other != path:
                    self.system.delete_file(other)
        except OSError as error:
            with contextlib.suppress(OSError):
                self.system.delete_file(temporary)
            raise TrainingError(_cannot("be written", self.place, error)) from error

    def last(self, run: str) -> Checkpoint | None:
        """Return the Checkpoint that ``run`` resumes from, None without any.

        That is the last finished epoch; but a training that has ended in an earlier run starts anew.

        Raises
        ------
        TrainingError
            If it cannot be read.
        """
        paths = self._checkpoints()
        if not paths:
            return None
        try:
            with self.system.open_input_file(paths[-1]) as file, zipfile.ZipFile(file) as archive:
                about = json.loads(archive.read("about.json"))
                if about["ended"] and about["run"] != run:
                    return None
                return Checkpoint(about, *(archive.read(part) for part in _PARTS))
        except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
            raise TrainingError(f"{_cannot('be read', paths[-1], error)} Or delete it to start anew.") from error

    def remove(self) -> None:
        """Remove all of this training's checkpoints; the directory above stays."""
        with contextlib.suppress(OSError):
            self.system.delete_dir(self.folder)

    def _checkpoints(self) -> list[str]:
        """Return the paths of the checkpoints, by their epochs."""
        from pyarrow import fs

        listed = self.system.get_file_info(fs.FileSelector(self.folder, allow_not_found=True))
        return sorted(info.path for info in listed if re.fullmatch(r"epoch-\d+\.zip", info.base_name))


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
        self.system, self.folder = _open(place)
        self.own = self._path(rank)

    def __enter__(self) -> SharedToken:
        try:
            with self.system.open_output_stream(self.own) as stream:
                stream.write(b"sparkeras")
        except OSError as error:
            raise TrainingError(_cannot("be written", self.place, error)) from error
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


def checked_place(place: str, here: bool) -> str:
    """Return a checkpoint directory as workers open it: a local path becomes absolute.

    Parameters
    ----------
    place : str
    here : bool
        Whether the workers run on this machine, so that a local path can be tried.

    Raises
    ------
    InvalidParamError
        If it is or lies below a file, is a URI of an unknown kind, or cannot be written to.
    """
    scheme = _SCHEME.match(place)
    if scheme and scheme.group(1) not in _KNOWN:
        raise InvalidParamError(
            f"The checkpoint directory {place!r} is of a kind that pyarrow does not open; give a path that all workers "
            f"share, or a URI that starts with {', '.join(f'{known}://' for known in _KNOWN)}."
        )
    if scheme:
        return place
    place = os.path.abspath(os.path.expanduser(place))
    nearest = next(str(folder) for folder in (Path(place), *Path(place).parents) if folder.exists())
    if os.path.isfile(nearest):
        how = "is a file" if nearest == place else f"lies below the file {nearest!r}"
        raise InvalidParamError(f"The checkpoint directory {place!r} {how}; give a folder.")
    if here:
        try:
            tempfile.TemporaryFile(dir=nearest).close()
        except OSError as error:
            raise InvalidParamError(_cannot("be written", place, error)) from error
    return place


def training_name(fingerprint: str, digest: int) -> str:
    """Return a training's name among its checkpoint directory's: a hash of model, settings and rows.

    Parameters
    ----------
    fingerprint : str
        Of model and settings.
    digest : int
        Sum of the keys of all rows, whatever their order.
    """
    return hashlib.sha256(f"{fingerprint} {digest}".encode()).hexdigest()[:16]


def _open(place: str) -> tuple[FileSystem, str]:
    """Return (file system, path); the folder is made if it does not exist."""
    from pyarrow import fs

    try:
        system, root = fs.FileSystem.from_uri(place) if _SCHEME.match(place) else (fs.LocalFileSystem(), place)
        system.create_dir(root, recursive=True)
    except (ValueError, ImportError, PermissionError, NotADirectoryError, FileExistsError) as error:
        raise SetupError(_cannot("be opened", place, error)) from error  # trying again would not help
    except OSError as error:
        raise TrainingError(_cannot("be opened", place, error)) from error
    return system, root.rstrip("/")


def _cannot(action: str, place: str, error: Exception) -> str:
    reason = " ".join(str(error).split())
    return f"The checkpoint directory {place!r} cannot {action}: {reason}. Choose another one, or free space there."
