"""Cases of ``keras.metrics``: each class by default and by its settings, and the metrics that users write."""

import keras
from keras import layers, metrics

from tests.conformance import own, own_layers
from tests.conformance.building import row, stacked
from tests.conformance.case import NOT_TORCH, Case

REASONS = {
    "Metric": "the base class; metrics of the user's own stand for it",
    "Sum": "of values, not of labels and answers: Keras cannot compile it; models that track one are cases",
    "Mean": "of values, not of labels and answers: Keras cannot compile it; subclasses of it are cases",
}
# Units and activation of the output, kind of the labels, loss
_REAL = (1, None, "real", "mse")
_POSITIVE = (1, "softplus", "positive", "mse")
_BINARY = (1, "sigmoid", "binary", "binary_crossentropy")
_SIGN = (1, "tanh", "sign", "hinge")
_CLASSES = (3, "softmax", "class", "sparse_categorical_crossentropy")
_HOT = (3, "softmax", "hot", "categorical_crossentropy")
_THREE = (3, None, "three", "mse")
_THRESHOLDS = [0.3, 0.5, 0.7]
# Class: the kind of model, and settings beside the default ones (None where there are none without)
_KINDS = {
    "Accuracy": ((1, "relu", "binary", "mse"), [{}]),
    "BinaryAccuracy": (_BINARY, [{}, {"threshold": 0.4}]),
    "CategoricalAccuracy": (_HOT, [{}]),
    "SparseCategoricalAccuracy": (_CLASSES, [{}]),
    "TopKCategoricalAccuracy": (_HOT, [{"k": 2}]),
    "SparseTopKCategoricalAccuracy": (_CLASSES, [{"k": 2}]),
    "BinaryCrossentropy": (_BINARY, [{}, {"from_logits": True}, {"label_smoothing": 0.2}]),
    "CategoricalCrossentropy": (_HOT, [{}, {"label_smoothing": 0.2}]),
    "SparseCategoricalCrossentropy": (_CLASSES, [{}, {"ignore_class": 1}]),
    "CategoricalHinge": (_HOT, [{}]),
    "Hinge": (_SIGN, [{}]),
    "SquaredHinge": (_SIGN, [{}]),
    "KLDivergence": (_HOT, [{}]),
    "Poisson": (_POSITIVE, [{}]),
    "CosineSimilarity": (_THREE, [{}]),
    "LogCoshError": (_REAL, [{}]),
    "MeanSquaredError": (_REAL, [{}]),
    "MeanAbsoluteError": (_REAL, [{}]),
    "MeanAbsolutePercentageError": (_REAL, [{}]),
    "MeanSquaredLogarithmicError": (_POSITIVE, [{}]),
    "RootMeanSquaredError": (_REAL, [{}, {"name": "mine"}]),
    "R2Score": (_THREE, [{}, {"class_aggregation": None}, {"class_aggregation": "variance_weighted_average"}]),
    "PearsonCorrelation": (_THREE, [{}]),
    "ConcordanceCorrelation": (_THREE, [{}]),
    "AUC": (_BINARY, [{}, {"curve": "PR"}, {"num_thresholds": 20, "summation_method": "majoring"}]),
    "Precision": (_BINARY, [{}, {"thresholds": _THRESHOLDS}]),
    "Recall": (_BINARY, [{}, {"thresholds": _THRESHOLDS}]),
    "TruePositives": (_BINARY, [{}, {"thresholds": _THRESHOLDS}]),
    "TrueNegatives": (_BINARY, [{}, {"thresholds": _THRESHOLDS}]),
    "FalsePositives": (_BINARY, [{}, {"thresholds": _THRESHOLDS}]),
    "FalseNegatives": (_BINARY, [{}, {"thresholds": _THRESHOLDS}]),
    "PrecisionAtRecall": (_BINARY, [{"recall": 0.5}]),
    "RecallAtPrecision": (_BINARY, [{"precision": 0.5}]),
    "SensitivityAtSpecificity": (_BINARY, [{"specificity": 0.5}]),
    "SpecificityAtSensitivity": (_BINARY, [{"sensitivity": 0.5}]),
    "F1Score": (_HOT, [{}, {"average": "macro"}, {"average": "micro", "threshold": 0.4}, {"average": "weighted"}]),
    "FBetaScore": (_HOT, [{}, {"average": "macro", "beta": 2.0}]),
    "BinaryIoU": (_BINARY, [{}, {"target_class_ids": [1], "threshold": 0.4}]),
    "IoU": (_CLASSES, [{"num_classes": 3, "target_class_ids": [0, 2], "sparse_y_pred": False}]),
    "MeanIoU": (_CLASSES, [{"num_classes": 3, "sparse_y_pred": False}]),
    "OneHotIoU": (_HOT, [{"num_classes": 3, "target_class_ids": [0]}]),
    "OneHotMeanIoU": (_HOT, [{"num_classes": 3}]),
}


def _of_class(name):
    kind = getattr(metrics, name)
    (units, activation, labels, loss), variants = _KINDS[name]

    def case(settings, weight=False):
        key = "weighted_metrics" if weight else "metrics"
        # A plain function where the metric is: metrics have variables, so each build makes its own.
        return Case(
            lambda: row(units=units, activation=activation, loss=loss, **{key: [kind(**settings)]}),
            y=labels,
            weight=weight,
            holds=(f"metrics.{name}",),
        )

    for settings in variants:
        told = ", ".join(f"{key} {value}" for key, value in settings.items())
        yield f"{name}, {told}" if told else name, case(settings)
    yield f"{name}, rows weighted", case(variants[0], weight=True)


