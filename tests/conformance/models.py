"""Cases of whole models: outputs of several axes, masks, several outputs, subclasses, and how they compute."""

import keras
from keras import layers, losses

from tests.conformance import own, own_layers
from tests.conformance.building import compiling, row, stacked
from tests.conformance.case import NOT_TORCH, Case

REASONS = {}
_SPARSE = "sparse_categorical_crossentropy"


def _sequence(units=2, cell=layers.LSTM, masked=False, activation=None, **compiled):
    first = [layers.Masking()] if masked else []
    last = layers.Dense(units, activation=activation)
    return stacked((7, 4), *first, cell(3, return_sequences=True), last, **compiled)


def _picture(units=1, activation=None, **compiled):
    conv = layers.Conv2D(4, 3, padding="same", activation="relu")
    return stacked((8, 8, 3), conv, layers.Dense(units, activation=activation), **compiled)


def _square(**compiled):
    """A loss whose last axis is as long as a rank's rows: of 41 rows over 2 ranks, 21 and 20."""
    return stacked((6,), layers.Dense(21), layers.Reshape((21, 1)), **compiled)


def _words(mask, loss=_SPARSE, **compiled):
    embedded = layers.Embedding(11, 4, mask_zero=mask)
    return stacked((7,), embedded, layers.Dense(3, activation="softmax"), loss=loss, dtype="int32", **compiled)


def _several(named=None, kind=list, shared=False, units=(1, 1), inputs=("x",), **compiled):
    """A functional model of two outputs, as a list, tuple or dict."""
    given = [keras.Input((6,), name=name) for name in inputs]
    x = given[0] if len(given) == 1 else layers.Concatenate()(given)
    x = layers.Dense(5, activation="tanh")(x)
    outputs = [layers.Dense(unit, name=name)(x) for unit, name in zip(units, ("first", "second"), strict=True)]
    model = keras.Model(
        given[0] if len(given) == 1 else given, dict(zip(named, outputs, strict=True)) if named else kind(outputs)
    )
    model.compile(**compiling({"loss": ["mse", "mae"]} | compiled))
    return model


def _text_and_tags():
    """Two outputs of different axes: a number for the series and a class for each step."""
    inputs = keras.Input((7, 4), name="x")
    x = layers.GRU(3, return_sequences=True)(inputs)
    each = layers.Dense(3, activation="softmax", name="tags")(x)
    whole = layers.Dense(1, name="whole")(layers.GlobalAveragePooling1D()(x))
    model = keras.Model(inputs, [each, whole])
    model.compile("sgd", [_SPARSE, "mse"], metrics=[["accuracy"], ["mae"]], loss_weights=[1.0, 0.5])
    return model


def _translating():
    """An encoder and a decoder, as tutorials have them."""
    question, answer = keras.Input((7, 4), name="question"), keras.Input((7, 4), name="answer")
    _, *state = layers.LSTM(3, return_state=True)(question)
    said = layers.LSTM(3, return_sequences=True)(answer, initial_state=state)
    model = keras.Model([question, answer], layers.Dense(2)(said))
    model.compile("adam", "mse")
    return model


def _subclass(kind, *arguments, **compiled):
    import numpy as np

    model = kind(*arguments)
    model(np.zeros((1, 6), np.float32))
    model.compile(**compiling(compiled))
    return model


def _adapted():
    """Lora, quantized or frozen models that were trained before."""
    return keras.Sequential([keras.Input((6,)), layers.Dense(5, name="base"), layers.Dense(1, name="last")])


def _changed(change, **compiled):
    model = _adapted()
    change(model)
    model.compile(**compiling(compiled))
    return model


def _lora(freeze_rest=False):
    def change(model):
        model.get_layer("base").enable_lora(2)
        model.get_layer("last").trainable = not freeze_rest

    return _changed(change)


def _freeze(model):
    model.get_layer("base").trainable = False


def _mixed(policy):
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(5), layers.Dense(1, dtype="float32")])
    model.compile(**compiling({}))
    return model


def _set_later():
    """A plain attribute that is set after construction."""
    scale = own_layers.Scaled()
    model = row(scale, units=1)
    scale.by = 3.0
    return model


_A_STATE_OF_ROWS = "no rule is known that puts the workers' states together"
_LOSS_OF_PARTS = "the first steps differ, where one worker's own gradients overflow"

