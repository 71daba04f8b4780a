"""Open an old model: its architecture, its weights, how it was compiled.

Runs on: driver.
"""

from __future__ import annotations

import dataclasses
import json
import warnings
from pathlib import Path
from typing import Any

import keras

from sparkeras.errors import InvalidModelError, SparkerasError
from sparkeras.legacy import archives, matching, sharing, weights_file
from sparkeras.legacy.architecture import Architecture, open_architecture
from sparkeras.legacy.compiling import compile_as
from sparkeras.legacy.graph import build_part
from sparkeras.legacy.parts import Part, Reading


@dataclasses.dataclass
class Revived:
    """A model that was read: the Keras 3 ``model``, its ``origin`` such as "Keras 2.0.4", ``notes`` for the user."""

    model: keras.Model
    origin: str
    notes: list[str]


def load(
    architecture: str | Path,
    weights: str | Path | None = None,
    custom_objects: dict[str, Any] | None = None,
    theano_kernels: bool = False,
    input_shape: tuple[int, ...] | None = None,
) -> keras.Model:
    """Return an old model, built in Keras 3 and with its weights.

    Parameters
    ----------
    architecture : path
        JSON of ``model.to_json()``, or HDF5 of ``model.save("model.h5")``; of Keras 1, 2, tf.keras or 3. Or the
        ``.keras`` file of TensorFlow 2.13 to 2.15.
    weights : path, optional
        HDF5 of ``save_weights``, also the ``.weights.h5`` of TensorFlow 2.13 to 2.15. Without, a whole
        model brings its own, and JSON gives a model with fresh weights.
    custom_objects : dict, optional
        Classes, losses and functions of your own by their name, or a layer under the name of the layer it replaces.
    theano_kernels : bool
        Whether convolutions may come from Theano: their axes are put in order and their kernels flipped.
    input_shape : tuple of int, optional
        Of one row, for a Sequential whose file does not have it.

    Returns
    -------
    keras.Model
        Compiled where the file of a whole model says how, with a new optimizer.

    Raises
    ------
    DataError
        If a file is missing, damaged, or of another kind.
    InvalidModelError
        If a layer has no counterpart, or weights do not fit; it names the layer.

    Warns
    -----
    UserWarning
        Of what could not be kept.
    """
    revived = read(architecture, weights, custom_objects, theano_kernels, input_shape)
    for note in revived.notes:
        warnings.warn(note, stacklevel=2)
    return revived.model


def read(
    architecture: str | Path,
    weights: str | Path | None = None,
    custom_objects: dict[str, Any] | None = None,
    theano_kernels: bool = False,
    input_shape: tuple[int, ...] | None = None,
) -> Revived:
    """Return the model of ``load`` as a ``Revived``, with its origin and notes."""
    old = open_architecture(architecture)
    path = Path(weights) if weights is not None else None
    if old.era >= 3:
        return _of_keras_3(old, path, custom_objects)
    reading = Reading(old.version, old.backend, old.era, dict(custom_objects or {}), theano_kernels)
    reading.dim_ordering = old.dim_ordering
    part = _built(old, reading, input_shape)
    path = path or (old.path if old.holds_weights else None)
    if path is None:
        matching.steepen(part.parts)
        reading.note("The model has fresh weights: no file of weights was named.")
    else:
        _fill(part, path, reading)
    if old.training:
        reading.notes.append(compile_as(part.layer, old.training, reading.custom_objects))
    return Revived(part.layer, reading.describe(), reading.notes)


def _built(old: Architecture, reading: Reading, input_shape: tuple[int, ...] | None) -> Part:
    """Return the model as a Part; damaged files may break the translation anywhere."""
    try:
        part = build_part(old.document, reading, input_shape)
    except SparkerasError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InvalidModelError(
            f"'{old.path}' cannot be read as an architecture of {reading.describe()}: "
            f"{type(error).__name__} {' '.join(str(error).split())[:200]}. Is it whole?"
        ) from error
    if part.kind != "model":
        raise InvalidModelError(f"'{old.path}' holds a {part.old_class}; expected Sequential or Model.")
    if not part.layer.built:
        raise InvalidModelError(
            f"'{old.path}' does not have the shape of a row. Give it: legacy.load(..., input_shape=(...))."
        )
    for leaf in part.leaves:
        if leaf.shape and tuple(leaf.layer.output.shape[1:]) != leaf.shape[1:]:
            leaf.refuse(f"gives {tuple(leaf.layer.output.shape)} in Keras 3, and {leaf.shape} by its file.")
    sharing.note_twins(part, reading)
    return part


def _fill(part: Part, path: Path, reading: Reading) -> None:
    with archives.opened_weights(path) if archives.is_archive(path) else weights_file.opened(path) as file:
        version, backend = weights_file.written_by(file)
        reading.version, reading.backend = reading.version or version, backend or reading.backend
        matching.refuse_paddings_of_theano(part.parts, reading)
        matching.set_weights(part.parts, file, reading, path)
    matching.steepen(part.parts)


def _of_keras_3(old: Architecture, weights: Path | None, custom_objects: dict[str, Any] | None) -> Revived:
    """Read files of Keras 3 with Keras, in safe mode; its older releases did not refuse code in HDF5."""
    if old.code:
        raise InvalidModelError(
            f"Layer {old.code!r} (Lambda) is a function, which '{old.path}' holds as code that is never run. "
            "Build the model in Python and load the weights there."
        )
    try:
        if old.holds_weights:
            model = keras.saving.load_model(old.path, custom_objects=custom_objects)
        else:
            text = json.dumps(old.document)
            model = keras.models.model_from_json(text, custom_objects=custom_objects)
    except Exception as error:  # Keras raises many kinds here
        raise InvalidModelError(
            f"Keras {keras.__version__} cannot read '{old.path}': {' '.join(str(error).split())[:300]}"
        ) from error
    notes = [] if weights or old.holds_weights else ["The model has fresh weights: no file of weights was named."]
    if weights:
        with weights_file.opened(weights):  # has messages for missing and damaged files
            pass
        try:
            model.load_weights(weights)
        except Exception as error:
            raise InvalidModelError(
                f"The weights of '{weights}' do not fit '{old.path}': {' '.join(str(error).split())[:300]}"
            ) from error
    return Revived(model, f"Keras {old.version or 3}", notes)
