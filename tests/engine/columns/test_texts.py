"""Texts as features: one Spark job makes the vocabulary, the saved model keeps it; any backend trains on it."""

from types import SimpleNamespace

import keras
import pyarrow as pa
import pytest

import sparkeras
from sparkeras import KerasClassifier
from sparkeras.engine import saved_stages
from sparkeras.engine.columns import vocabulary
from sparkeras.engine.columns.texts import Vocabulary, words_of
from sparkeras.errors import InvalidColumnError, InvalidModelError
from sparkeras.model import KerasClassificationModel
from sparkeras.runs import text_rows
from sparkeras.runs.text_rows import Words

GOOD, BAD = "a truly fine film, Éclair's best", "the worst; dull and long"


@pytest.fixture(scope="module")
def reviews(spark):
    rows = [(GOOD if i % 2 else BAD, ["bad", "good"][i % 2]) for i in range(60)]
    return spark.createDataFrame(rows, "text string, said string").repartition(3).cache()


def classifier(words=6, size=20, **settings):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Embedding(size, 4), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((words,)), *layers])
    model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy")
    given = {"featuresCol": "text", "labelCol": "said", "epochs": 10, "batchSize": 10}
    return KerasClassifier(model=model, **(given | settings))


def test_words_are_what_lies_between_signs():
    assert words_of("Don't stop: 2nd try_out, naïve CAFÉ — 'quoted'") == [
        "don't",
        "stop",
        "2nd",
        "try",
        "out",
        "naïve",
        "café",
        "quoted",
    ]
    assert words_of("one two three", most=2) == ["one", "two"]
    assert words_of("…!") == []


def test_marks_belong_to_their_letters():
    assert words_of("हिन्दी दिन दान") == ["हिन्दी", "दिन", "दान"]
    assert words_of("cafe\u0301 café") == ["café", "café"]
    assert words_of("don’t don't") == ["don't", "don't"]


def test_ids_are_padded_cut_and_unknown():
    ids, bad = Vocabulary(("film", "fine")).ids(pa.array(["Fine film!", "a fine film indeed", "", None]), 3)
    assert ids.tolist() == [[3, 2, 0], [1, 3, 2], [0, 0, 0], [0, 0, 0]]
    assert bad.tolist() == [False, False, False, True]


def test_the_vocabulary_holds_the_most_frequent_words(spark):
    rows = spark.createDataFrame([("b b b a",), ("a a c",), (None,), ("a d",)], "text string").repartition(4)
    assert vocabulary.build(rows, "text", size=5).words == ("a", "b", "c")
    with pytest.raises(InvalidColumnError, match="Column 'text' holds no word to learn from"):
        vocabulary.build(rows.where("text is null"), "text", size=5)
    with pytest.raises(InvalidModelError, match="has 2 rows, and the first 2 are for padding and unknown words"):
        vocabulary.build(rows, "text", size=2)


@pytest.mark.thorough
def test_a_classifier_reads_texts_and_keeps_its_words(reviews, tmp_path):
    fitted = classifier().fit(reviews)
    assert set(fitted.vocabularies["text"]) == set(words_of(GOOD) + words_of(BAD))
    fitted.save(str(tmp_path / "reader"))
    back = KerasClassificationModel.load(str(tmp_path / "reader"))
    assert back.vocabularies == fitted.vocabularies
    scored = back.transform(reviews)
    assert scored.where("prediction = said").count() == 60


def test_models_that_cannot_read_are_refused(reviews):
    flat = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2, "softmax")])
    flat.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(InvalidModelError, match=r"'text' holds texts, .* no Embedding\. Begin .*needs TensorFlow"):
        KerasClassifier(model=flat, featuresCol="text", labelCol="said").fit(reviews)
    with pytest.raises(InvalidModelError, match=r"shape \(None,\) and an Embedding"):
        classifier(words=None).fit(reviews)
    with pytest.raises(InvalidColumnError, match="Column 'text' is string.*features for an Embedding"):
        sparkeras.fit(classifier().model, reviews, features="text", label="said")


NAMES = ["New York", "New Orleans", "New Haven", "San Jose", "San Diego"]


