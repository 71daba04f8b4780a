"""Labels are looked at by the losses that compare them, however the model is written; who compares none needs none."""

import keras
import numpy as np
import pytest
from keras import layers

import sparkeras
from sparkeras import KerasClassifier
from sparkeras.errors import InvalidColumnError, InvalidParamError

ROWS = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
THOROUGH = pytest.mark.thorough
CLASSES, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"


@pytest.fixture(scope="module")
def frame(spark):
    rows = [
        (
            row.tolist(),
            i % 3,
            7 if i == 20 else 0,
            float(i % 2),
            -1.0 if i == 20 else 1.0,
            [i % 3] * 4,
            float(row.sum()),
        )
        for i, row in enumerate(ROWS)
    ]
    schema = "features array<float>, kind int, seven int, half float, minus float, steps array<int>, total float"
    return spark.createDataFrame(rows, schema).cache()


class Subclass(keras.Model):
    """Classes and a share, as a dict or a tuple; ``gives`` None for the classes alone."""

    def __init__(self, gives):
        super().__init__()
        self.gives, self.kind, self.half = gives, layers.Dense(3, "softmax"), layers.Dense(1, "sigmoid")

    def get_config(self):
        return {"gives": self.gives}

    def call(self, x):
        kind, half = self.kind(x), self.half(x)
        return {"dict": {"kind": kind, "half": half}, "tuple": (kind, half), "one": kind}[self.gives]


def subclass(gives, built):
    keras.utils.set_random_seed(0)
    model = Subclass(gives)
    if built:
        model(ROWS[:2])
    loss = {"dict": {"kind": CLASSES, "half": BINARY}, "tuple": [CLASSES, BINARY], "one": CLASSES}[gives]
    model.compile("sgd", loss)
    return model


def labels(gives, kind, half):
    return {"dict": {"kind": kind, "half": half}, "tuple": [kind, half], "one": kind}[gives]


SUBCLASSES = [
    ("dict", True),
    *(
        pytest.param(*each, marks=THOROUGH)
        for each in [("tuple", False), ("dict", False), ("tuple", True), ("one", True), ("one", False)]
    ),
]


@pytest.mark.parametrize(("gives", "built"), SUBCLASSES)
def test_labels_of_a_subclassed_model_are_looked_at(frame, gives, built):
    with pytest.raises(InvalidColumnError, match="'seven' holds the label 7.*whole numbers from 0 to 2, and 1 of 30"):
        sparkeras.fit(subclass(gives, built), frame, label=labels(gives, "seven", "half"), epochs=1)
    if gives != "one":
        with pytest.raises(InvalidColumnError, match="'minus' holds the label -1.*takes numbers from 0 to 1, and 1 of"):
            sparkeras.fit(subclass(gives, built), frame, label=labels(gives, "kind", "minus"), epochs=1)
    history = sparkeras.fit(subclass(gives, built), frame, label=labels(gives, "kind", "half"), epochs=1).history
    assert np.isfinite(history["loss"]).all()


@THOROUGH
def test_each_rank_looks_at_its_labels_once_keras_has_built_the_model(frame):
    with pytest.raises(InvalidColumnError, match="in its share of the rows: Column 'seven' holds the label 7"):
        sparkeras.fit(subclass("one", built=False), frame.repartition(2), label="seven", epochs=1, num_workers=2)


@THOROUGH
def test_validation_rows_and_a_classifier_are_looked_at_too(frame):
    marked = frame.selectExpr("*", "seven = 7 AS held_out")
    with pytest.raises(InvalidColumnError, match="'seven' holds the label 7"):
        sparkeras.fit(subclass("one", built=False), marked, label="seven", validation="held_out", epochs=1)
    for built in (True, False):
        with pytest.raises(InvalidColumnError, match="'seven' holds the label 7"):
            KerasClassifier(model=subclass("one", built), labelCol="seven", epochs=1).fit(frame)


def test_one_loss_for_several_outputs_looks_at_the_labels_of_each(frame):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1, "sigmoid")(inputs), layers.Dense(1, "sigmoid")(inputs)])
    model.compile("sgd", BINARY)
    with pytest.raises(InvalidColumnError, match="'minus' holds the label -1"):
        sparkeras.fit(model, frame, label=["half", "minus"], epochs=1)


def two(names=None, **compiled):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    outputs = [layers.Dense(units, name=name)(inputs) for name, units in (("left", 1), ("right", 2), ("middle", 1))]
    model = keras.Model(inputs, dict(zip(names, outputs, strict=True)) if names else outputs)
    model.compile(keras.optimizers.SGD(0.05), **compiled)
    return model


IDLE = {  # model, its labels, the same for plain Keras
    "keys": (lambda: two("abc", loss={"a": "mse"}), {"a": "total"}, lambda y: {"a": y}),
    "a list": (lambda: two(loss=["mse", None, None]), "total", lambda y: [y, y, y]),
    "a dict of a list": (
        lambda: two(loss={"left": "mse", "right": None, "middle": None}),
        {"left": "total"},
        lambda y: [y, y, y],
    ),
    "a metric elsewhere": (
        lambda: two("abc", loss={"a": "mse"}, metrics={"c": ["mae"]}),
        {"a": "total", "c": "half"},
        None,
    ),
}


@pytest.mark.parametrize("case", [next(iter(IDLE)), *(pytest.param(c, marks=THOROUGH) for c in list(IDLE)[1:])])
def test_an_output_that_nothing_compares_needs_no_label(frame, case):
    build, label, plain_label = IDLE[case]
    settings = {"features": "features", "label": label, "batch_size": 30}
    ours, plain = build(), build()
    history = sparkeras.fit(ours, frame, epochs=2, **settings).history
    evaluated = sparkeras.evaluate(ours, frame, **settings)
    assert evaluated["loss"] < history["loss"][-1] < history["loss"][0]
    if plain_label:
        labels = plain_label(ROWS.sum(axis=1))
        expected = plain.fit(ROWS, labels, batch_size=30, epochs=2, shuffle=False, verbose=0).history
        assert history["loss"] == pytest.approx(expected["loss"], rel=1e-5)


@THOROUGH
def test_two_workers_need_no_label_either(frame):
    build, label, _ = IDLE["keys"]
    settings = {"features": "features", "label": label, "batch_size": 30, "epochs": 2}
    one = sparkeras.fit(build(), frame, **settings).history["loss"]
    both = sparkeras.fit(build(), frame.repartition(2), num_workers=2, **settings).history["loss"]
    assert both == pytest.approx(one, rel=1e-5)


def test_an_output_with_a_loss_or_metric_still_needs_its_label(frame):
    with pytest.raises(InvalidColumnError, match="outputs are 'a', 'b', 'c'; got columns for 'a'"):
        sparkeras.fit(two("abc", loss={"a": "mse"}, metrics={"c": ["mae"]}), frame, label={"a": "total"})


def test_class_weights_are_for_rows_of_one_class(frame):
    model = keras.Sequential([keras.Input((4,)), layers.Reshape((4, 1)), layers.Dense(3, "softmax")])
    model.compile("sgd", CLASSES)
    with pytest.raises(InvalidParamError, match=r"each row's labels are \(4,\) classes here. Give each row a weight"):
        sparkeras.fit(model, frame, label="steps", class_weight={0: 2.0}, epochs=1)
