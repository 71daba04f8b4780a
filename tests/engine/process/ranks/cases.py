"""Models that several ranks must train exactly as one: each case is built alike in every process of a test."""

from dataclasses import dataclass, field

import keras
import numpy as np
from keras import layers

from sparkeras.engine.columns import Field
from tests.engine.process.ranks import own

FEATURES, CLASSES = 8, 4


@dataclass
class Case:
    """``build`` makes the compiled model; ``rows`` are all training rows, dealt to the ranks by ``deal``."""

    build: object
    rows: int = 101  # no multiple of 2, 3 or the batch size
    batch_size: int = 25
    weight: bool = False
    class_weight: dict | None = None
    inputs: tuple = ("x",)
    labels: tuple = ("y",)
    real_labels: bool = False
    image: bool = False
    validation: float = 0.0
    empty_rank: bool = False
    twins: bool = False  # two ranks hold the same rows, so that local batch statistics are the union's
    tolerance: dict = field(default_factory=lambda: {"rtol": 1e-4, "atol": 1e-5})

    def arrays(self):
        """Return all rows as the arrays of a shard, by field key."""
        random = np.random.default_rng(0)
        shape = (6, 6, 1) if self.image else (FEATURES,)
        made = {f"input:{name}": random.normal(size=(self.rows, *shape)).astype(np.float32) for name in self.inputs}
        for name in self.labels:
            real = random.normal(size=(self.rows, 1)).astype(np.float32)
            classes = random.integers(0, CLASSES, self.rows).astype(np.int32)
            made[f"label:{name}"] = real if self.real_labels else classes
        if self.twins:
            made = {key: np.concatenate([array[: self.rows // 2]] * 2) for key, array in made.items()}
        if self.weight:
            made["weight:weight"] = random.uniform(0.2, 3, self.rows).astype(np.float32)
        return made

    def fields(self):
        """Return the fields that these arrays are."""
        made = [Field(name, "input", (name,)) for name in self.inputs]
        made += [Field(name, "label", (name,)) for name in self.labels]
        return made + ([Field("weight", "weight", ("weight",))] if self.weight else [])

    def deal(self, ranks):
        """Return the row numbers of each rank: skewed, and nothing for the last one of a case with an empty rank."""
        if self.twins or self.rows % (self.batch_size * ranks) == 0:
            return np.split(np.arange(self.rows), ranks)
        given = ranks - 1 if self.empty_rank else ranks
        edges = np.linspace(0, 1, given + 1) ** 1.2 * self.rows
        parts = np.split(np.random.default_rng(1).permutation(self.rows), np.round(edges[1:-1]).astype(int))
        return [np.sort(part) for part in parts] + [np.arange(0)] * (ranks - given)


def _classifier(optimizer="sgd", loss=lambda: "sparse_categorical_crossentropy", hidden=(), **compiled):
    def build():
        keras.utils.set_random_seed(3)
        x = inputs = keras.Input((FEATURES,), name="x")
        x = layers.Dense(6, activation="tanh")(x)
        for layer in hidden:
            x = layer()(x)
        model = keras.Model(inputs, layers.Dense(CLASSES, activation="softmax", name="y")(x))
        made = optimizer() if callable(optimizer) else optimizer
        model.compile(made, loss(), metrics=["accuracy"], **compiled)
        return model

    return build


def _cnn():
    keras.utils.set_random_seed(3)
    stack = [layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    model = keras.Sequential([keras.Input((6, 6, 1), name="x"), *stack, layers.Dense(CLASSES, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _two_inputs():
    keras.utils.set_random_seed(3)
    a, b = keras.Input((FEATURES,), name="a"), keras.Input((FEATURES,), name="b")
    joined = layers.Concatenate()([layers.Dense(3)(a), layers.Dense(3, activation="relu")(b)])
    model = keras.Model([a, b], layers.Dense(CLASSES, activation="softmax", name="y")(joined))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _two_outputs():
    keras.utils.set_random_seed(3)
    inputs = keras.Input((FEATURES,), name="x")
    x = layers.Dense(6, activation="tanh")(inputs)
    outputs = [layers.Dense(CLASSES, activation="softmax", name=name)(x) for name in ("first", "second")]
    model = keras.Model(inputs, outputs)
    losses = ["sparse_categorical_crossentropy"] * 2
    model.compile("adam", losses, loss_weights=[1.0, 0.3], metrics=[["accuracy"], ["accuracy"]])
    return model


def _with_unused_layer():
    model = _classifier()()
    keras.utils.set_random_seed(4)
    model.unused = layers.Dense(2)
    model.unused.build((None, 3))
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model


def _stepping(kind):
    def build():
        keras.utils.set_random_seed(3)
        inputs = keras.Input((FEATURES,), name="x")
        model = kind(inputs, layers.Dense(CLASSES, activation="softmax")(layers.Dense(6)(inputs)))
        model.compile("adam")
        return model

    return build


def _without_labels():
    keras.utils.set_random_seed(3)
    inputs = keras.Input((FEATURES,), name="x")
    model = keras.Model(inputs, own.AddsMean()(layers.Dense(6)(inputs)))
    model.compile(keras.optimizers.SGD(0.1))
    return model


def _two_rates():
    fast = keras.optimizers.OptimizerMap(keras.optimizers.Adam(0.01), {"y/.*": keras.optimizers.SGD(0.1)})
    return keras.optimizers.MultiOptimizer(fast)


def _own_step():
    keras.utils.set_random_seed(3)
    inputs = keras.Input((FEATURES,), name="x")
    model = own.TripledLoss(inputs, layers.Dense(CLASSES, activation="softmax")(layers.Dense(6)(inputs)))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _own_compute_loss():
    keras.utils.set_random_seed(3)
    inputs = keras.Input((FEATURES,), name="x")
    model = own.LossWithoutWeights(inputs, layers.Dense(CLASSES, activation="softmax")(_l2()(inputs)))
    model.compile("sgd", metrics=["accuracy"])
    return model


def _half():
    keras.utils.set_random_seed(3)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        inputs = keras.Input((FEATURES,), name="x")
        x = layers.Dense(6, activation="tanh")(inputs)
        model = keras.Model(inputs, layers.Dense(CLASSES, activation="softmax", dtype="float32")(x))
        model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    finally:
        keras.config.set_dtype_policy("float32")
    return model


def _crossentropy(reduction):
    return lambda: keras.losses.SparseCategoricalCrossentropy(reduction=reduction)


def _l2():
    return layers.Dense(5, kernel_regularizer=keras.regularizers.L2(0.1))


_sgd = keras.optimizers.SGD
CASES = {
    "mlp, adam": Case(_classifier("adam")),
    "sgd with momentum": Case(_classifier(lambda: _sgd(0.1, momentum=0.9))),
    "cnn": Case(_cnn, image=True),
    "two inputs": Case(_two_inputs, inputs=("a", "b")),
    "two outputs of different weights": Case(_two_outputs, labels=("first", "second")),
    "class weights": Case(_classifier("adam"), class_weight={0: 3.0, 2: 0.5}),
    "row weights": Case(_classifier(weighted_metrics=["accuracy"]), weight=True),
    "l2": Case(_classifier(hidden=(_l2,))),
    "add_loss": Case(_classifier(hidden=(own.AddsMean,))),
    "add_loss, a sum": Case(_classifier(hidden=(own.AddsSum,))),
    "add_loss, mean by weights": Case(
        _classifier(hidden=(own.AddsMean,), loss=_crossentropy("mean_with_sample_weight")), weight=True
    ),
    "add_loss in training": Case(_classifier(hidden=(own.AddsInTraining,))),
    "activity regulariser": Case(_classifier(hidden=(lambda: layers.ActivityRegularization(l1=0.05),))),
    "sum": Case(_classifier(lambda: _sgd(0.003), loss=_crossentropy("sum"))),
    "mean by weights": Case(_classifier(loss=_crossentropy("mean_with_sample_weight")), weight=True),
    "an empty rank": Case(_classifier("adam"), empty_rank=True),
    "one step for all rows": Case(_classifier(), batch_size=500),
    "gradient accumulation": Case(_classifier(lambda: keras.optimizers.Adam(gradient_accumulation_steps=2))),
    "clipping by global norm": Case(_classifier(lambda: _sgd(0.5, global_clipnorm=0.05))),
    "moving average of weights": Case(_classifier(lambda: _sgd(0.1, use_ema=True, ema_overwrite_frequency=4))),
    "a layer without gradient": Case(_with_unused_layer),
    "own loss": Case(_classifier(loss=lambda: own.loss)),
    "own optimizer": Case(_classifier(lambda: own.OwnOptimizer(0.01))),
    "own step": Case(_own_step),
    "own loss of a model": Case(_own_compute_loss),
    "a step of (x, y)": Case(_stepping(own.PairStep)),
    "a validation step of (x, y)": Case(_stepping(own.PairSteps), rows=67, batch_size=20, validation=0.25),
    "no labels": Case(_without_labels, labels=()),
    "batch normalisation": Case(
        _classifier("adam", hidden=(layers.BatchNormalization,)), rows=66, batch_size=20, twins=True
    ),
    "mixed_float16": Case(_half, tolerance={"rtol": 2e-2, "atol": 2e-3}),
    "validation": Case(_classifier("adam"), validation=0.2),
}
if keras.config.backend() == "torch":
    CASES["two optimizers in a list"] = Case(_stepping(own.TwoOptimizers))
if hasattr(keras.optimizers, "OptimizerMap"):  # later than Keras 3.12
    CASES["several optimizers in one"] = Case(_classifier(_two_rates))
