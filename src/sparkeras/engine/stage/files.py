"""The files of callbacks with relative paths: handed in to the training process, handed back to the caller's folder.

Runs on: driver, Spark task, training process.

The training process works in a folder of its own that looks like the caller's: what its callbacks are to find there is
handed in. Back comes what they have written or changed, and the names of what they have removed. A file that was not
handed in, and was opened to append, is the end of the caller's file of that name.
"""

import contextlib
import io
import json
import os
import shutil
import sys
import zipfile
import zlib

FOLDER = "files"  # of the training process, below its own
_REMOVED = ".sparkeras-removed.json"
_APPENDED = ".sparkeras-appended.json"


def enter(root, job):
    """Make ``root`` look like the caller's folder, and the folder there that relative paths begin at the current one.

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


def _note_appended(root):
    """Keep a list, beside ``root``, of the files below it that are opened to append while they do not exist."""
    root, appended = os.path.realpath(root), set()

    def hook(event, arguments):
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


def _list_beside(root):
    return os.path.join(os.path.dirname(root), "appended.json")


def pack(found):
    """Return files and folders as bytes, empty for none.

    Parameters
    ----------
    found : dict of str to path
        Where each lies, by its name below the folder to be; names of folders end with a slash.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", strict_timestamps=False) as archive:
        for name, path in found.items():
            archive.write(path, name)
    return buffer.getvalue() if found else b""


def everything(root):
    """Return all files below ``root`` as bytes, empty for none."""
    return pack({name: os.path.join(root, name) for name in _below(root)})


def changed(root, handed_in):
    """Return as bytes what is new or other below ``root`` than in the bytes that were handed in; empty for nothing."""
    before = {}
    if handed_in:
        with zipfile.ZipFile(io.BytesIO(handed_in)) as archive:
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


def _appended(root):
    try:
        with open(_list_beside(root)) as file:
            return json.load(file)
    except (FileNotFoundError, ValueError):  # none; or the process was killed while it wrote
        return []


def put_back(data, root, moved=None):
    """Write to ``root`` what ``changed`` packed, and remove there what it names.

    Parameters
    ----------
    data : bytes
    root : str
    moved : callable or None
        Called with a name and the bytes of its file (None if it was removed); returns whether it has taken it.
    """
    if not data:
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        removed, appended = json.loads(archive.read(_REMOVED)), json.loads(archive.read(_APPENDED))
        for name in archive.namelist():
            if name in (_REMOVED, _APPENDED) or (moved and moved(name, archive.read(name))):
                continue
            if name in appended and os.path.isfile(os.path.join(root, name)):
                with archive.open(name) as made, open(os.path.join(root, name), "ab") as file:
                    shutil.copyfileobj(made, file)
            else:
                archive.extract(name, root)
    for name in sorted(removed, reverse=True):  # files before their folders
        if not (moved and moved(name, None)):
            with contextlib.suppress(OSError):  # gone already, or a folder that holds other files
                path = os.path.join(root, name)
                os.rmdir(path) if name.endswith("/") else os.remove(path)


def replace(root, data):
    """Let ``root`` hold what ``everything`` packed, and nothing else."""
    for entry in os.scandir(root):
        if entry.is_dir(follow_symlinks=False):
            for name in _below(entry.path):
                os.remove(os.path.join(entry.path, name))
        else:
            os.remove(entry.path)
    _open(data, root)


def _open(data, root):
    if data:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(root)


def _below(root):
    """Yield the names of the files below ``root``, with slashes."""
    for where, _, files in os.walk(root):
        for path in (os.path.join(where, name) for name in files):
            if os.path.isfile(path):  # no broken link, no socket
                yield os.path.relpath(path, root).replace(os.sep, "/")


def _content(path):
    """Return what tells a file's content: its size and checksum, as a zip keeps them."""
    size = checksum = 0
    with open(path, "rb") as file:
        while chunk := file.read(2**20):
            size, checksum = size + len(chunk), zlib.crc32(chunk, checksum)
    return size, checksum
