"""A ``.keras`` file opened as strangers' files are: in Keras' safe mode, which runs no code of its author.

Runs on: driver. Imports: Keras (a door), ``zoo``, ``quick_compilation``, ``errors``.
"""

import zipfile
from pathlib import Path

import keras

from sparkeras import zoo
from sparkeras.errors import InvalidModelError
from sparkeras.quick_compilation import quick_compilation

MOST_UNPACKED = 32 << 20  # bytes of a part that may be packed as tightly as one likes


def open_file(path):
    """Return the Keras model of a ``.keras`` file.

    Raises
    ------
    InvalidModelError
        If there is no such file, it is damaged, or Keras refuses to open it safely.
    """
    require_file(path)
    _require_no_bomb(path)
    zoo.register()
    try:
        with quick_compilation():
            return keras.saving.load_model(path)
    except Exception as error:  # damaged files raise many kinds
        if not zipfile.is_zipfile(path):  # then Keras says that the file is not there
            raise InvalidModelError(
                f"{str(path)!r} is no whole .keras file (a zip archive). Save the model again with model.save(...)."
            ) from error
        raise InvalidModelError(
            f"Keras {keras.__version__} cannot open {str(path)!r}: {' '.join(str(error).split())[:300]}"
        ) from error


def _require_no_bomb(path):
    """Raise InvalidModelError for an archive whose parts would become far larger than the file: Keras packs nothing."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (OSError, zipfile.BadZipFile):
        return  # what is no archive is told by who opens it
    for part in parts:
        if part.file_size > MOST_UNPACKED and part.file_size > 20 * part.compress_size:
            raise InvalidModelError(
                f"{str(path)!r} would unpack {part.filename!r} to {part.file_size:,} bytes, as no model that Keras "
                "saved does. It is not opened."
            )


def require_file(path):
    """Raise InvalidModelError if there is no file at a path."""
    if not Path(path).is_file():
        raise InvalidModelError(f"There is no model file {str(path)!r}. Save one with model.save('model.keras').")
