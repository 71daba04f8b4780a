"""A fitted model scores streams as it scores tables."""

import keras
import numpy as np
import pytest

from sparkeras import KerasRegressor


@pytest.fixture(scope="module")
def fitted(spark):
    """A model that doubles its one number."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile("sgd", "mse")
    rows = spark.createDataFrame([(1.0, 2.0)], "value double, label double")
    made = KerasRegressor(model=model, featuresCol="value", epochs=1).fit(rows)
    made.keras_model.set_weights([np.array([[2.0]])])
    return made


def scored_of(stream, name, tmp_path):
    """Run a stream into a table in memory and return its rows."""
    query = stream.writeStream.format("memory").queryName(name).outputMode("append")
    query = query.option("checkpointLocation", str(tmp_path / "checkpoint")).start()
    try:
        query.processAllAvailable()
        return stream.sparkSession.table(name).collect()
    finally:
        query.stop()


def test_a_stream_of_files_is_scored_as_files_arrive(spark, fitted, tmp_path):
    folder = str(tmp_path / "arriving")
    spark.range(5).selectExpr("double(id) AS value", "id AS kept").write.parquet(folder)
    stream = spark.readStream.schema("value double, kept long").parquet(folder)
    rows = scored_of(fitted.transform(stream), "of_files", tmp_path)
    assert sorted((row.kept, row.prediction) for row in rows) == [(i, 2.0 * i) for i in range(5)]


def test_a_stream_of_events_is_scored_while_it_runs(spark, fitted, tmp_path):
    stream = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 10).load()
    scored = fitted.transform(stream.selectExpr("double(value) AS value", "timestamp"))
    query = (
        scored.writeStream.format("memory").queryName("of_events").option("checkpointLocation", str(tmp_path)).start()
    )
    try:
        for _ in range(120):
            if query.exception() or spark.table("of_events").count() >= 20:
                break
            query.awaitTermination(0.5)
        rows = spark.table("of_events").collect()
    finally:
        query.stop()
    assert len(rows) >= 20
    assert all(row.prediction == 2 * row.value for row in rows)