def _of_the_user(*made, weight=False, **settings):
    key = "weighted_metrics" if weight else "metrics"
    return Case(lambda: row(**{key: [each() for each in made]}), weight=weight, holds=("metrics.Metric",), **settings)


def _segmenting(*made, units=3, labels="hot mask", loss="categorical_crossentropy", **settings):
    last = "softmax" if units > 1 else "sigmoid"
    return Case(
        lambda: stacked(
            (8, 8, 3),
            layers.Conv2D(4, 3, padding="same"),
            layers.Dense(units, activation=last),
            loss=loss,
            metrics=[each() for each in made],
        ),
        x="image",
        y=labels,
        **settings,
    )


def _tracking():
    inputs = keras.Input((6,))
    model = own_layers.Tracking(inputs, layers.Dense(1)(inputs))
    model.compile("sgd", "mse")
    return model


def _function(function):
    return lambda: function  # as a class is called to make a metric


_NO_SUM = "its states do not add up: each worker gets the rows of all"
_ROOT = "a function of one number: each worker gets the rows of all"
# Those that the Keras installed has.
CASES = {label: case for name in _KINDS if hasattr(metrics, name) for label, case in _of_class(name)}
CASES |= {
    "by short names": Case(
        lambda: row(
            units=3,
            activation="softmax",
            loss="categorical_crossentropy",
            metrics=["accuracy", "categorical_crossentropy", "mae"],
        ),
        y="hot",
    ),
    "accuracy of one unit": Case(
        lambda: row(activation="sigmoid", loss="binary_crossentropy", metrics=["accuracy", "AUC"]), y="binary"
    ),
    "Hinge of labels of both kinds": Case(lambda: row(metrics=["hinge", "squared_hinge"]), y="mixed signs"),
    "a function": _of_the_user(_function(own.mae_per_row)),
    "a function, rows weighted": _of_the_user(_function(own.mae_per_row), weight=True),
    "a lambda": _of_the_user(_function(lambda y, p: keras.ops.abs(y - p))),
    "a function of Keras": _of_the_user(_function(metrics.mean_absolute_error)),
    "MeanMetricWrapper": Case(
        lambda: row(metrics=[metrics.MeanMetricWrapper(own.mae_per_row, name="mine")]),
        holds=("metrics.MeanMetricWrapper",),
    ),
    "MeanMetricWrapper, a subclass": _of_the_user(own.WrappedError),
    "Mean, a subclass": Case(lambda: row(metrics=[own.MeanError(name="mine")]), holds=("metrics.Mean",)),
    "Mean, a subclass, rows weighted": _of_the_user(lambda: own.MeanError(name="mine"), weight=True),
    "Sum, tracked by a model": Case(_tracking, holds=("metrics.Sum",)),
    "own, sums": _of_the_user(own.Sums),
    "own, sums, rows weighted": _of_the_user(own.Sums, weight=True),
    "own, a dict of figures": _of_the_user(own.ByName),
    "own, several": _of_the_user(own.Sums, own.ByName, lambda: own.MeanError(name="mine")),
    "own, takes no notice of weights": _of_the_user(own.CountsWithoutWeights),
}
CASES |= {
    "a function of one number": Case(lambda: row(metrics=[own.mean_squared]), why=_ROOT),
    "a function of one number, no mean": Case(lambda: row(metrics=[own.rmse]), why=_ROOT),
    "a function of one number, the largest": Case(lambda: row(metrics=[own.largest_error]), why=_ROOT),
    "own, no sum": Case(lambda: row(metrics=[own.Largest()]), why=_NO_SUM),
    "of images, accuracy": _segmenting(lambda: "accuracy"),
    "of images, OneHotMeanIoU": _segmenting(lambda: metrics.OneHotMeanIoU(3)),
    "of images, MeanIoU": _segmenting(
        lambda: metrics.MeanIoU(3, sparse_y_pred=False),
        labels="mask",
        loss="sparse_categorical_crossentropy",
        backends=NOT_TORCH,
    ),
    "of images, squared error": _segmenting(metrics.MeanSquaredError, units=1, labels="picture", loss="mse"),
    "of images, RootMeanSquaredError": _segmenting(metrics.RootMeanSquaredError, units=1, labels="picture", loss="mse"),
    "of images, BinaryIoU": _segmenting(metrics.BinaryIoU, units=1, labels="black or white", loss="mse"),
    "of images, AUC": _segmenting(metrics.AUC, units=1, labels="black or white", loss="binary_crossentropy"),
    "of masked sequences": Case(
        lambda: stacked(
            (7, 4),
            layers.Masking(),
            layers.LSTM(3, return_sequences=True),
            layers.Dense(3, activation="softmax"),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy", metrics.SparseCategoricalCrossentropy()],
        ),
        x="padded series",
        y="tags",
    ),
    "of a class per word, ignore_class": Case(
        lambda: stacked(
            (7,),
            layers.Embedding(11, 4),
            layers.Dense(3, activation="softmax"),
            loss="sparse_categorical_crossentropy",
            metrics=[metrics.SparseCategoricalCrossentropy(ignore_class=1)],
            dtype="int32",
        ),
        x="sentence",
        y="tags",
    ),
    "AUC, weights of labels": Case(
        lambda: row(
            units=3,
            activation="sigmoid",
            loss="binary_crossentropy",
            metrics=[metrics.AUC(multi_label=True, num_labels=3, label_weights=[1.0, 2.0, 0.5])],
        ),
        y="several",
    ),
    "several labels at once": Case(
        lambda: row(
            units=3,
            activation="sigmoid",
            loss="binary_crossentropy",
            metrics=["binary_accuracy", metrics.AUC(multi_label=True), metrics.F1Score(threshold=0.5)],
        ),
        y="several",
    ),
}
