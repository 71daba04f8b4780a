"""Each label array is looked at for what its loss wants, before training; ``check`` and ``fit`` say the same."""

import inspect
import re

import keras
import numpy as np
import pytest
from pyspark.ml.feature import OneHotEncoder

import sparkeras
from sparkeras import KerasClassifier
from sparkeras.engine.blueprint import losses
from sparkeras.engine.blueprint.label_rules import label_limits, label_shapes
from sparkeras.engine.blueprint.targets import targets_of
from sparkeras.engine.columns.label_limits import FINITE, Limits
from sparkeras.errors import InvalidColumnError

L = keras.layers
LOSSES = sorted(
    name for name, kind in inspect.getmembers(keras.losses, inspect.isclass) if kind is not keras.losses.Loss
)


def dense(loss, units=3, activation=None):
    model = keras.Sequential([keras.Input((1,)), L.Dense(units, activation)])
    model.compile("sgd", loss)
    return model


def model_and_targets(loss, units=3, is_number=False):
    model = dense(loss, units)
    return model, targets_of(model, ["label:out"], [is_number])


def limits_of(loss, units=3):
    return label_limits(*model_and_targets(loss, units)).get("label:out", FINITE)


def found(limits, labels):
    return limits.find(np.asarray(labels, np.float32))


