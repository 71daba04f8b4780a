"""Open a ``.keras`` file of anybody: in Keras' safe mode, which runs no code of its author.

Runs on: driver.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import keras

from sparkeras import legacy, zoo
from sparkeras.engine.quick_compilation import quick_compilation
from sparkeras.errors import DataError, InvalidModelError
from sparkeras.legacy import archives, foreign


def open_file(path: str | Path) -> keras.Model:
    """Return the Keras model of a ``.keras`` file, of Keras 3 or of TensorFlow 2.13 to 2.15.

    Raises
    ------
    InvalidModelError
        If there is no such file, it is damaged, or Keras refuses to open it safely.
    """
    require_file(path)
    archives.require_no_bomb(path)
    if archives.is_old(path):
        return _open_old(path)
    zoo.register()
    try:
        with quick_compilation():
            return keras.saving.load_model(path)
    except Exception as error:  # damaged files raise many kinds
        if not zipfile.is_zipfile(path):  # then Keras says that the file is not there
            raise InvalidModelError(
                f"{str(path)!r} is not a complete .keras file (a zip archive). Save the model again: model.save(...)."
            ) from error
        raise InvalidModelError(
            f"Keras {keras.__version__} cannot open {str(path)!r}: {' '.join(str(error).split())[:300]}"
        ) from error


def _open_old(path: str | Path) -> keras.Model:
    """Open a file of Keras 2; ``keras.saving.load_model`` refuses it or gives hard_sigmoid another slope."""
    try:
        return legacy.load(path)
    except DataError as error:
        raise InvalidModelError(str(error)) from error


def require_file(path: str | Path) -> None:
    """Raise InvalidModelError if there is no model file at a path."""
    if foreign.refusal(path):
        raise InvalidModelError(foreign.refusal(path))
    if not Path(path).is_file():
        raise InvalidModelError(f"There is no model file {str(path)!r}. Save one with model.save('model.keras').")
