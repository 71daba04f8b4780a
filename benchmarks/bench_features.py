"""What do the columns of a table cost? Learning and encoding flights, against Spark's own pipeline on the same columns.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_features.py [ROWS]

All 336,776 flights, 11 columns and the label, from Parquet. Spark's pipeline is StringIndexer (label too), Imputer,
OneHotEncoder, VectorAssembler and StandardScaler; the timestamp, which has no stage of its own there, is a number of
days. Both alternate after one round that is not counted. *Learning* is ``features.learn`` and ``Pipeline.fit``;
*encoding* goes from the DataFrame to what a model takes on the driver: ``toArrow`` and ``spec.encode`` against
``transform`` and ``collect`` of the vectors. The training is that of ``sparkeras train --data flights``.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import io
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from table import median, show

from sparkeras.datasets.sets import flights

ROUNDS = 3
NUMBERS = ("month", "day", "sched_dep_time", "sched_arr_time", "flight", "distance")
TEXTS = ("carrier", "tailnum", "origin", "dest")
TIME, LABEL = "time_hour", "late"


def table(rows=None):
    """Return the flights as an Arrow table: what is known before departure, and whether each was late."""
    path = Path(os.environ["SPARKERAS_DATA"]) / flights.NAME / flights.FILE
    with zipfile.ZipFile(path) as archive:
        read = pyarrow.csv.read_csv(
            io.BytesIO(archive.read(flights.MEMBER)),
            convert_options=pyarrow.csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True),
        ).slice(0, rows)
    late = pc.if_else(pc.greater(pc.fill_null(read["arr_delay"], 0), flights.LATE), "yes", "no")
    return read.select(flights.KNOWN).append_column(LABEL, late)


def pipeline():
    """Return Spark's own stages for the same columns."""
    from pyspark.ml import Pipeline
    from pyspark.ml.feature import Imputer, OneHotEncoder, StandardScaler, StringIndexer, VectorAssembler

    numbers, texts = [*NUMBERS, "days"], list(TEXTS)
    filled, ids, hot = ([f"{name} {what}" for name in names] for what, names in _made(numbers, texts))
    return Pipeline(
        stages=[
            StringIndexer(inputCol=LABEL, outputCol="label"),
            StringIndexer(inputCols=texts, outputCols=ids, handleInvalid="keep"),
            OneHotEncoder(inputCols=ids, outputCols=hot, handleInvalid="keep"),
            Imputer(inputCols=numbers, outputCols=filled, strategy="median"),
            VectorAssembler(inputCols=filled, outputCol="numbers"),
            StandardScaler(inputCol="numbers", outputCol="scaled", withMean=True),
            VectorAssembler(inputCols=["scaled", *hot], outputCol="features"),
        ]
    )


def _made(numbers, texts):
    return ("filled", numbers), ("id", texts), ("hot", texts)


def for_pipeline(df):
    """Return the rows with numbers that Imputer takes, and the timestamp as days."""
    import pyspark.sql.functions as F

    doubles = {name: F.col(name).cast("double") for name in NUMBERS}
    return df.withColumns(doubles | {"days": F.col(TIME).cast("long") / 86_400})


def rows_read(spark, run):
    """Return what ``run`` gives, and the rows that all its stages read from files, by Spark's own metrics."""
    context, group = spark.sparkContext, f"bench {time.monotonic()}"
    context.setJobGroup(group, group)
    try:
        result = run()
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)
    tracker, store = context.statusTracker(), context._jsc.sc().statusStore()
    jobs = (tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group))
    stages = {stage for job in jobs if job for stage in job.stageIds}
    read = 0
    for stage in stages:
        info = store.lastStageAttempt(stage)
        read += info.inputRecords() if info.status().toString() == "COMPLETE" else 0
    return result, read


def seconds(run):
    """Return (result, seconds) of a call."""
    began = time.monotonic()
    result = run()
    return result, time.monotonic() - began