WANTS = {  # by loss: labels that are right, labels that are wrong; every other loss takes any finite numbers
    "SparseCategoricalCrossentropy": ([0, 2], [3, -1, 0.5]),
    "CategoricalGeneralizedCrossEntropy": ([0, 2], [3, -1, 0.5]),
    "CTC": ([[1, 2, 0]], [[[1, 3, 0]]]),
    "CategoricalCrossentropy": ([[0, 1, 0], [0.33, 0.33, 0.33]], [[[0, 0, 0]], [[1, 1, 0]], [[2, -1, 0]]]),
    "CategoricalFocalCrossentropy": ([[0, 1, 0]], [[[0, 0, 0]], [[1, 1, 0]]]),
    "CategoricalHinge": ([[0, 1, 0], [-1, 1, -1]], [[[0, 0, 0]], [[1, 1, 0]]]),
    "BinaryCrossentropy": ([[0, 1, 0.3], [1, 1, 1]], [[[0, 0, -1]], [[0, 255, 0]]]),
    "BinaryFocalCrossentropy": ([[0, 1, 0.3]], [[[0, 0, -1]], [[2, 0, 0]]]),
    "KLDivergence": ([[0.2, 0.8, 0]], [[[0, 0, -1]], [[2, 0, 0]], [[0, 0, 0]]]),
    "Dice": ([[0, 1, 1]], [[[0, 255, 0]]]),
    "Tversky": ([[0, 1, 1]], [[[0, 255, 0]]]),
    "Hinge": ([[-1, 1, 1]], [[[2, 0, 0]], [[0.5, 1, 1]], [[-1, 0, 1]]]),
    "SquaredHinge": ([[0, 1, 0]], [[[3, 1, 1]], [[-1, 0, 1]]]),
    "Poisson": ([[0, 7, 2.5]], [[[0, -1, 0]]]),
    "MeanSquaredLogarithmicError": ([[0, 7, 2.5]], [[[0, -1, 0]]]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_each_loss_of_keras_takes_what_it_documents_and_nothing_else(name):
    right, wrong = WANTS.get(name, ([[-3.5, 0, 900]], []))
    limits = limits_of(getattr(keras.losses, name)())
    assert found(limits, right) == (0, "")
    assert found(limits, np.full((2, 3), np.inf))[0] == 2
    for labels in wrong:
        assert found(limits, np.atleast_1d(labels))[0] == 1


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_known_by_whatever_stands_for_it(name):
    of_class = losses.own_name(getattr(keras.losses, name)(name="mine"))
    assert of_class == losses.own_name(getattr(keras.losses, name)) == losses.own_name(getattr(keras.losses, of_class))
    if name != "CategoricalGeneralizedCrossEntropy":  # the one that Keras does not know by a text
        assert of_class == losses.own_name(name) == losses.own_name(of_class)


def test_a_users_own_loss_takes_any_labels():
    def binary_crossentropy(y, said):
        return keras.ops.mean(keras.ops.square(y - said), axis=-1)

    class Half(keras.losses.CategoricalCrossentropy):
        def call(self, y, said):
            return super().call(y, said) / 2

    for loss in (binary_crossentropy, Half()):
        assert limits_of(loss) is FINITE
        assert label_shapes(*model_and_targets(loss)) == {}


def test_the_class_that_a_loss_ignores_is_no_fault():
    limits = limits_of(keras.losses.SparseCategoricalCrossentropy(ignore_class=255))
    assert found(limits, [0, 2, 255]) == (0, "")
    assert found(limits, [0, 254, 255]) == (1, "254.0")
    words = limits.message("Column 'y'", "254", 1, 3)
    assert "takes whole numbers from 0 to 2, or 255, and 1 of 3 rows hold others" in words


def test_padding_within_a_sequence_may_be_all_zero():
    limits = limits_of("categorical_crossentropy")
    steps = np.array([[[0, 1, 0], [0, 0, 0]], [[0, 0, 1], [1, 0, 0]]])
    assert found(limits, steps) == (0, "")
    steps[1, 1] = 1
    assert found(limits, steps) == (1, "a row that sums to 3: [1, 1, 1]")


def test_classes_may_lie_on_another_axis():
    limits = limits_of(keras.losses.CategoricalCrossentropy(axis=1))
    assert found(limits, [[[0, 1], [1, 0], [0, 0]]]) == (0, "")
    assert found(limits, [[[1, 1], [1, 0], [0, 0]]]) == (1, "a row that sums to 2: [1, 1, 0]")


def test_the_word_crossentropy_means_what_keras_will_choose():
    def limits(units, is_number):
        return label_limits(*model_and_targets("crossentropy", units, is_number))["label:out"]

    assert limits(1, True).high == 1
    assert limits(3, True) == Limits(0, 2)
    assert limits(3, False).shares


@pytest.fixture(scope="module")
def classes(spark):
    return spark.range(200).selectExpr("array(cast(id % 4 as float)) features", "cast(id % 4 as int) c").cache()


def refused_alike(model, df, **settings):
    """Return the words with which ``fit`` refuses rows; ``check`` must find the same."""
    with pytest.raises(InvalidColumnError) as raised:
        sparkeras.fit(model, df, epochs=1, **settings)
    report = sparkeras.check(df, model, **settings)
    assert not report.ok
    assert [str(raised.value)] == [each.message for each in report.findings if each.level == "error"]
    return str(raised.value)


def hot(classes, **settings):
    return OneHotEncoder(inputCols=["c"], outputCols=["label"], **settings).fit(classes).transform(classes)


@pytest.mark.thorough
def test_an_encoder_that_dropped_the_last_class_is_named(classes):
    words = refused_alike(dense("categorical_crossentropy", 3, "softmax"), hot(classes))
    assert "Column 'label' holds a row that sums to 0: [0, 0, 0]" in words
    assert "50 of 200 rows are others" in words
    assert "dropLast=False" in words
    words = refused_alike(dense("categorical_crossentropy", 4, "softmax"), hot(classes))
    assert "rows have 3 labels, and the model's output" in words
    assert "dropLast=False" in words
    whole = hot(classes, dropLast=False)
    assert sparkeras.check(whole, dense("categorical_crossentropy", 4, "softmax")).ok


VALUES = [  # (loss, units, SQL of a label, words)
    ("categorical_crossentropy", 2, "array(1D, cast(c = 1 as double))", r"sums to 2: \[1, 1\]; .*, and 50 of 200 rows"),
    ("binary_crossentropy", 1, "cast(c - 1 as double)", "label -1.0; .*numbers from 0 to 1, and 100 of 200 rows"),
    ("bce", 2, "array(0D, 255D * c)", "label 255.0; .*'bce' takes .*, and 150 of 200 rows .*divide grey values by 255"),
    ("sparse_categorical_crossentropy", 3, "c", "label 3; .* from 0 to 2, and 50 of 200 rows.*StringIndexer"),
    ("poisson", 1, "-1.0D", "label -1.0; the loss 'poisson' takes numbers of 0 or more, and 200 of 200"),
    (
        "hinge",
        1,
        "cast(c as double)",
        "label 2.0; the loss 'hinge' .* from -1 to 1, not -1 and 0 together, and 100",
    ),
]


@pytest.mark.parametrize(("loss", "units", "label", "words"), VALUES, ids=[case[0] for case in VALUES])
def test_labels_are_refused_with_count_and_example(classes, loss, units, label, words):
    df = classes.selectExpr("features", f"{label} AS label").coalesce(1)
    assert re.search(words, refused_alike(dense(loss, units), df))


def test_several_partitions_are_counted_together(classes):
    df = classes.selectExpr("features", "if(c > 1, 2D, 0D) label").repartition(5)
    assert "100 of 200 rows" in refused_alike(dense("bce", 1), df)


def test_soft_labels_of_a_binary_loss_train(classes):
    df = classes.selectExpr("features", "c / 3D label")
    assert sparkeras.fit(dense("binary_crossentropy", 1, "sigmoid"), df, epochs=1).history["loss"]


@pytest.mark.parametrize("wrap", [sparkeras.fit, None], ids=["fit", "classifier"])
def test_an_ignored_class_trains(classes, wrap):
    df = classes.selectExpr("features", "if(c = 3, 255, c) label")
    model = dense(keras.losses.SparseCategoricalCrossentropy(ignore_class=255), 3, "softmax")
    if wrap:
        assert wrap(model, df, epochs=1).history["loss"]
    else:
        assert KerasClassifier(model=model, epochs=1).fit(df).transform(df).count() == 200


MARKS = [("false", "no row, which leaves 200 rows to train on and 0"), ("true", "every row, which leaves 0 rows")]


@pytest.mark.parametrize(("mark", "words"), MARKS)
def test_a_validation_column_marks_some_rows(classes, mark, words):
    df = classes.selectExpr("features", "c AS label", f"{mark} AS held")
    assert f"The validation column 'held' is true for {words}" in refused_alike(dense("mse", 1), df, validation="held")


def test_holes_and_ragged_rows_are_found_by_check(classes):
    holed = classes.selectExpr("features", "if(c = 3, NULL, c) label")
    assert "Null, NaN or broken image found in column 'label': 50 row(s)" in refused_alike(dense("mse", 1), holed)
    report = sparkeras.check(holed, dense("mse", 1), handle_invalid="skip")
    assert "50 of them left out for a null or NaN" in str(report)
    ragged = classes.selectExpr("if(c = 3, array(1D, 2D), array(1D)) features", "c label")
    assert "rows of 1 and of 2 numbers" in refused_alike(dense("mse", 1), ragged)


@pytest.mark.parametrize(
    ("ids", "words"), [("id", "id 4.* 1 of 6 rows hold others"), ("id - 1", "id -1.* 2 of 6 rows")]
)
def test_ids_that_an_embedding_lacks_are_refused(spark, ids, words):
    model = keras.Sequential([keras.Input((1,), dtype="int32"), L.Embedding(4, 2), L.Flatten(), L.Dense(1)])
    model.compile("sgd", "mse")
    data = spark.range(5).union(spark.range(1)).selectExpr(f"{ids} AS features", "1.0D AS label")
    expected = f"Column 'features' holds the {words}.*Number the ids from 0, .* more than 4 rows"
    with pytest.raises(InvalidColumnError, match=expected):
        sparkeras.fit(model, data)
    assert re.search(expected, str(sparkeras.check(data, model)))
    sparkeras.fit(model, data.where("features BETWEEN 0 AND 3"), epochs=1)
