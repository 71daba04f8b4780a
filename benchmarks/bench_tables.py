"""What do the defaults reach on tables? Held-out rows, 3 seeds, beside what scikit-learn reaches on the same split.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_tables.py [--seeds N] [DATA[:MODEL] ...]

Ours is `sparkeras train --data NAME --seed SEED`, nothing else set; its model is then opened by plain Keras. The
constant is the mean or the commonest class; linear is a ridge or logistic regression on one-hot categories and
standardized numbers; HGB is HistGradientBoosting with its defaults (200 trees for flights).
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from table import median, show

from sparkeras import datasets, plots
from sparkeras.datasets import registry

SEEDS = 3
# Name: (the figure, what is to be reached, by the means of linear and HGB)
DATA = {
    "flights": ("AUC", lambda linear, hgb: 0.72),
    "penguins": ("accuracy", lambda linear, hgb: 0.97),
    "housing": ("RMSE", lambda linear, hgb: min(0.75 * linear, 1.08 * hgb)),
    "wine": ("RMSE", None),
    "wine-red": ("RMSE", None),
    "wine-white": ("RMSE", None),
    "music": ("distance, km", None),
    "diabetes": ("RMSE", None),
    "cultivars": ("accuracy", None),
}
ONE_HOT_UP_TO = 255  # categories that HGB takes as such


def split(name, seed):
    """Return (train, test, y_train, y_test): frames with the columns as they are, and labels as numbers."""
    read = registry.read_table(name, seed)
    if read is None:
        arrays = datasets.load_arrays(name, seed=seed)
        return pd.DataFrame(arrays.x_train), pd.DataFrame(arrays.x_test), arrays.y_train, arrays.y_test
    parts = read[0]
    train, test = parts.train.to_pandas(), parts.test.to_pandas()
    classes = sorted(train[parts.label].unique())
    y_train, y_test = (frame.pop(parts.label).map(classes.index).to_numpy() for frame in (train, test))
    return _dated(train), _dated(test), y_train, y_test


def _dated(frame):
    """Return a frame whose dates are days, which scikit-learn takes."""
    dates = frame.select_dtypes(["datetime", "datetimetz"])
    return frame.assign(**{name: dates[name].astype("int64") / 1e9 / 86_400 for name in dates})


def linear(regression):
    """Return the linear model after the columns are scaled and one-hot."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    hot = OneHotEncoder(handle_unknown="ignore", min_frequency=2)
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (hot, make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, Ridge(1.0) if regression else LogisticRegression(max_iter=300))


def trees(name, train, y, seed):
    """Return HistGradientBoosting after texts have become numbers."""
    texts = list(train.select_dtypes(exclude="number").columns)
    few = [train.columns.get_loc(each) for each in texts if train[each].nunique() <= ONE_HOT_UP_TO]
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    columns = make_column_transformer((codes, texts), remainder="passthrough", verbose_feature_names_out=False)
    # The transformer puts texts first.
    settings = {"random_state": seed, "categorical_features": [texts.index(train.columns[place]) for place in few]}
    if y.dtype.kind == "f":
        model = HistGradientBoostingRegressor(**settings)
        return make_pipeline(columns, MultiOutputRegressor(model) if y.ndim == 2 else model)
    return make_pipeline(
        columns, HistGradientBoostingClassifier(max_iter=200 if name == "flights" else 100, **settings)
    )


def figure(name, predicted, y):
    """Return the figure of predictions: probabilities of classes, or amounts."""
    kind = DATA[name][0]
    if kind == "AUC":
        return float(roc_auc_score(y, predicted[:, 1]))
    if kind == "accuracy":
        return float(np.mean(predicted.argmax(axis=1) == y))
    predicted = predicted.reshape(y.shape)
    if kind == "distance, km":
        return float(plots.great_circle_km(y, predicted).mean())
    return float(np.sqrt(np.mean((predicted - y) ** 2)))


def ours(name, model, seed, test):
    """Train as the command does; return (predictions of the test rows, model's name, seconds of all)."""
    from sparkeras.runs import TrainingRun

    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        run = TrainingRun(name, model, f"{folder}/run", seed=seed).run()
        seconds = time.monotonic() - began
        return _predicted(run, name, seed, test), run.summary["model"]["name"], seconds


def _predicted(run, name, seed, test):
    import keras

    from sparkeras.features import Features

    trained = keras.saving.load_model(run.path / "model.keras", compile=False)
    learned = Path(run.path) / "features.json"
    if not learned.is_file():
        return trained.predict(test.to_numpy(), batch_size=4096, verbose=0)
    spec = Features.from_json(learned.read_text(encoding="utf-8"))
    rows = registry.read_table(name, seed)[0].test
    columns = {each: rows[each].combine_chunks() for each in spec.sources}
    # A row that lacks what no training row lacked is predicted too, as if it had the median.
    arrays = {each: block.encode(columns).array for each, block in spec.blocks.items()}
    return trained.predict(arrays if len(arrays) > 1 else next(iter(arrays.values())), batch_size=4096, verbose=0)


def one_seed(name, model, seed):
    """Return the figure of each model, and the name and seconds of ours."""
    train, test, y, y_test = split(name, seed)
    regression = y.dtype.kind == "f"
    constant = np.mean(y, axis=0) if regression else np.bincount(y) / len(y)
    flat = np.broadcast_to(constant, (len(test), *np.shape(constant)))
    predicted, called, seconds = ours(name, model, seed, test)
    found = {"ours": predicted, "constant": flat}
    for kind, fitted in (("linear", linear(regression)), ("HGB", trees(name, train, y, seed))):
        fitted.fit(train, y)
        found[kind] = fitted.predict(test) if regression else fitted.predict_proba(test)
    return {kind: figure(name, each, y_test) for kind, each in found.items()}, called, seconds


def line(wanted, seeds):
    """Return the line of the table of one data set."""
    name, _, model = wanted.partition(":")
    kind, goal = DATA[name]
    measured = []
    for seed in range(seeds):
        measured.append(one_seed(name, model or None, seed))
        print(name, seed, measured[-1], file=sys.stderr, flush=True)
    means = {each: np.mean([figures[each] for figures, _, _ in measured]) for each in measured[0][0]}
    each_seed = ", ".join(f"{figures['ours']:.4g}" for figures, _, _ in measured)
    to_reach = f"{goal(means['linear'], means['HGB']):.4g}" if goal else ""
    others = (f"{means[each]:.4g}" for each in ("constant", "linear", "HGB"))
    seconds = f"{median([took for _, _, took in measured]):.0f}"
    return (name, kind, measured[0][1], f"**{means['ours']:.4g}** ({each_seed})", *others, to_reach, seconds)


def main(wanted, seeds):
    """Measure and print."""
    warnings.simplefilter("ignore")
    rows = [line(name, seeds) for name in wanted]
    show(
        f"bench_tables: tables with defaults, held-out rows, seeds 0 to {seeds - 1}",
        ("data", "figure", "model", "ours: mean (each)", "constant", "linear", "HGB", "to reach", "whole run, s"),
        rows,
        [
            f"Load of the machine over the last 15 minutes, on {os.cpu_count()} cores: {os.getloadavg()[2]:.1f}. "
            "AUC and accuracy: more is better; the others: less."
        ],
    )


if __name__ == "__main__":
    given = sys.argv[1:]
    count = SEEDS
    if given[:1] == ["--seeds"]:
        count, given = int(given[1]), given[2:]
    main(given or list(DATA), count)