def one_round(df, prepared):
    """Return the seconds of each part of both ways."""
    from sparkeras import features

    spec, learned = seconds(lambda: features.learn(df, LABEL))
    fitted, fitted_seconds = seconds(lambda: pipeline().fit(prepared))
    rows, fetched = seconds(lambda: df.select(*spec.sources).toArrow())
    _, encoded = seconds(lambda: spec.encode(rows))
    _, collected = seconds(lambda: fitted.transform(prepared).select("features", "label").collect())
    return {
        "learn": learned,
        "pipeline fit": fitted_seconds,
        "toArrow": fetched,
        "encode": encoded,
        "pipeline encode": collected,
    }


def training(df, spec):
    """Return the seconds of a whole training on the raw columns, with the settings of ``sparkeras train``."""
    import keras

    import sparkeras
    from sparkeras import features, zoo
    from sparkeras.runs import training_data

    settings = training_data.defaults(flights.ENTRY.rows_train, "tabular", is_table=True)
    steps = settings["epochs"] * -(-df.count() // settings["batch_size"])
    keras.utils.set_random_seed(0)
    model = zoo.build("tabular", (1,), 2, table=features.table(spec), steps=steps)
    return seconds(lambda: sparkeras.fit(model, df, features=spec, verbose=0, **settings))[1]


def main(rows=None):
    """Measure, assert one scan, and print."""
    from sparkeras import features
    from sparkeras.spark import session

    spark = session.get_or_start()
    with tempfile.TemporaryDirectory() as folder:
        made = table(rows)
        pyarrow.parquet.write_table(made, f"{folder}/flights.parquet", row_group_size=50_000)
        df = spark.read.parquet(f"{folder}/flights.parquet")
        prepared = for_pipeline(df)
        one_round(df, prepared)
        spec, ours = rows_read(spark, lambda: features.learn(df, LABEL))
        _, theirs = rows_read(spark, lambda: pipeline().fit(prepared))
        assert ours == made.num_rows, f"learning read {ours:,} rows of {made.num_rows:,}: not one scan"
        rounds = [one_round(df, prepared) for _ in range(ROUNDS)]
        trained = training(df, spec)
    report(made, rounds, trained, theirs / made.num_rows)


def report(made, rounds, trained, scans):
    """Print the table with its ratios: medians over the rounds."""
    took = {name: median([each[name] for each in rounds]) for name in rounds[0]}
    learn = median([each["learn"] / each["pipeline fit"] for each in rounds])
    encode = median([each["pipeline encode"] / (each["toArrow"] + each["encode"]) for each in rounds])
    alone = median([each["pipeline encode"] / each["encode"] for each in rounds])
    show(
        f"bench_features: flights, {made.num_rows:,} rows, {made.num_columns} columns",
        ("what", "ours, s", "Spark's pipeline, s", "ratio", "to reach"),
        [
            ("learning", f"{took['learn']:.2f}", f"{took['pipeline fit']:.2f}", f"{learn:.2f}", "at most 0.50"),
            ("scans of the table, by Spark's metrics", "1", f"{scans:.0f}", "", "1"),
            (
                "encoding, from the DataFrame",
                f"{took['toArrow'] + took['encode']:.2f}",
                f"{took['pipeline encode']:.2f}",
                f"{encode:.0f} times faster",
                "10",
            ),
            ("encoding alone, from Arrow", f"{took['encode']:.2f}", "", f"{alone:.0f} times faster", ""),
            (
                "a training of 2 epochs, encoding in it",
                f"{trained:.1f}",
                "",
                f"{took['encode'] / trained:.1%} of it",
                "below 15 %",
            ),
        ],
        [
            f"Load of the machine over the last 15 minutes, on {os.cpu_count()} cores: {os.getloadavg()[2]:.1f}. "
            f"{ROUNDS} rounds, medians; ratios within each round."
        ],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
