"""What the tasks of ``bench_results.py`` measure by: sentences, five folds, a network beside counted words."""

import numpy as np
from results_images import classifier
from results_tables import fit_on_spark
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from sparkeras import datasets
from sparkeras.engine.columns import vocabulary
from sparkeras.engine.columns.texts import Vocabulary
from sparkeras.spark.session import get_or_start

FOLDS, WORDS = 5, 32


def sentences(seed):
    """Praise or complaint in 1,000 sentences on films: the mean of five folds, each with words of its own."""
    data = datasets.load_arrays("imdb-sentences", seed=seed)
    x, y = np.concatenate([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(x, y)
    found = [_of_a_fold(x[train], y[train], x[test], y[test], seed) for train, test in folds]
    return {model: float(np.mean([each[model] for each in found])) for model in found[0]}


def _of_a_fold(x, y, x_test, y_test, seed):
    counted = make_pipeline(CountVectorizer(binary=True), LogisticRegression(max_iter=1000)).fit(x, y)
    return {
        "text": _network(x, y, x_test, y_test, seed),
        "bag of words and logistic regression": counted.score(x_test, y_test),
        "the commonest class": float(np.mean(y_test == np.bincount(y).argmax())),
    }


def _network(x, y, x_test, y_test, seed):
    frame = get_or_start().createDataFrame([(text,) for text in x], "text string")
    words = vocabulary.build(frame, "text", 10_000).words
    known = Vocabulary(words)
    model = classifier("text", (WORDS,), 2, seed, vocabulary=len(words) + 2)
    fit_on_spark(model, known.ids(_column(x), WORDS)[0], y, seed, epochs=20, batch_size=32)
    return float(np.mean(model.predict(known.ids(_column(x_test), WORDS)[0], verbose=0).argmax(axis=1) == y_test))


def _column(texts):
    import pyarrow as pa

    return pa.array(list(texts), pa.string())