def of_categories(rows=8, shape=(1,)):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Embedding(rows, 4), keras.layers.Flatten()]
    layers += [keras.layers.Dense(16, "relu"), keras.layers.Dense(5, "softmax")]
    model = keras.Sequential([keras.Input(shape, dtype="int32"), *layers])
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    return KerasClassifier(model=model, featuresCol="city", labelCol="label", epochs=8)


@pytest.fixture(scope="module")
def cities(spark):
    rows = [(NAMES[i % 5], float(i % 5)) for i in range(500)]
    return spark.createDataFrame(rows, "city string, label double").repartition(2).cache()


@pytest.mark.thorough
def test_a_text_for_one_number_is_one_category(cities, tmp_path):
    fitted = of_categories().fit(cities)
    assert sorted(fitted.vocabularies["city"]) == sorted(NAMES)
    assert fitted.transform(cities).where("prediction = label").count() == 500
    fitted.save(str(tmp_path / "cities"))
    back = KerasClassificationModel.load(str(tmp_path / "cities"))
    assert back.transform(cities).where("prediction = label").count() == 500


@pytest.mark.slow
def test_a_category_may_be_one_number_without_an_axis(cities):
    assert of_categories(shape=()).fit(cities).transform(cities).where("prediction = label").count() == 500


def test_categories_are_taken_as_they_stand_and_unknown_ones_have_their_number():
    vocabulary = Vocabulary(("new york", "New York", " ", "a_b!"), whole=True)
    ids, bad = vocabulary.ids(pa.array(["New York", "new york", "NEW YORK", " ", "a_b!", "", None]), 1)
    assert ids.ravel().tolist() == [3, 2, 1, 4, 5, 1, 0]
    assert bad.tolist() == [False] * 6 + [True]


def test_a_stage_saved_before_there_were_categories_reads_words():
    texts = saved_stages._texts({"classes": None, "vocabularies": {"city": {"words": ["new", "york"]}}})
    assert texts.vocabularies["city"].ids(pa.array(["New York"]), 1)[0].tolist() == [[2]]


def test_categories_without_room_are_said(spark):
    rows = spark.createDataFrame([("a b",), ("a b",), ("a c",), (None,)], "city string")
    assert vocabulary.build(rows, "city", size=4, whole=True).words == ("a b", "a c")
    with pytest.warns(UserWarning, match="more than 1 different texts, .* the rarer ones count as unknown"):
        assert vocabulary.build(rows, "city", size=3, whole=True).words == ("a b",)
    with pytest.raises(InvalidModelError, match="the first 2 are for padding and unknown texts"):
        vocabulary.build(rows, "city", size=2, whole=True)
    with pytest.raises(InvalidColumnError, match="Column 'city' holds no text to learn from"):
        vocabulary.build(rows.where("city is null"), "city", size=4, whole=True)


@pytest.mark.thorough
def test_each_of_several_inputs_has_its_categories_or_words(spark):
    rows = [("San Jose", "fine play"), ("San Diego", "poor play")] * 20
    frame = spark.createDataFrame(
        [(*row, float(i % 2)) for i, row in enumerate(rows)], "city string, note string, y double"
    )
    city, note = keras.Input((1,), name="city"), keras.Input((3,), name="note")
    flat = [keras.layers.Flatten()(keras.layers.Embedding(9, 2)(each)) for each in (city, note)]
    model = keras.Model([city, note], keras.layers.Dense(1)(keras.layers.Concatenate()(flat)))
    model.compile("sgd", "mse")
    both = sparkeras.KerasRegressor(model=model, featuresCol=["city", "note"], labelCol="y", epochs=1).fit(frame)
    assert both.vocabularies == {"city": ["San Diego", "San Jose"], "note": ["play", "fine", "poor"]}


def test_a_data_set_of_single_words_keeps_them_whole(spark, tmp_path):
    words = Words(("New York", "Rome"), 1, whole=True)
    assert words.ids(["Rome", "rome", "New York"]).ravel().tolist() == [3, 1, 2]
    frame = spark.createDataFrame([("Rome", 1)], "features string, label int")
    assert words.numbered(frame).first().features == [3]
    words.save(SimpleNamespace(file=lambda name: tmp_path / name))
    assert text_rows.of_run(SimpleNamespace(path=tmp_path)) == words
    (tmp_path / text_rows.FILE).write_text('{"length": 1, "words": ["rome"]}')
    assert not text_rows.of_run(SimpleNamespace(path=tmp_path)).whole  # of before there were categories
