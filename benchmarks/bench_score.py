"""How fast are predictions? 60,000 cached MNIST rows against the empty pass: the same call, returning zeros.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_score.py

Both alternate in one session; medians of 9 after one warm-up each (the first call imports Keras and compiles).
"""

import time
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from table import median, show

REPEATS = 9


def zeros(batches: Iterator[pa.Array]) -> Iterator[pa.Array]:
    """Return ten zeros per row."""
    for rows in batches:
        offsets = np.arange(len(rows) + 1, dtype=np.int32) * 10
        yield pa.ListArray.from_arrays(offsets, np.zeros(len(rows) * 10, np.float32))


def main():
    """Measure and print."""
    from sparkeras import backends, datasets, session

    backends.load("jax")
    spark = session.get_or_start()
    import pyspark.sql.functions as F

    import sparkeras
    from sparkeras import zoo

    rows, _ = datasets.load("mnist", spark)
    rows = rows.repartition(spark.sparkContext.defaultParallelism).cache()
    count = rows.count()
    empty = F.arrow_udf(zeros, "array<float>")
    table = []
    for name in ("784-64-10", "mlp"):
        model = _small() if name == "784-64-10" else zoo.build("mlp", (28, 28), 10, scaling=("rescale", 1 / 255))

        def pass_empty():
            return rows.select(empty("features").alias("prediction"))

        def pass_model(model=model):
            return sparkeras.predict(model, rows.select("features")).select("prediction")

        first = _seconds(pass_model)
        _seconds(pass_empty)
        pairs = [(_seconds(pass_empty), _seconds(pass_model)) for _ in range(REPEATS)]
        ratio = median([ours / bare for bare, ours in pairs])
        table.append(
            (
                name,
                f"{first:.2f}",
                f"{median([bare for bare, _ in pairs]):.2f}",
                f"{median([ours for _, ours in pairs]):.2f}",
                f"{ratio:.2f}",
            )
        )
    show(
        f"bench_score: {count:,} cached MNIST rows of 784 smallint, JAX",
        ("model", "first call, s", "empty pass, s", "predictions, s", "ratio (to reach: 1.25)"),
        table,
        ["Ratio: median of neighbouring pairs. The first call imports Keras and compiles on each worker."],
    )


def _small():
    import keras

    return keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def _seconds(make):
    """Return the seconds of one whole pass; the sum makes Spark compute every row."""
    import pyspark.sql.functions as F

    began = time.monotonic()
    make().agg(F.sum(F.element_at("prediction", 1))).collect()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
