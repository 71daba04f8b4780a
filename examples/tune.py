"""How wide, how deep, how fast? A search for a network that prices houses: several trials at a time, poor ones ended.

Run: python examples/tune.py

The baseline is Spark's own linear regression on the same rows (for the few patients that stand in where there are no
houses: the mean). The trials are kept in houses/study.db: run again, the search is at its end already, and with more
TRIALS it goes on.
"""

from pathlib import Path

import keras
from pyspark.ml.evaluation import RegressionEvaluator
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from tables import MANY, housing

import sparkeras
from sparkeras import session

TRIALS = 16


def network(trial):
    """Return a compiled regression, and the batch size that this trial trains it with."""
    layers = [
        keras.layers.Dense(trial.suggest_int("units", 8, 128, log=True), activation="relu")
        for _ in range(trial.suggest_int("layers", 1, 3))
    ]
    model = keras.Sequential(
        [
            keras.Input((len(features),)),
            keras.layers.BatchNormalization(),
            *layers,
            keras.layers.Dense(1),
            keras.layers.Rescaling(deviation, mean),  # the layers before it work with small numbers
        ]
    )
    rate = trial.suggest_float("rate", 1e-4, 3e-2, log=True)
    model.compile(keras.optimizers.Adam(rate), keras.losses.Huber(delta=deviation))
    return model, {"batch_size": trial.suggest_categorical("batch", [64, 256])}


spark = session.get_or_start()
rows, features, label = housing(spark)
train, test = rows.randomSplit([0.8, 0.2], seed=0)
mean, deviation = train.selectExpr(f"mean({label})", f"stddev({label})").first()

folder = Path("houses")
folder.mkdir(exist_ok=True)
found = sparkeras.tune(
    network,
    train,
    trials=TRIALS,
    features=features,
    label=label,
    epochs=12,
    validation=0.2,
    storage=str(folder / "study.db"),
    verbose=True,
)
found.write(folder)
print(found)

evaluator = RegressionEvaluator(labelCol=label, metricName="r2")
figure = evaluator.evaluate(sparkeras.predict(found.best_model, test, features=features))
assembler = VectorAssembler(inputCols=features, outputCol="features")
linear = LinearRegression(labelCol=label).fit(assembler.transform(train))
baseline = evaluator.evaluate(linear.transform(assembler.transform(test)))
print(
    f"R2 on {test.count()} rows that nobody trained on: best network {figure:.3f}, linear regression {baseline:.3f}, "
    "always the mean 0"
)
assert figure > (baseline if rows.count() > MANY else 0), "the best network should beat its baseline"
