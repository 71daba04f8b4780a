"""Cases of ``keras.losses``: each class by its three reductions, and the losses that users write."""

import keras
from keras import layers, losses

from tests.conformance import own
from tests.conformance.building import row, stacked
from tests.conformance.case import Case

REASONS = {"Loss": "the base class; a loss of the user's own stands for it"}

# Class: units and activation of the output, kind of the labels, further settings
_KINDS = {
    "MeanSquaredError": (1, None, "real", [{"dtype": "float64"}]),
    "MeanAbsoluteError": (1, None, "real", []),
    "MeanAbsolutePercentageError": (1, None, "positive", []),
    "MeanSquaredLogarithmicError": (1, "softplus", "positive", []),
    "CosineSimilarity": (3, None, "three", [{"axis": 1}]),
    "Huber": (1, None, "real", [{"delta": 0.5}, {"delta": 3.0}]),
    "LogCosh": (1, None, "real", []),
    "Hinge": (1, None, "sign", []),
    "SquaredHinge": (1, None, "binary", []),
    "CategoricalHinge": (3, None, "hot", []),
    "KLDivergence": (3, "softmax", "hot", []),
    "Poisson": (1, "softplus", "positive", []),
    "BinaryCrossentropy": (1, "sigmoid", "binary", [{"from_logits": True}, {"label_smoothing": 0.1}]),
    "BinaryFocalCrossentropy": (
        1,
        "sigmoid",
        "binary",
        [{"apply_class_balancing": True}, {"gamma": 3.0, "alpha": 0.4}, {"label_smoothing": 0.2}],
    ),
    "CategoricalCrossentropy": (3, "softmax", "hot", [{"from_logits": True}, {"label_smoothing": 0.1}]),
    "CategoricalFocalCrossentropy": (3, "softmax", "hot", [{"alpha": 0.4, "gamma": 1.0}]),
    "CategoricalGeneralizedCrossEntropy": (3, "softmax", "class", [{"q": 0.7}]),
    "SparseCategoricalCrossentropy": (3, "softmax", "class", [{"from_logits": True}]),
}
_WHOLE_BATCH = "a loss of the whole batch: each worker gets the outputs of all"


def _of_class(name):
    kind = getattr(losses, name)
    units, activation, labels, settings = _KINDS[name]

    def case(weight=False, **arguments):
        last = None if arguments.get("from_logits") else activation
        return Case(
            lambda: row(units=units, activation=last, loss=kind(**arguments)),
            y=labels,
            weight=weight,
            holds=(f"losses.{name}",),
        )

    yield name, case()
    yield f"{name}, rows weighted", case(weight=True)
    for reduction in ("sum", "mean_with_sample_weight"):
        yield f"{name}, {reduction}", case(weight=reduction != "sum", reduction=reduction)
    for each in settings:
        yield f"{name}, {', '.join(f'{key} {value}' for key, value in each.items())}", case(**each)


def _images(loss, labels="black or white", **settings):
    """Segmentation: an output as large as the image."""
    conv = {"holds": (f"losses.{loss.__name__}",)} if isinstance(loss, type) else {}
    return Case(
        lambda: stacked((8, 8, 3), layers.Conv2D(1, 3, padding="same", activation="sigmoid"), loss=loss(**settings)),
        x="image",
        y=labels,
        **conv,
    )


def _gathered(case):
    return Case(**(vars(case) | {"why": _WHOLE_BATCH}))


def _ctc():
    return stacked((7, 4), layers.Dense(5), loss=losses.CTC())


def _logits(loss, **compiled):
    return row(units=3, activation="softmax", loss=loss, **compiled)


def _ignoring(reduction="sum_over_batch_size"):
    return _logits(losses.SparseCategoricalCrossentropy(ignore_class=1, reduction=reduction))


def _tagger():
    tags = losses.SparseCategoricalCrossentropy(ignore_class=-1)
    return stacked((7,), layers.Embedding(11, 4), layers.Dense(3, activation="softmax"), loss=tags, dtype="int32")


_ONE_NUMBER = "a function that returns one number for a batch of rows"
_OWN = {
    "own, a number per row": lambda: row(loss=own.squared_per_row),
    "own, a number per row and unit": lambda: row(loss=own.squared_per_unit, units=1),
    "own, a subclass": lambda: row(loss=own.Pinball(0.3)),
    "own, a subclass that sums": lambda: row(
        loss=own.Pinball(0.3, reduction="sum"), optimizer=keras.optimizers.SGD(0.003)
    ),
    "own, a lambda": lambda: row(loss=lambda y, p: keras.ops.abs(y - p)),
    "own, a closure": lambda: row(loss=own.scaled(3.0)),
    "by its short name": lambda: row(loss="mae"),
    "by its function": lambda: row(loss=losses.huber),
    "in a list": lambda: row(loss=["mse"]),
}
# Those that the Keras installed has.
CASES = {label: case for name in _KINDS if hasattr(losses, name) for label, case in _of_class(name)}
CASES |= {name: Case(build, holds=("losses.Loss",)) for name, build in _OWN.items()}
CASES |= {
    "reduction mean": Case(lambda: row(loss=losses.MeanSquaredError(reduction="mean"))),
    "ignore_class": Case(_ignoring, y="class", holds=("losses.SparseCategoricalCrossentropy",)),
    "ignore_class, rows weighted": Case(_ignoring, y="class", weight=True),
    "ignore_class, sum": Case(lambda: _ignoring("sum"), y="class"),
    "ignore_class, a class per word": Case(_tagger, x="sentence", y="tags, some left out"),
    "class weights": Case(
        lambda: _logits("sparse_categorical_crossentropy"), y="class", class_weight={0: 3.0, 1: 1.0, 2: 0.5}
    ),
    "class weights, one-hot labels": Case(
        lambda: _logits("categorical_crossentropy"), y="hot", class_weight={0: 3.0, 1: 1.0, 2: 0.5}
    ),
    "CTC": Case(_ctc, x="series", y="letters", holds=("losses.CTC",)),
    "Dice, each image": _images(losses.Dice, axis=(1, 2, 3)),
    "Dice": _gathered(_images(losses.Dice)),
    "Tversky, each image": _images(losses.Tversky, axis=(1, 2, 3)),
    "Tversky": _gathered(_images(losses.Tversky)),
    "Circle": Case(
        lambda: stacked((6,), layers.Dense(4), layers.UnitNormalization(), loss=losses.Circle()),
        y="class",
        holds=("losses.Circle",),
        why=_WHOLE_BATCH,
    ),
    "own, a variable": Case(lambda: row(loss=own.Scaled())),
    "own, a running mean": Case(lambda: row(loss=own.Relative()), backends=("jax", "torch"), why=_WHOLE_BATCH),
    "own, a seed": Case(lambda: row(loss=own.Seeded())),
    "own, over pairs of rows": Case(lambda: row(loss=own.ranking), why=_WHOLE_BATCH),
    "own, the root of a mean": Case(lambda: row(loss=own.rmse), why=_WHOLE_BATCH),
    "own, one number, a mean": Case(lambda: row(loss=own.mean_squared), why=_ONE_NUMBER),
    "own, one number, a sum": Case(
        lambda: row(loss=own.summed, optimizer=keras.optimizers.SGD(0.002)), why=_ONE_NUMBER
    ),
}
