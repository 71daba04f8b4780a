"""Read the ``.keras`` files of TensorFlow 2.12 to 2.15 (Keras 2), zip archives.

An archive holds ``metadata.json``, ``config.json`` and ``model.weights.h5``.

Runs on: driver.

Source: ``keras/src/saving/saving_lib.py`` of Keras 2.13.1, 2.14.0 and 2.15.0.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from sparkeras.errors import DataError, InvalidModelError

MOST_UNPACKED = 32 << 20  # bytes of a part whose compression ratio is not checked
WEIGHTS = "model.weights.h5"


def is_archive(path: str | Path) -> bool:
    """Tell whether a path is a zip archive, as ``.keras`` files are."""
    return Path(path).is_file() and zipfile.is_zipfile(path)


def version(path: str | Path) -> str | None:
    """Return the version of Keras that wrote a ``.keras`` file, e.g. ``'2.15.0'``; None where it is not recorded."""
    try:
        return str(json.loads(_part(path, "metadata.json"))["keras_version"])
    except (DataError, ValueError, TypeError, KeyError, RecursionError):
        return None


def is_old(path: str | Path) -> bool:
    """Tell whether a path is a ``.keras`` file of Keras 2."""
    return is_archive(path) and (re.match(r"\d+", version(path) or "") or [""])[0] == "2"


def config(path: str | Path) -> str:
    """Return the text of a ``.keras`` file's ``config.json``; DataError where it has none."""
    require_no_bomb(path)
    return _part(path, "config.json").decode("utf-8", "replace")


def training(document: dict[str, Any]) -> dict[str, Any] | None:
    """Return the ``compile_config`` in the form of an old HDF5 file's ``training_config``; None without one."""
    compiled = document.get("compile_config")
    return {**compiled, "optimizer_config": compiled.get("optimizer")} if isinstance(compiled, dict) else None


@contextlib.contextmanager
def opened_weights(path: str | Path) -> Iterator[h5py.File]:
    """Open the HDF5 file inside of a ``.keras`` file.

    Raises
    ------
    DataError
        If it has none, or it is damaged.
    """
    require_no_bomb(path)
    content = _part(path, WEIGHTS)
    try:
        file = h5py.File(io.BytesIO(content), "r")
    except OSError as error:
        raise DataError(f"'{path}' is damaged: its {WEIGHTS} is not a complete HDF5 file. Copy it again.") from error
    with file:
        yield file


def require_no_bomb(path: str | Path) -> None:
    """Raise InvalidModelError for an archive whose parts would become far larger than the file: Keras packs nothing."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (OSError, zipfile.BadZipFile):
        return  # its reader has the message for a file that is not an archive
    for part in parts:
        if part.file_size > MOST_UNPACKED and part.file_size > 20 * part.compress_size:
            raise InvalidModelError(
                f"{str(path)!r} would unpack {part.filename!r} to {part.file_size:,} bytes, as no model that Keras "
                "saved does. It is not opened."
            )


def _part(path: str | Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(name)
    except KeyError:
        raise DataError(
            f"'{path}' is a zip archive without {name!r}, so no whole .keras file. Copy it again."
        ) from None
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise DataError(f"'{path}' is damaged: its {name!r} cannot be read. Copy it again.") from error
