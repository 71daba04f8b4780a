"""The last finished epoch of a training, kept where all its workers can read it.

Runs on: driver, Spark task, training process.

One file holds one checkpoint: a zip of ``about.json`` (epoch, history, whether training goes on), ``state`` (weights
and optimizer), ``callbacks`` (their attributes) and ``files`` (what they wrote). It is written beside its place and
renamed, so that whatever ends a writer leaves the checkpoint before it whole.
"""

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

from sparkeras.errors import InvalidParamError, SetupError, TrainingError

_SCHEME = re.compile(r"([a-zA-Z][\w+.-]*)://")
_KNOWN = ("file", "hdfs", "viewfs", "s3", "gs", "gcs", "abfs", "abfss")
_SHARED_SECONDS = 10  # a network folder may show another machine's files a little late
_PARTS = ("state", "callbacks", "files")


@dataclass
class Checkpoint:
    """What a training is after an epoch.

    Attributes
    ----------
    about : dict
        ``epoch`` (finished epochs), ``run`` (the token of the run that wrote it), ``ended`` (training is done:
        last epoch or early stop), ``history`` (fields of TrainingHistory).
    state, callbacks, files : bytes
        As in ``job.Answer``.
    """

    about: dict
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
        What tells this training from others: model, settings and rows, see ``training_name``.

    Raises
    ------
    SetupError, TrainingError
        If the place cannot be opened from here, for good or just now.
    """

    def __init__(self, place, training):
        self.place = place
        self.system, root = _open(place)
        self.folder = f"{root}/sparkeras-{training}"

    def write(self, checkpoint):
        """Keep ``checkpoint`` and remove the one before it.

        Raises
        ------
        TrainingError
            If it cannot be written; the one before stays.
        """
        name, run = f"epoch-{checkpoint.about['epoch']:06d}.zip", checkpoint.about["run"]
        beside, path = f"{self.folder}/.{name}.{run}", f"{self.folder}/{name}"
        try:
            self.system.create_dir(self.folder)
            with self.system.open_output_stream(beside) as stream, zipfile.ZipFile(stream, "w") as archive:
                archive.writestr("about.json", json.dumps(checkpoint.about))
                for part in _PARTS:
                    archive.writestr(part, getattr(checkpoint, part))
            self.system.move(beside, path)
            for other in self._checkpoints():
                if other != path:
                    self.system.delete_file(other)
        except OSError as error:
            with contextlib.suppress(OSError):
                self.system.delete_file(beside)
            raise TrainingError(_cannot("be written", self.place, error)) from error

    def last(self, run):
        """Return the Checkpoint that ``run`` goes on from, None without any.

        That is the last finished epoch; but a training that came to its end in an earlier run is done anew.

        Raises
        ------
        TrainingError
            If it cannot be read.
        """
        found = self._checkpoints()
        if not found:
            return None
        try:
            with self.system.open_input_file(found[-1]) as file, zipfile.ZipFile(file) as archive:
                about = json.loads(archive.read("about.json"))
                if about["ended"] and about["run"] != run:
                    return None
                return Checkpoint(about, *(archive.read(part) for part in _PARTS))
        except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
            raise TrainingError(f"{_cannot('be read', found[-1], error)} Or delete it to start anew.") from error

    def remove(self):
        """Remove all of this training's checkpoints; the directory above stays."""
        with contextlib.suppress(OSError):
            self.system.delete_dir(self.folder)

    def _checkpoints(self):
        from pyarrow import fs

        listed = self.system.get_file_info(fs.FileSelector(self.folder, allow_not_found=True))
        return sorted(info.path for info in listed if re.fullmatch(r"epoch-\d+\.zip", info.base_name))


class SharedToken:
    """A file per rank by which all ranks of one attempt see that they share a checkpoint directory; a context.

    Parameters
    ----------
    place : str
    attempt : str
        Different for each attempt of each run.
    rank : int
    """

    def __init__(self, place, attempt, rank):
        self.place, self.attempt = place, attempt
        self.system, self.folder = _open(place)
        self.own = self._path(rank)

    def __enter__(self):
        try:
            with self.system.open_output_stream(self.own) as stream:
                stream.write(b"sparkeras")
        except OSError as error:
            raise TrainingError(_cannot("be written", self.place, error)) from error
        return self

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        """Take this rank's token away, if it is there."""
        with contextlib.suppress(OSError):
            self.system.delete_file(self.own)

    def require(self, ranks):
        """Look for the tokens of all ranks.

        Raises
        ------
        SetupError
            If one does not appear: the directory is another one on that machine.
        """
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

    def _seen(self, rank):
        from pyarrow import fs

        return self.system.get_file_info(self._path(rank)).type == fs.FileType.File

    def _path(self, rank):
        return f"{self.folder}/.sparkeras-{self.attempt}-rank-{rank}"


def forget_tokens(job):
    """Remove, where this machine can, what killed ranks of an attempt have left in the checkpoint directory."""
    if job.checkpoint_dir and job.workers > 1:
        with contextlib.suppress(TrainingError):
            for rank in range(job.workers):
                SharedToken(job.checkpoint_dir, job.attempt, rank).remove()


def checked_place(place, here):
    """Return a checkpoint directory as workers find it: a local path made absolute.

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


def training_name(fingerprint, digest):
    """Return what tells one training from others, as part of a file name.

    Parameters
    ----------
    fingerprint : str
        Of model and settings.
    digest : int
        Sum of the keys of all rows, whatever their order.
    """
    return hashlib.sha256(f"{fingerprint} {digest}".encode()).hexdigest()[:16]


def _open(place):
    """Return (file system, path), the folder made where it is not there yet."""
    system, root = _file_system(place)
    try:
        system.create_dir(root, recursive=True)
    except (ValueError, ImportError, PermissionError, NotADirectoryError, FileExistsError) as error:
        raise SetupError(_cannot("be opened", place, error)) from error  # trying again would not help
    except OSError as error:
        raise TrainingError(_cannot("be opened", place, error)) from error
    return system, root.rstrip("/")


def folder_exists(place):
    """Tell whether a checkpoint directory exists already; nothing is made.

    Raises
    ------
    SetupError, TrainingError
        If its file system cannot be reached from here.
    """
    from pyarrow import fs

    system, root = _file_system(place)
    try:
        return system.get_file_info(root).type == fs.FileType.Directory
    except OSError as error:
        raise TrainingError(_cannot("be opened", place, error)) from error


def _file_system(place):
    """Return (file system, path)."""
    from pyarrow import fs

    try:
        return fs.FileSystem.from_uri(place) if _SCHEME.match(place) else (fs.LocalFileSystem(), place)
    except (ValueError, ImportError) as error:
        raise SetupError(_cannot("be opened", place, error)) from error  # trying again would not help
    except OSError as error:
        raise TrainingError(_cannot("be opened", place, error)) from error


def _cannot(done, place, error):
    reason = " ".join(str(error).split())
    return f"The checkpoint directory {place!r} cannot {done}: {reason}. Choose another one, or free space there."
