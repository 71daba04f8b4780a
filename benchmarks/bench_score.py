"""How fast are predictions? Cached MNIST rows, models of 0.2 to 300 MB, against three other ways of going through them.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_score.py [MODEL ...]

- the empty pass: the same call, returning zeros (what small models are measured against);
- ``pyspark.ml.functions.predict_batch_udf`` with the same Keras model;
- plain Keras' ``predict`` on the rows as an array in this process, all cores (what heavy models are measured against).

All alternate in one session after one warm-up each (the first call sends the model, imports Keras and compiles); the
model, once on the workers, is found there again by each further call.
"""

import sys
import time
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from table import median, show

# Name: rows, repeats.
MODELS = {
    "784-64-10": (60_000, 9),
    "zoo's mlp": (60_000, 9),
    "zoo's cnn": (6_000, 3),
    "30 MB": (30_000, 3),
    "300 MB": (6_000, 3),
}


def zeros(batches: Iterator[pa.Array]) -> Iterator[pa.Array]:
    """Return ten zeros per row."""
    for rows in batches:
        offsets = np.arange(len(rows) + 1, dtype=np.int32) * 10
        yield pa.ListArray.from_arrays(offsets, np.zeros(len(rows) * 10, np.float32))


def main():
    """Measure and print."""
    from sparkeras import datasets
    from sparkeras.engine import backends
    from sparkeras.spark import session

    backends.load("jax")
    spark = session.get_or_start()

    data, _ = datasets.load("mnist", spark)
    table = [_measured(name, data) for name in sys.argv[1:] or MODELS]
    show(
        "bench_score: cached MNIST rows of 784 smallint, JAX",
        (
            *("model", "parameters, MB", "rows", "first call, s", "predictions, s", "empty pass, s"),
            *("predict_batch_udf, s", "plain Keras, s", "to empty pass", "to batch UDF", "to plain Keras"),
        ),
        table,
        [
            "The last three: predictions divided by each, median of neighbouring runs. To reach: 1.25 times the empty "
            "pass where the model is small; close to plain Keras where it is heavy. The first call sends the model, "
            "imports Keras and compiles on each worker."
        ],
    )


def _measured(name, data):
    import pyspark.sql.functions as F

    import sparkeras

    model, (count, repeats) = _model(name), MODELS[name]
    rows = data.limit(count).repartition(data.sparkSession.sparkContext.defaultParallelism).select("features").cache()
    array = np.array([row.features for row in rows.collect()], np.int16).reshape(-1, *model.input_shape[1:])
    empty, batch = F.arrow_udf(zeros, "array<float>"), _batch_udf(model)
    ways = {
        "ours": lambda: _pass(sparkeras.predict(model, rows)),
        "empty": lambda: _pass(rows.select(empty("features").alias("prediction"))),
        "batch": lambda: _pass(rows.select(batch("features").alias("prediction"))),
        "plain": lambda: model.predict(array, batch_size=1024, verbose=0),
    }
    first = {way: _seconds(run) for way, run in ways.items()}
    rounds = [{way: _seconds(run) for way, run in ways.items()} for _ in range(repeats)]
    took = {way: median([each[way] for each in rounds]) for way in ways}
    ratios = [median([each["ours"] / each[way] for each in rounds]) for way in ("empty", "batch", "plain")]
    rows.unpersist()
    megabytes = sum(np.prod(weight.shape) * 4 for weight in model.weights) / 1e6
    seconds = (first["ours"], *(took[way] for way in ways))
    return (name, f"{megabytes:.1f}", f"{len(array):,}", *(f"{each:.2f}" for each in (*seconds, *ratios)))


def _batch_udf(model):
    """Return Spark's own way, which loads the model by a function of the user's."""
    from pyspark.ml.functions import predict_batch_udf
    from pyspark.sql.types import ArrayType, FloatType

    told, weights, shape = model.to_json(), model.get_weights(), model.input_shape[1:]

    def load():
        import os

        os.environ["KERAS_BACKEND"] = "jax"
        import keras

        made = keras.models.model_from_json(told)
        made.set_weights(weights)
        return lambda inputs: made.predict_on_batch(inputs.reshape(-1, *shape))

    return predict_batch_udf(load, return_type=ArrayType(FloatType()), batch_size=1024, input_tensor_shapes=[[784]])


def _model(name):
    import keras

    from sparkeras import zoo

    if name.startswith("zoo"):
        return zoo.build(name.removeprefix("zoo's "), (28, 28), 10, scaling=("rescale", 1 / 255))
    units = {"784-64-10": [64], "30 MB": [2400, 2400], "300 MB": [8192, 8192]}[name]
    dense = [keras.layers.Dense(each, activation="relu") for each in units]
    rescaled = keras.layers.Rescaling(1 / 255)
    return keras.Sequential([keras.Input((784,)), rescaled, *dense, keras.layers.Dense(10, activation="softmax")])


def _pass(scored):
    """Make Spark compute every row."""
    import pyspark.sql.functions as F

    scored.agg(F.sum(F.element_at("prediction", 1))).collect()


def _seconds(run):
    began = time.monotonic()
    run()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
