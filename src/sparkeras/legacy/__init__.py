"""Models that Keras 1, Keras 2 and tf.keras saved, as models of Keras 3.

Runs on: driver.

::

    from sparkeras import legacy

    model = legacy.load("model.json", "weights.h5")  # architecture and weights
    model = legacy.load("model.h5")                  # a whole model in one file, or "model.keras" of TensorFlow 2.15

What a file holds as code (Lambda layers, functions) is never run. The result is made of plain layers of Keras 3, so
that its ``.keras`` file opens anywhere. What is translated, and what is refused: docs/decisions/017-old-keras-files.md.
"""

import dataclasses
import json
import warnings
from pathlib import Path

import keras

from sparkeras.errors import InvalidModelError, SparkerasError
from sparkeras.legacy import archives, matching, sharing, weights_file
from sparkeras.legacy.architecture import open_architecture
from sparkeras.legacy.compiling import compile_as
from sparkeras.legacy.graph import build_part
from sparkeras.legacy.parts import Reading


@dataclasses.dataclass
class Revived:
    """A model that was read: the Keras 3 ``model``, the ``origin`` in words, ``notes`` for the user."""

    model: keras.Model
    origin: str
    notes: list


def load(architecture, weights=None, custom_objects=None, theano_kernels=False, input_shape=None):
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
        Whether convolutions may be ones that Theano learned: they are put in order and turned around.
    input_shape : tuple of int, optional
        Of one row, for a row of layers whose file does not say it.

    Returns
    -------
    keras.Model
        Compiled where a whole model says how, its optimizer anew.

    Raises
    ------
    DataError
        If a file is missing, damaged, or something else.
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


def read(architecture, weights=None, custom_objects=None, theano_kernels=False, input_shape=None):
    """Return the same as ``load`` with what is to be said about it, a ``Revived``."""
    found = open_architecture(architecture)
    weights = Path(weights) if weights is not None else None
    if found.era >= 3:
        return _of_keras_3(found, weights, custom_objects)
    reading = Reading(found.version, found.backend, found.era, dict(custom_objects or {}), theano_kernels)
    reading.dim_ordering = found.dim_ordering
    part = _built(found, reading, input_shape)
    path = weights or (found.path if found.holds_weights else None)
    if path is None:
        matching.steepen(part.parts)
        reading.note("The model has fresh weights: no file of weights was named.")
    else:
        _fill(part, path, reading)
    if found.training:
        said = compile_as(part.layer, found.training, reading.custom_objects)
        reading.notes += [said]
    return Revived(part.layer, reading.describe(), reading.notes)


def _built(found, reading, input_shape):
    """Return the model as a Part; damaged files may break the translation anywhere."""
    try:
        part = build_part(found.document, reading, input_shape)
    except SparkerasError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InvalidModelError(
            f"'{found.path}' cannot be read as an architecture of {reading.describe()}: "
            f"{type(error).__name__} {' '.join(str(error).split())[:200]}. Is it whole?"
        ) from error
    if part.kind != "model":
        raise InvalidModelError(f"'{found.path}' holds a {part.old_class}; expected Sequential or Model.")
    if not part.layer.built:
        raise InvalidModelError(
            f"'{found.path}' does not say what shape a row has. Say it: legacy.load(..., input_shape=(...))."
        )
    for leaf in part.leaves:
        if leaf.shape and tuple(leaf.layer.output.shape[1:]) != leaf.shape[1:]:
            leaf.refuse(f"gives {tuple(leaf.layer.output.shape)} in Keras 3; its file says {leaf.shape}.")
    sharing.note_twins(part, reading)
    return part


def _fill(part, path, reading):
    with archives.opened_weights(path) if archives.is_archive(path) else weights_file.opened(path) as file:
        version, backend = weights_file.written_by(file)
        reading.version, reading.backend = reading.version or version, backend or reading.backend
        matching.refuse_paddings_of_theano(part.parts, reading)
        matching.set_weights(part.parts, file, reading, path)
    matching.steepen(part.parts)


def _of_keras_3(found, weights, custom_objects):
    """Read the files of Keras 3 by its own reader, in safe mode; its older releases did not refuse code in HDF5."""
    if found.code:
        raise InvalidModelError(
            f"Layer {found.code!r} (Lambda) is a function, which '{found.path}' holds as code that is never run. "
            "Build the model in Python and load the weights there."
        )
    try:
        if found.holds_weights:
            model = keras.saving.load_model(found.path, custom_objects=custom_objects)
        else:
            text = json.dumps(found.document)
            model = keras.models.model_from_json(text, custom_objects=custom_objects)
    except Exception as error:  # its reader raises anything
        raise InvalidModelError(
            f"Keras {keras.__version__} cannot read '{found.path}': {' '.join(str(error).split())[:300]}"
        ) from error
    notes = [] if weights or found.holds_weights else ["The model has fresh weights: no file of weights was named."]
    if weights:
        with weights_file.opened(weights):  # finds missing and damaged files in plain words
            pass
        try:
            model.load_weights(weights)
        except Exception as error:
            raise InvalidModelError(
                f"The weights of '{weights}' do not fit '{found.path}': {' '.join(str(error).split())[:300]}"
            ) from error
    return Revived(model, f"Keras {found.version or 3}", notes)
