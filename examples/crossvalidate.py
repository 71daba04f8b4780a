"""Which network? A grid over architecture and learning rate, cross-validated two fits at a time.

Run: python examples/crossvalidate.py

Red wine or white, by its measurements; the baseline says the more frequent class.
"""

import keras
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import StringIndexer
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from tables import wine

from sparkeras import KerasClassifier, session


def network(inputs, classes, units):
    """Return a compiled classifier; the grid names its arguments."""
    layers = [keras.layers.Dense(each, activation="relu") for each in units]
    model = keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.BatchNormalization(),
            *layers,
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


spark = session.get_or_start()
rows, features, label = wine(spark)
rows = StringIndexer(inputCol=label, outputCol="label").fit(rows).transform(rows)
train, test = rows.randomSplit([0.8, 0.2], seed=0)
train = train.cache()
classes = train.select("label").distinct().count()

estimator = KerasClassifier(modelFn=network, featuresCols=features, epochs=8, batchSize=64, threadsPerWorker=1)
shapes = [{"inputs": len(features), "classes": classes, "units": units} for units in ([], [32])]
grid = ParamGridBuilder().addGrid(estimator.modelArgs, shapes).addGrid(estimator.learningRate, [1e-4, 1e-2]).build()
evaluator = MulticlassClassificationEvaluator(metricName="accuracy")
found = CrossValidator(
    estimator=estimator, estimatorParamMaps=grid, evaluator=evaluator, numFolds=3, parallelism=2, seed=0
).fit(train)

for settings, figure in zip(grid, found.avgMetrics, strict=True):
    said = {param.name: value for param, value in settings.items()}
    print(f"units {said['modelArgs']['units']!s:6} rate {said['learningRate']:<7} accuracy {figure:.3f}")
baseline = test.groupBy("label").count().agg({"count": "max"}).first()[0] / test.count()
figure = evaluator.evaluate(found.transform(test))
print(f"Best on {test.count()} held-out rows: accuracy {figure:.3f}, the more frequent class {baseline:.3f}")
assert figure > baseline, "the best network should beat one answer for all"
