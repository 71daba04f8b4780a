"""Rows of a Spark table on the driver: columns of any type and name, as many as fit, the same for a seed."""

import numpy as np
import pyspark.sql.functions as F
from pyspark.ml.functions import array_to_vector

from sparkeras import features
from sparkeras.runs.table_facts import alone, sample


def test_a_sample_holds_columns_of_any_type_and_is_the_same_for_a_seed(spark, monkeypatch):
    frame = spark.range(3000).select(
        (F.col("id") % 2).cast("int").alias("label"),
        F.concat(F.lit("town "), F.col("id") % 3).alias("a.b c"),
        F.array((F.col("id") % 2).cast("double"), F.lit(1.0)).alias("array"),
        array_to_vector(F.array(F.col("id").cast("double"), F.lit(2.0))).alias("vector"),
    )
    spec = features.learn(frame, "label")
    whole = sample.of_training(frame, spec, 3000, seed=1)
    assert (whole.rows, whole.names) == (3000, ("a.b c", "array", "vector"))
    assert [array.shape for array in whole.encoded] == [(3000, 1), (3000, 2), (3000, 2)]
    assert alone.strengths(whole, 0)["array"] == 1.0
    monkeypatch.setattr(sample, "TRAINING_ROWS", 1000)
    some, again = (sample.of_training(frame, spec, 3000, seed=1) for _ in range(2))
    assert 900 < some.rows < 1100
    np.testing.assert_array_equal(some.encoded[2], again.encoded[2])
    assert sample.share_of_test(spec, 10) == 1
    assert sample.share_of_test(spec, 4_000_000) == 1 / 3
