"""A network that scores a stream: digits arrive in files, each is read as it comes.

Run: python examples/streaming.py

The baseline says the most frequent digit each time.
"""

import tempfile

import keras
from pyspark.sql import functions as F

from sparkeras import KerasClassifier, datasets, session

spark = session.get_or_start()
train, test = datasets.load("digits", spark)

keras.utils.set_random_seed(0)
network = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Rescaling(1 / 16),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
network.compile("adam", "sparse_categorical_crossentropy")
fitted = KerasClassifier(model=network, epochs=20, batchSize=32).fit(train)


def tell(scored, number):
    """Print how many digits of one micro-batch were read right, and keep the rows."""
    rows, right = scored.count(), scored.where("prediction = label").count()
    print(f"micro-batch {number}: {rows} digits, {right} read right")
    scored.select("label", "prediction").write.mode("append").parquet(f"{folder}/scored")


with tempfile.TemporaryDirectory() as folder:
    for part in test.randomSplit([1.0, 1.0, 1.0], seed=0):
        part.coalesce(1).write.mode("append").parquet(f"{folder}/arriving")
    stream = spark.readStream.schema(test.schema).option("maxFilesPerTrigger", 1).parquet(f"{folder}/arriving")
    query = fitted.transform(stream).writeStream.foreachBatch(tell).trigger(availableNow=True)
    query.option("checkpointLocation", f"{folder}/checkpoint").start().awaitTermination()
    figure = (
        spark.read.parquet(f"{folder}/scored")
        .agg(F.avg((F.col("prediction") == F.col("label")).cast("int")))
        .first()[0]
    )
baseline = test.groupBy("label").count().agg(F.max("count")).first()[0] / test.count()
print(f"Accuracy over the stream {figure:.3f}; the most frequent digit each time {baseline:.3f}")
assert figure > baseline, "the network should beat one answer for all"
