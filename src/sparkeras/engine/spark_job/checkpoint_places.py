"""The place of checkpoints: a folder, or an address that pyarrow opens.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sparkeras.errors import InvalidParamError, SetupError, TrainingError

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

_SCHEME = re.compile(r"([a-zA-Z][\w+.-]*)://")
_KNOWN = ("file", "hdfs", "viewfs", "s3", "gs", "gcs", "abfs", "abfss")


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
            raise InvalidParamError(cannot("be written", place, error)) from error
    return place


def folder_exists(place: str) -> bool:
    """Return whether a checkpoint directory exists; nothing is made.

    Raises
    ------
    SetupError, TrainingError
        If its file system cannot be reached from here.
    """
    from pyarrow import fs

    system, root = _file_system(place)
    try:
        return bool(system.get_file_info(root).type == fs.FileType.Directory)
    except OSError as error:
        raise TrainingError(cannot("be opened", place, error)) from error


def open_place(place: str) -> tuple[FileSystem, str]:
    """Return (file system, path); the folder is made if it does not exist."""
    system, root = _file_system(place)
    try:
        system.create_dir(root, recursive=True)
    except (ValueError, PermissionError, NotADirectoryError, FileExistsError) as error:
        raise SetupError(cannot("be opened", place, error)) from error  # trying again would not help
    except OSError as error:
        raise TrainingError(cannot("be opened", place, error)) from error
    return system, root.rstrip("/")


def _file_system(place: str) -> tuple[FileSystem, str]:
    """Return (file system, path)."""
    from pyarrow import fs

    try:
        return fs.FileSystem.from_uri(place) if _SCHEME.match(place) else (fs.LocalFileSystem(), place)
    except (ValueError, ImportError) as error:
        raise SetupError(cannot("be opened", place, error)) from error
    except OSError as error:
        raise TrainingError(cannot("be opened", place, error)) from error


def cannot(action: str, place: str, error: Exception) -> str:
    """Return the message of an action that failed there."""
    reason = " ".join(str(error).split())
    return f"The checkpoint directory {place!r} cannot {action}: {reason}. Choose another one, or free space there."
