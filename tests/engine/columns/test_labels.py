"""What a label column may hold: numbers, texts that come back as texts, one-hot arrays, several classes at once."""

import keras
import numpy as np
import pytest
from pyspark.ml.evaluation import MultilabelClassificationEvaluator
from pyspark.ml.functions import array_to_vector

import sparkeras
from sparkeras import KerasClassifier
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError
from sparkeras.model import KerasClassificationModel


@pytest.fixture(scope="module")
def frame(spark):
    """Three groups of points, told apart by their first number."""
    rows = []
    for i in range(120):
        kind = i % 3
        one_hot = [float(kind == each) for each in range(3)]
        several = [float(kind >= 1), float(kind == 2)]
        rows.append(([float(kind), 0.1 * (i % 7)], kind, ["oak", "ash", "elm"][kind], one_hot, several))
    schema = "features array<double>, number int, tree string, one_hot array<double>, several array<double>"
    return spark.createDataFrame(rows, schema).cache()


def classifier(label, loss="sparse_categorical_crossentropy", units=3, activation="softmax", **settings):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(units, activation)])
    model.compile(keras.optimizers.Adam(0.05), loss)
    return KerasClassifier(model=model, labelCol=label, epochs=25, batchSize=16, **settings)


@pytest.fixture(scope="module")
def of_texts(frame):
    return classifier("tree").fit(frame)


def test_texts_are_numbered_by_the_alphabet_and_come_back_as_texts(of_texts, frame):
    scored = of_texts.transform(frame)
    assert of_texts.labels == ["ash", "elm", "oak"]
    assert scored.schema["prediction"].dataType.simpleString() == "string"
    assert scored.where("prediction = tree").count() > 115
    row = scored.where("tree = 'elm'").first()
    assert np.argmax(row.probability) == 1


def test_a_saved_model_keeps_its_class_names(of_texts, frame, tmp_path):
    of_texts.save(str(tmp_path / "trees"))
    back = KerasClassificationModel.load(str(tmp_path / "trees"))
    assert back.labels == of_texts.labels
    assert back.transform(frame).where("prediction = tree").count() > 115


def test_names_that_look_like_numbers_are_names(spark):
    rows = [([float(i % 2), 1.0], ["01", "1"][i % 2]) for i in range(40)]
    frame = spark.createDataFrame(rows, "features array<double>, t string")
    fitted = classifier("t", units=2, classWeight={"01": 1.0, "1": 0.0}).fit(frame)
    assert fitted.labels == ["01", "1"]
    assert fitted.transform(frame).where("prediction = '01'").count() == 40


@pytest.mark.thorough
def test_classes_are_weighted_by_name(frame):
    fitted = classifier("tree", classWeight={"oak": 1.0, "ash": 0.0, "elm": 0.0}).fit(frame)
    assert fitted.transform(frame).where("prediction = 'oak'").count() == 120
    with pytest.raises(InvalidParamError, match="'classWeight' names 'fir'; the labels are 'ash', 'elm', 'oak'"):
        classifier("tree", classWeight={"fir": 2.0}).fit(frame)
    with pytest.raises(InvalidParamError, match="Class weights name 'oak', and the labels are numbers"):
        classifier("number", classWeight={"oak": 2.0}).fit(frame)


@pytest.mark.parametrize("vector", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_one_hot_labels_train_with_the_loss_that_wants_them(frame, vector):
    rows = frame.withColumn("one_hot", array_to_vector("one_hot")) if vector else frame
    fitted = classifier("one_hot", "categorical_crossentropy", classWeight={0: 1.0, 1: 1.0, 2: 2.0}).fit(rows)
    scored = fitted.transform(rows)
    assert scored.schema["prediction"].dataType.simpleString() == "double"
    assert scored.where("prediction = number").count() > 115


@pytest.mark.thorough
def test_several_classes_at_once_are_listed(frame):
    fitted = classifier("several", "binary_crossentropy", units=2, activation="sigmoid").fit(frame)
    scored = fitted.transform(frame)
    assert scored.schema["prediction"].dataType.simpleString() == "array<double>"
    assert {row.number: row.prediction for row in scored.collect()} == {0: [], 1: [0.0], 2: [0.0, 1.0]}
    truth = "filter(array(0D, 1D), (each, i) -> several[i] = 1) AS label"
    evaluator = MultilabelClassificationEvaluator(metricName="microF1Measure")
    assert evaluator.evaluate(scored.selectExpr("prediction", truth)) == 1


def test_labels_that_do_not_fit_the_loss_or_the_output_are_refused(frame):
    with pytest.raises(InvalidModelError, match="takes one class number per row, and column 'one_hot' holds arrays"):
        classifier("one_hot").fit(frame)
    with pytest.raises(InvalidModelError, match="takes one-hot labels and the label column holds class numbers"):
        classifier("tree", "categorical_crossentropy").fit(frame)
    words = "holds more than 2 different labels ('ash', 'elm', 'oak'), and the model's output tells 2 apart"
    with pytest.raises(InvalidColumnError, match=words.replace("(", r"\(").replace(")", r"\)")):
        classifier("tree", units=2).fit(frame)
    with pytest.raises(InvalidColumnError, match="Column 'tree' holds no label"):
        classifier("tree").fit(frame.limit(0))
    with pytest.raises(InvalidColumnError, match="Column 'tree' is string; .*KerasClassifier"):
        sparkeras.fit(classifier("tree").model, frame, label="tree")
