"""Texts as features: one Spark job makes the vocabulary, the saved model keeps it; any backend trains on it."""

import keras
import pyarrow as pa
import pytest

import sparkeras
from sparkeras import KerasClassifier, vocabulary
from sparkeras.columns.texts import Vocabulary, words_of
from sparkeras.errors import InvalidColumnError, InvalidModelError
from sparkeras.model import KerasClassificationModel

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
