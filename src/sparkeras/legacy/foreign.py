"""Formats that only TensorFlow reads: SavedModel folders and checkpoints are refused with the way to convert them.

Runs on: driver.
"""

from __future__ import annotations

from pathlib import Path

IN_TENSORFLOW = "Load it in the TensorFlow that wrote it and save it there"


def refusal(path: str | Path) -> str | None:
    """Return the reason not to read a path, in one sentence, or None.

    Parameters
    ----------
    path : path
        A SavedModel folder, its ``saved_model.pb``, a checkpoint's prefix or one of its files; or something else.
    """
    path = Path(path)
    folder = path.parent if path.name in ("saved_model.pb", "keras_metadata.pb") else path
    if (folder / "saved_model.pb").is_file():
        return (
            f"'{folder}' is a SavedModel folder of TensorFlow, which Keras 3 does not open. {IN_TENSORFLOW}: "
            f"tf.keras.models.load_model('{folder}').save('model.h5'), or 'model.keras' since TensorFlow 2.13."
        )
    if path.is_dir():
        return f"'{path}' is a folder; expected a file."
    prefix = path.name.removesuffix(".index").split(".data-")[0]
    if (not path.exists() or prefix != path.name) and (path.parent / f"{prefix}.index").is_file():
        return (
            f"'{path}' is a checkpoint of TensorFlow, which Keras 3 does not open. {IN_TENSORFLOW}: "
            f"model.load_weights('{path.parent / prefix}'), then model.save('model.h5')."
        )
    return None
