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
import re
import zipfile
from dataclasses import dataclass
from typing import Any, TypedDict

from sparkeras.engine.spark_job.checkpoint_places import cannot, open_place
from sparkeras.errors import TrainingError

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
        self.system, root = open_place(place)
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
            raise TrainingError(cannot("be written", self.place, error)) from error

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
            raise TrainingError(f"{cannot('be read', paths[-1], error)} Or delete it to start anew.") from error

    def remove(self) -> None:
        """Remove all of this training's checkpoints; the directory above stays."""
        with contextlib.suppress(OSError):
            self.system.delete_dir(self.folder)

    def _checkpoints(self) -> list[str]:
        """Return the paths of the checkpoints, by their epochs."""
        from pyarrow import fs

        listed = self.system.get_file_info(fs.FileSelector(self.folder, allow_not_found=True))
        return sorted(info.path for info in listed if re.fullmatch(r"epoch-\d+\.zip", info.base_name))


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
