"""What the tasks of ``bench_results.py`` measure by: regressions on plain tables, with their baselines beside them."""

import keras
import numpy as np
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import StandardScaler

import sparkeras
from sparkeras import datasets, plots, zoo
from sparkeras.spark import session


def fit_on_spark(model, x, y, seed, **settings):
    """Train a compiled model on arrays by Spark, as ``sparkeras.fit`` does."""
    frame = datasets.frame_from_arrays(session.get_or_start(), x, y)
    sparkeras.fit(model, frame, seed=seed, verbose=0, **settings)


def mlp(arrays, seed, *, epochs, batch_size=32):
    """Train the zoo's mlp on the training rows; return what it says of the test rows."""
    keras.utils.set_random_seed(seed)
    model = zoo.build(
        "mlp",
        arrays.input_shape,
        scaling=arrays.fitted_scaling(),
        label_scaling=_labels(arrays),
        targets=arrays.targets,
    )
    model.compile(keras.optimizers.Adam(0.001), "mean_squared_error")
    fit_on_spark(model, arrays.x_train, arrays.y_train, seed, epochs=epochs, batch_size=batch_size)
    return model.predict(arrays.x_test, verbose=0).reshape(arrays.y_test.shape)


def _labels(arrays):
    y = arrays.y_train.reshape(len(arrays.y_train), -1)
    return "standardize", (y.mean(axis=0), y.var(axis=0))


def mean_squared(said, arrays):
    return float(np.mean((said - arrays.y_test) ** 2))


def wine(seed):
    """Marks of red wines; equal wines are never in both parts. Epochs: by four folds of seeds 0 and 1."""
    arrays = datasets.load_arrays("wine-red", seed=seed)
    scaler = StandardScaler().fit(arrays.x_train)
    line = LinearRegression().fit(scaler.transform(arrays.x_train), arrays.y_train)
    return {
        "mlp": mean_squared(mlp(arrays, seed, epochs=8), arrays),
        "linear regression": mean_squared(line.predict(scaler.transform(arrays.x_test)), arrays),
        "the mean": mean_squared(np.full_like(arrays.y_test, arrays.y_train.mean()), arrays),
    }


def pythagoras(seed):
    """The long side of a triangle; the noise alone has 0.0025."""
    arrays = datasets.load_arrays("pythagoras", seed=seed)
    engineered = LinearRegression().fit(np.hypot(*arrays.x_train.T)[:, None], arrays.y_train)
    plain = LinearRegression().fit(arrays.x_train, arrays.y_train)
    return {
        "mlp": mean_squared(mlp(arrays, seed, epochs=10, batch_size=128), arrays),
        "line through one engineered feature": mean_squared(
            engineered.predict(np.hypot(*arrays.x_test.T)[:, None]), arrays
        ),
        "line through both sides": mean_squared(plain.predict(arrays.x_test), arrays),
        "the mean": mean_squared(np.full_like(arrays.y_test, arrays.y_train.mean()), arrays),
    }


def kilometres(said, true):
    """Return the mean great-circle distance of places (rows, 2) in degrees."""
    return float(plots.great_circle_km(true, said).mean())


def music(seed):
    """Where music comes from: mean distance in kilometres."""
    arrays = datasets.load_arrays("music", seed=seed)
    ridge = Ridge(100.0).fit(arrays.x_train, arrays.y_train)
    return {
        "mlp": kilometres(mlp(arrays, seed, epochs=60), arrays.y_test),
        "ridge regression": kilometres(ridge.predict(arrays.x_test), arrays.y_test),
        "the mean place": kilometres(np.broadcast_to(arrays.y_train.mean(axis=0), arrays.y_test.shape), arrays.y_test),
    }