CASES = {
    "sequence, forecast": Case(_sequence, x="series", y="steps"),
    "sequence, one number per step": Case(lambda: _sequence(1), x="series", y="seven"),
    "sequence, tags": Case(
        lambda: _sequence(3, activation="softmax", loss=_SPARSE, metrics=["accuracy"]), x="series", y="tags"
    ),
    "sequence, one-hot tags": Case(
        lambda: _sequence(3, activation="softmax", loss="categorical_crossentropy"), x="series", y="hot tags"
    ),
    "sequence, sum": Case(
        lambda: _sequence(loss=losses.MeanSquaredError(reduction="sum"), optimizer=keras.optimizers.SGD(0.001)),
        x="series",
        y="steps",
    ),
    "sequence, masked": Case(lambda: _sequence(masked=True), x="padded series", y="steps"),
    "sequence, masked tags": Case(
        lambda: _sequence(3, masked=True, activation="softmax", loss=_SPARSE, metrics=["accuracy"]),
        x="padded series",
        y="tags",
    ),
    "sequence, masked, GRU": Case(lambda: _sequence(masked=True, cell=layers.GRU), x="padded series", y="steps"),
    "sequence, words": Case(lambda: _words(False, metrics=["accuracy"]), x="sentence", y="tags"),
    "sequence, masked words": Case(lambda: _words(True, metrics=["accuracy"]), x="sentence", y="tags"),
    "sequence, masked words, sum": Case(
        lambda: _words(
            True, losses.SparseCategoricalCrossentropy(reduction="sum"), optimizer=keras.optimizers.SGD(0.001)
        ),
        x="sentence",
        y="tags",
    ),
    "image, autoencoder": Case(lambda: _picture(1), x="image", y="picture"),
    "image, segmentation": Case(
        lambda: _picture(3, "softmax", loss=_SPARSE, metrics=["accuracy"]), x="image", y="mask", backends=NOT_TORCH
    ),
    "image, one-hot segmentation": Case(
        lambda: _picture(3, "softmax", loss="categorical_crossentropy"), x="image", y="hot mask"
    ),
    "image, binary segmentation": Case(
        lambda: _picture(1, "sigmoid", loss="binary_crossentropy"), x="image", y="black or white"
    ),
    "an axis as long as a rank's rows": Case(_square, y="wide"),
    "several outputs": Case(_several, y={"first": "real", "second": "other real"}),
    "several outputs, a tuple": Case(lambda: _several(kind=tuple), y={"first": "real", "second": "other real"}),
    "several outputs, a dict": Case(
        lambda: _several(named=("a", "b"), loss={"a": "mse", "b": "mae"}), y={"a": "real", "b": "other real"}
    ),
    "several outputs, metrics": Case(
        lambda: _several(metrics=[["mae"], ["mse", own.mae_per_row]]), y={"first": "real", "second": "other real"}
    ),
    "several outputs, a dict of metrics": Case(
        lambda: _several(
            named=("a", "b"), loss={"a": "mse", "b": "mae"}, metrics={"a": ["mae"], "b": [own.Sums(name="sums")]}
        ),
        y={"a": "real", "b": "other real"},
    ),
    "several outputs, weights of losses": Case(
        lambda: _several(loss_weights=[1.0, 0.2]), y={"first": "real", "second": "other real"}
    ),
    "several outputs, different losses": Case(
        lambda: _several(units=(1, 3), loss=["mse", losses.SparseCategoricalCrossentropy(from_logits=True)]),
        y={"first": "real", "second": "class"},
    ),
    "several outputs of different axes": Case(_text_and_tags, x="series", y={"tags": "tags", "whole": "real"}),
    "several inputs and outputs": Case(
        lambda: _several(inputs=("a", "b")),
        x={"a": "row", "b": "other row"},
        y={"first": "real", "second": "other real"},
    ),
    "encoder and decoder": Case(_translating, x={"question": "series", "answer": "padded series"}, y="steps"),
    "LoRA": Case(_lora),
    "LoRA, the rest frozen": Case(lambda: _lora(True)),
    "frozen layer": Case(lambda: _changed(_freeze)),
    "quantized, int8, the last layer trains": Case(lambda: _changed(own_layers.quantized("int8"))),
    "quantized, int4, the last layer trains": Case(lambda: _changed(own_layers.quantized("int4"))),
    "quantized, float8, all layers train": Case(
        lambda: _changed(own_layers.quantized("float8")),
        refused="would train another model",
        why="its scales are the largest number of the whole batch",
    ),
    "mixed_bfloat16": Case(lambda: _mixed("mixed_bfloat16"), rtol=2e-2, atol=2e-3),
    "mixed_float16": Case(lambda: _mixed("mixed_float16"), over_ranks="names", why=_LOSS_OF_PARTS),
    "float64": Case(lambda: _mixed("float64"), backends=("torch", "tensorflow")),
    "an attribute set later": Case(_set_later),
    "jit_compile off": Case(lambda: row(jit_compile=False)),
    "run_eagerly": Case(lambda: row(run_eagerly=True)),
    "steps_per_execution": Case(lambda: row(steps_per_execution=2), backends=NOT_TORCH),
    "a subclass": Case(lambda: _subclass(own_layers.Net)),
    "a subclass, layers made in build": Case(lambda: _subclass(own_layers.BuildsLater)),
    "a subclass, a dict of outputs": Case(
        lambda: _subclass(own_layers.NamedNet, loss={"a": "mse", "b": "mae"}), y={"a": "real", "b": "other real"}
    ),
    "own train_step": Case(lambda: _subclass(own_layers.OwnStep)),
    "own compute_loss": Case(lambda: _subclass(own_layers.OwnComputeLoss)),
    "own compute_loss, a metric of one array": Case(lambda: _subclass(own_layers.LargestInLoss)),
    "own train_step, a metric of one figure": Case(
        lambda: _subclass(own_layers.OneFigureInStep),
        refused="metric 'largest_of' was updated with a value computed per worker",
        why="a value computed per worker",
        backends=("torch",),  # on JAX, Keras' own step starts from the metric's state before it
    ),
    "layer, a gradient of its own": Case(lambda: row(own_layers.Reverses())),
    "no weights": Case(lambda: stacked((6,), layers.Rescaling(2.0)), y="unit", backends=("jax", "torch")),
    "no labels": Case(own_layers.unlabelled, y=None),
    "layer, adds a mean": Case(lambda: row(own_layers.AddsMean())),
    "layer, adds a sum": Case(lambda: row(own_layers.AddsSum())),
    "layer, adds a mean; the loss compares pairs of rows": Case(
        lambda: row(own_layers.AddsMean(), loss=own.ranking),
        refused="divide by num_workers",
        refused_on=("jax",),
        why="rows that divide by the workers train",
    ),
    "layer, adds a root of a mean": Case(
        lambda: row(own_layers.AddsRoot()),
        refused="(?i)loss.*num_workers=1",
        why="a root of a mean over the rows is not a mean",
    ),
    "layer, a state that is not a mean": Case(
        lambda: stacked((6,), own_layers.Runs(), layers.Dense(1)),
        refused="(?i)num_workers=1",
        why="a state that is not a mean over the workers",
    ),
    "layer, mixes rows while training": Case(
        lambda: row(own_layers.CentersWhileTraining()),
        refused="would train another model",
        why="rows are mixed over the batch",
    ),
    "layer, divides by a spread of the rows": Case(
        lambda: row(own_layers.DividesBySpread()),
        refused="would train another model",
        why="rows are mixed over the batch",
    ),
    "layer, looks at the row before": Case(
        lambda: row(own_layers.LooksAtTheRowBefore()),
        refused="would train another model",
        why="rows are mixed over the batch",
    ),
    "layer, adds a loss while training": Case(lambda: row(own_layers.AddsLossWhileTraining())),
    "layer, counts steps": Case(lambda: row(own_layers.Counts(rows=False))),
    "layer, counts steps, whole numbers": Case(lambda: row(own_layers.Counts(rows=False, kind="int32"))),
    "layer, counts rows": Case(
        lambda: row(own_layers.Counts()), refused="'.*seen' depends on the rows of a batch", why=_A_STATE_OF_ROWS
    ),
    "layer, counts rows, whole numbers": Case(
        lambda: row(own_layers.Counts(kind="int32")),
        refused="'.*seen' depends on the rows of a batch",
        why=_A_STATE_OF_ROWS,
    ),
    "layer, own dropout": Case(lambda: row(own_layers.Drops()), compares="names", why="draws at random"),
    "own train_step, a figure without a metric": Case(
        lambda: _subclass(own_layers.LooseLogs),
        refused="returns 'largest', which no metric of the model keeps",
        why="a value computed per worker",
    ),
    "layer, nested models": Case(lambda: row(keras.Sequential([layers.Dense(4), layers.Dense(3)]))),
    "rows weighted": Case(row, weight=True),
}
