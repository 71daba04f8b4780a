"""A neural network as one more stage of a Spark pipeline: fitted, compared, saved, loaded, used again.

Run: python examples/pipeline.py

House values from eight numbers per block, against Spark's own linear regression on the same rows. The 442 patients that
stand in where there are no houses tell too little to beat a straight line; there, it has to beat the mean.
"""

import tempfile

import keras
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.evaluation import RegressionEvaluator
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.ml.regression import LinearRegression
from tables import MANY, housing

from sparkeras import KerasRegressor, session

spark = session.get_or_start()
rows, features, label = housing(spark)
train, test = rows.randomSplit([0.8, 0.2], seed=0)
prepare = [
    VectorAssembler(inputCols=features, outputCol="assembled"),
    StandardScaler(inputCol="assembled", outputCol="features", withMean=True),
]
evaluator = RegressionEvaluator(labelCol=label, metricName="r2")

linear = Pipeline(stages=[*prepare, LinearRegression(labelCol=label)]).fit(train)
baseline = evaluator.evaluate(linear.transform(test))

keras.utils.set_random_seed(0)
mean, deviation = train.selectExpr(f"mean({label})", f"stddev({label})").first()
network = keras.Sequential(
    [
        keras.Input((len(features),)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(1),
        keras.layers.Rescaling(deviation, mean),  # the layers before it work with small numbers
    ]
)
network.compile(keras.optimizers.Adam(0.003), keras.losses.Huber(delta=deviation))
estimator = KerasRegressor(model=network, labelCol=label, epochs=30, batchSize=64, validationFraction=0.1)
fitted = Pipeline(stages=[*prepare, estimator]).fit(train)

with tempfile.TemporaryDirectory() as folder:
    fitted.write().save(f"{folder}/houses")
    again = PipelineModel.load(f"{folder}/houses")
figure = evaluator.evaluate(again.transform(test))
print(
    f"R2 on {test.count()} rows that nobody trained on: network {figure:.3f}, linear regression {baseline:.3f}, "
    "always the mean 0"
)
assert figure > (baseline if rows.count() > MANY else 0), "the network should beat its baseline"
