"""Callbacks' files at relative paths: sent to the training process, brought back to the caller's folder.

Runs on: driver, Spark task, training process.

The training process works in a folder of its own that looks like the caller's: the files that its callbacks read are
sent along. Files that callbacks have written or changed come back, and the names of those that they have removed. A
file that was not sent, and was opened to append, is the end of the caller's file of that name.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkeras.engine.spark_job.job import Job

FOLDER = "files"  # of the training process, below its own
_REMOVED = ".sparkeras-removed.json"
_APPENDED = ".sparkeras-appended.json"


def enter(root: str, job: Job) -> None:
    """Make ``root`` look like the caller's folder, and change to the folder in it where relative paths begin.

    Parameters
    ----------
    root : str
        Made here.
    job : Job
    """
    _open(job.files, root)
    here = os.path.join(root, *job.folder)
    os.makedirs(here, exist_ok=True)
    os.chdir(here)
    if job.callbacks:
        _note_appended(root)


def _note_appended(root: str) -> None:
    """Write a list, beside ``root``, of the files below it that are opened to append while they do not exist."""
    root = os.path.realpath(root)
    appended: set[str] = set()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str):
            return
        path, _, flags = arguments
        if flags & os.O_APPEND and not os.path.lexists(path) and os.path.realpath(path).startswith(root + os.sep):
            appended.add(os.path.realpath(path))
        elif flags & os.O_TRUNC and os.path.realpath(path) in appended:
            appended.remove(os.path.realpath(path))
        else:
            return
        with open(_list_beside(root), "w") as file:
            json.dump([os.path.relpath(each, root).replace(os.sep, "/") for each in appended], file)

    sys.addaudithook(hook)


def _list_beside(root: str) -> str:
    return os.path.join(os.path.dirname(root), "appended.json")


def pack(paths: Mapping[str, str | os.PathLike[str]]) -> bytes:
    """Return files and folders as bytes, empty for none.

    Parameters
    ----------
    paths : dict of str to path
        By the name that each has below the folder in the end; names of folders end with a slash.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", strict_timestamps=False) as archive:
        for name, path in paths.items():
            archive.write(path, name)
    return buffer.getvalue() if paths else b""


def everything(root: str) -> bytes:
    """Return all files below ``root`` as bytes, empty for none."""
    return pack({name: os.path.join(root, name) for name in _below(root)})


def changed(root: str, sent: bytes) -> bytes:
    """Return as bytes the files below ``root`` that are not as in the bytes that were sent; empty for none."""
    before = {}
    if sent:
        with zipfile.ZipFile(io.BytesIO(sent)) as archive:
            before = {info.filename: (info.file_size, info.CRC) for info in archive.infolist()}
    paths = {name: os.path.join(root, name) for name in _below(root)}
    written = {name: path for name, path in paths.items() if before.get(name) != _content(path)}
    removed = [name for name in before if not os.path.lexists(os.path.join(root, name))]
    if not written and not removed:
        return b""
    data = io.BytesIO(pack(written))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr(_REMOVED, json.dumps(removed))
        archive.writestr(_APPENDED, json.dumps([name for name in _appended(root) if name not in before]))
    return data.getvalue()


def _appended(root: str) -> list[str]:
    try:
        with open(_list_beside(root)) as file:
            names: list[str] = json.load(file)
    except (FileNotFoundError, ValueError):  # none; or the process was killed while it wrote
        return []
    return names


def put_back(
    data: bytes, root: str | os.PathLike[str], moved: Callable[[str, bytes | None], bool] | None = None
) -> None:
    """Write the files that ``changed`` packed to ``root``, and remove there those that it names.

    Parameters
    ----------
    data : bytes
    root : str
    moved : callable or None
        Called with a name and the bytes of its file (None if it was removed); returns whether that is done.
    """
    if not data:
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        removed, appended = json.loads(archive.read(_REMOVED)), json.loads(archive.read(_APPENDED))
        for name in archive.namelist():
            if name in (_REMOVED, _APPENDED) or (moved and moved(name, archive.read(name))):
                continue
            if name in appended and os.path.isfile(os.path.join(root, name)):
                with archive.open(name) as end, open(os.path.join(root, name), "ab") as file:
                    shutil.copyfileobj(end, file)
            else:
                archive.extract(name, root)
    for name in sorted(removed, reverse=True):  # files before their folders
        if not (moved and moved(name, None)):
            with contextlib.suppress(OSError):  # gone already, or a folder that holds other files
                path = os.path.join(root, name)
                os.rmdir(path) if name.endswith("/") else os.remove(path)


def replace(root: str, data: bytes) -> None:
    """Let ``root`` hold the files that ``everything`` packed, and no others."""
    for entry in os.scandir(root):
        if entry.is_dir(follow_symlinks=False):
            for name in _below(entry.path):
                os.remove(os.path.join(entry.path, name))
        else:
            os.remove(entry.path)
    _open(data, root)


def _open(data: bytes, root: str) -> None:
    if data:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(root)


def _below(root: str) -> Iterator[str]:
    """Yield the names of the files below ``root``, with slashes."""
    for where, _, files in os.walk(root):
        for path in (os.path.join(where, name) for name in files):
            if os.path.isfile(path):  # no broken link, no socket
                yield os.path.relpath(path, root).replace(os.sep, "/")


def _content(path: str) -> tuple[int, int]:
    """Return a file's size and checksum, as a zip has them."""
    size = checksum = 0
    with open(path, "rb") as file:
        while chunk := file.read(2**20):
            size, checksum = size + len(chunk), zlib.crc32(chunk, checksum)
    return size, checksum
