"""Finished runs as folders, made without Spark: a Keras model and the summary that a run has."""

import json

import keras
import numpy as np

from sparkeras.runs.run_folder import SUMMARY_KEYS


def write_run(folder, model, vocabulary=None, **data):
    """Write a run's folder with a model; ``data`` is what its summary tells of the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    summary = {key: {} for key in SUMMARY_KEYS} | {"data": {"name": "made", "task": "classification", **data}}
    if vocabulary:
        (folder / "vocabulary.json").write_text(json.dumps({"words": vocabulary, "length": 4}))
    replace_model(folder, model)
    (folder / "summary.json").write_text(json.dumps(summary))
    return folder


def replace_model(folder, model):
    """Put another model in its place: written beside it, then renamed."""
    model.save(folder / "new.keras")
    (folder / "new.keras").rename(folder / "model.keras")


def fixed_line(*weights):
    """Return a model of one output, the sum of its inputs times the weights."""
    model = keras.Sequential([keras.Input((len(weights),), name="x"), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.array(weights, np.float32)[:, None]])
    return model


def two_inputs():
    """Return a model of the inputs a (2 numbers) and b (one whole number), which answers their sum and product."""
    a, b = keras.Input((2,), name="a"), keras.Input((1,), name="b", dtype="int32")
    number = keras.ops.cast(b, "float32")
    outputs = {"sum": a + number, "product": keras.layers.Multiply(name="product")([a, number])}
    return keras.Model([a, b], outputs)


def images_of_any_size():
    """Return a model of grey images from 5 x 5 pixels on, which answers 9 for white ones."""
    layers = [keras.layers.Conv2D(1, 3, kernel_initializer="ones", use_bias=False) for _ in range(2)]
    layers[1].kernel_initializer = keras.initializers.Constant(1 / 9)
    return keras.Sequential([keras.Input((None, None, 1)), *layers, keras.layers.GlobalAveragePooling2D()])


def image_mean():
    """Return a model of images of 4 x 4 pixels in three colours, which answers the mean of each colour."""
    return keras.Sequential([keras.Input((4, 4, 3)), keras.layers.GlobalAveragePooling2D()])
