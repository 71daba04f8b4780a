# ---
# jupyter:
#   lesson:
#     title: "Regression in Spark: houses"
#     about: a schema, a line, a forest, errors of training and of test, ratios, and what a place is worth
#     reading: 25
#     exercises: 60
#     data: [housing]
#     figures:
#       people: {value: 1425.5, within: 0.1, format: ",.1f"}
#       mean_error: {value: 117049, within: 1500, format: ",.0f"}
#       line_train: {value: 76033, within: 600, format: ",.0f"}
#       line_error: {value: 75712, within: 1900, format: ",.0f"}
#       nearby_train: {value: 55210, within: 800, format: ",.0f"}
#       nearby_error: {value: 57780, within: 3200, format: ",.0f"}
#       ratios_error: {value: 64966, within: 1200, format: ",.0f", full: true}
#       forest_train: {value: 46890, within: 1200, format: ",.0f", full: true}
#       forest_error: {value: 55357, within: 1800, format: ",.0f", full: true}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 15. Regression in Spark: houses
#
# **What you will do.** You predict what a house costs in a block of California, from the census of 1990. You read a file
# without a header, divide it, fit a line and a forest in Spark, and find out which thought improves which of them: ratios
# instead of totals, scaled columns, the place.
#
# **Time.** 25 minutes of reading, 60 of exercises. **The figure to reach:** an error on test rows of about
# {fig:nearby_error} dollars with a straight line. Always saying the mean has {fig:mean_error}.

# %%
import matplotlib.pyplot as plt
import numpy as np
from pyspark.ml import Pipeline
from pyspark.ml.evaluation import RegressionEvaluator
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.ml.regression import LinearRegression, RandomForestRegressor
from pyspark.sql import functions as F

from sparkeras.course import check, figure, path_of, pick, start_spark

plt.style.use("tableau-colorblind10")
spark = start_spark()

# %% [markdown]
# ## A file without a header
#
# Each line stands for a block of houses: where it is, the median age of its houses, the rooms, bedrooms, people and
# households of the whole block, the median income (in 10,000 dollars), and the median value of a house (in dollars).

# %%
houses_file = path_of("housing")
spark.read.text(houses_file).show(3, truncate=False)

# %% [markdown]
# ### Exercise 15.1: a schema
#
# Set `houses` to the DataFrame of this file, with the columns of `COLUMNS` in this order, each a number with decimals
# (`double`). A schema may be a text such as `"a double, b double"`. Spark could guess the types (`inferSchema`), but then
# it reads the file twice, and a guess may change with the file. What does not fit its type becomes NULL without a word;
# `mode="FAILFAST"` makes an error of it.

# %% tags=["exercise", "15.1"]
COLUMNS = ["longitude", "latitude", "age", "rooms", "bedrooms", "people", "households", "income", "value"]
houses = None
### BEGIN SOLUTION
houses = spark.read.csv(houses_file, schema=", ".join(f"{name} double" for name in COLUMNS))
### END SOLUTION

# %% tags=["check"]
check("15.1")

# %% [markdown]
# Now a look. The mean block has {fig:people} people. The picture on the left is a map: nobody drew it but the rows. The one on the right shows a cliff: values
# above 500,000 dollars were cut off. A model learns this cap too, and nobody can say what those houses were really worth.

# %%
if houses is not None:
    houses = houses.cache()
    figure("15.people", houses.agg(F.mean("people")).first()[0])
    seen = houses.toPandas()  # 20,640 rows fit into the driver's memory easily
    print(seen.describe().loc[["mean", "min", "50%", "max"]].round(1).to_string())
    picture, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5))
    points = left.scatter(seen.longitude, seen.latitude, c=seen.value / 1000, s=2)
    picture.colorbar(points, label="value (1,000 dollars)")
    left.set(title="Blocks of California", xlabel="longitude (degrees)", ylabel="latitude (degrees)")
    right.hist(seen.value / 1000, bins=60)
    right.set(title="Values, with a cap", xlabel="value (1,000 dollars)", ylabel="blocks")
    plt.show()

# %% [markdown]
# ## Put test rows aside
#
# `randomSplit` tosses a coin for each row, so the parts are *about* 80 and 20 %. With a seed the same rows land in the
# same part each time, as long as the rows come in the same order and partitions. Without a seed each run has another test,
# and figures of two runs cannot be compared.

# %%
if houses is not None:
    train, test = (part.cache() for part in houses.randomSplit([0.8, 0.2], seed=0))
    print(f"{train.count():,} training rows, {test.count():,} test rows")

# %% [markdown]
# ### Exercise 15.2: the mean
#
# A model that has learned nothing says the mean value of the training rows. Set `mean_error` to its *root mean squared
# error* (RMSE) on the test rows: the root of the mean of the squared errors. It is in dollars, as the values are.

# %% tags=["exercise", "15.2"]
mean_error = None
### BEGIN SOLUTION
mean = train.agg(F.mean("value")).first()[0]
mean_error = test.agg(F.sqrt(F.mean((F.col("value") - mean) ** 2))).first()[0]
### END SOLUTION

# %% tags=["check"]
check("15.2")

# %%
if mean_error is not None:
    figure("15.mean_error", mean_error)

# %% [markdown]
# ## A line
#
# Spark's learners, in the package `pyspark.ml`, want all inputs in *one* column of vectors; a `VectorAssembler` makes it.
# A `Pipeline` is a list of stages. `fit` on training rows gives a fitted pipeline, whose `transform` adds a column
# `prediction` to any rows. What was fitted and what is applied later cannot get mixed up that way.
#
# ### Exercise 15.3: assemble and fit
#
# Set `line` to a fitted pipeline of two stages: a `VectorAssembler` of the columns in `TOTALS`, and a `LinearRegression`
# whose label is `value` (`labelCol`).

# %% tags=["exercise", "15.3"]
TOTALS = ["age", "rooms", "bedrooms", "people", "households", "income"]
line = None
### BEGIN SOLUTION
assembler = VectorAssembler(inputCols=TOTALS, outputCol="features")
line = Pipeline(stages=[assembler, LinearRegression(labelCol="value")]).fit(train)
### END SOLUTION

# %% tags=["check"]
check("15.3")

# %% [markdown]
# ### Exercise 15.4: two errors
#
# Set `train_rmse` and `test_rmse` to the RMSE of `line` on the training rows and on the test rows. A
# `RegressionEvaluator` computes it of a DataFrame that has a `prediction`.
#
# The summary of Spark's model (`line.stages[-1].summary`) knows an RMSE as well. Find out of which rows. A well-known
# course printed it, 77,966.83, and called it "MSE" and the result.

# %% tags=["exercise", "15.4"]
train_rmse = test_rmse = None
### BEGIN SOLUTION
evaluator = RegressionEvaluator(labelCol="value", metricName="rmse")
train_rmse, test_rmse = evaluator.evaluate(line.transform(train)), evaluator.evaluate(line.transform(test))
### END SOLUTION

# %% tags=["check"]
check("15.4")

# %%
if test_rmse is not None:
    figure("15.line_train", train_rmse)
    figure("15.line_error", test_rmse)

# %% [markdown]
# For the line, both errors are nearly the same: seven numbers cannot remember 16,000 rows. Do not conclude that it makes no
# difference which one you look at. You will see it make one, twice.
#
# ## Ratios
#
# A block of 2,000 rooms is a large block; that does not say that its houses are large. What matters are ratios.
#
# ### Exercise 15.5: per household
#
# Write `with_ratios(frame)`: the frame with three more columns: `rooms_per_household`, `bedrooms_per_room` and
# `people_per_household`.


# %% tags=["exercise", "15.5"]
def with_ratios(frame):
    """Return the frame with three more columns."""
    ### BEGIN SOLUTION
    return frame.withColumns(
        {
            "rooms_per_household": F.col("rooms") / F.col("households"),
            "bedrooms_per_room": F.col("bedrooms") / F.col("rooms"),
            "people_per_household": F.col("people") / F.col("households"),
        }
    )
    ### END SOLUTION


# %% tags=["check"]
check("15.5")

# %% [markdown]
# ## A forest
#
# A decision tree asks one question after the other ("is the income above 3.1?") and says the mean of the training rows that
# gave the same answers. A *random forest* is many trees, each grown on rows drawn by chance and allowed to ask about a part
# of the columns; it says the mean of what they say.
#
# A tree asks only on which side of a threshold a number is. If a column is scaled, the threshold moves along, and the rows
# fall to the same sides. So scaling does nothing for trees. A line without a penalty on its weights gets other weights, and
# says the same. It is *networks* that need scaled inputs, as they learn by small steps.

# %%
RATIOS = ["rooms_per_household", "bedrooms_per_room", "people_per_household"]
errors = {}


def forest():
    """Return a random forest that is not fitted yet."""
    size = pick(full={"numTrees": 30, "maxDepth": 10}, fast={"numTrees": 3, "maxDepth": 4})
    return RandomForestRegressor(labelCol="value", seed=0, **size)


def compare(name, columns, model, of=lambda frame: frame, scaled=False):
    """Fit a model on columns of the training rows; keep and print its errors on training and test rows."""
    stages = [VectorAssembler(inputCols=columns, outputCol="raw" if scaled else "features")]
    if scaled:
        stages.append(StandardScaler(inputCol="raw", outputCol="features", withMean=True))
    fitted = Pipeline(stages=[*stages, model]).fit(of(train))
    rmse = RegressionEvaluator(labelCol="value", metricName="rmse")
    errors[name] = [rmse.evaluate(fitted.transform(of(part))) for part in (train, test)]
    print("{}: training {:,.0f}, test {:,.0f}".format(name, *errors[name]))


if houses is not None and with_ratios(test) is not None:
    errors["line"] = [train_rmse or np.nan, test_rmse or np.nan]
    compare("line, ratios", TOTALS + RATIOS, LinearRegression(labelCol="value"), with_ratios)
    compare("forest, ratios", TOTALS + RATIOS, forest(), with_ratios)
    compare("forest, scaled", TOTALS + RATIOS, forest(), with_ratios, scaled=True)
    figure("15.ratios_error", errors["forest, ratios"][1])

# %% [markdown]
# **What the result means.** The forest profits from the ratios more than the line does, as it can ask where a ratio matters.
# For the line a few blocks with very odd ratios (a hotel has one household and a thousand rooms) outweigh the rest; with
# another seed of the split they make it worse. Scaling changed nothing, as it should. (With some seeds the two differ by a
# few hundred dollars: thresholds are taken from a few hundred candidates, and rounding may move one of them.)
#
# ## The place
#
# Nobody has looked at the map yet. The forest can have longitude and latitude as they are: by asking in turn about one and
# the other, it cuts the map into boxes.
#
# For a line a longitude is of little use: it can say "the further west, the dearer", and no more. You can help it: tell it
# what houses cost *nearby*. Divide the map into cells of a tenth of a degree, some 10 km wide, and give each row the mean
# value of its cell.
#
# ### Exercise 15.6: what houses cost nearby
#
# Write `with_nearby(frame)`: all rows of the frame, with one more column, `nearby`: the mean value of the **training** rows in
# the same cell, and where a cell has no training row, the mean value of all training rows. `with_cell` adds the numbers of
# the cell. Think about why it must be training rows.


# %% tags=["exercise", "15.6"]
def with_cell(frame):
    """Return the frame with the numbers of each row's cell."""
    return frame.withColumns({"cell_x": F.floor(F.col("longitude") * 10), "cell_y": F.floor(F.col("latitude") * 10)})


def with_nearby(frame):
    """Return the frame with one more column."""
    ### BEGIN SOLUTION
    of_cell = with_cell(train).groupBy("cell_x", "cell_y").agg(F.mean("value").alias("nearby"))
    of_all = train.agg(F.mean("value")).first()[0]
    return with_cell(frame).join(of_cell, ["cell_x", "cell_y"], "left").fillna(of_all, ["nearby"])
    ### END SOLUTION


# %% tags=["check"]
check("15.6")

# %%
if houses is not None and with_nearby(test) is not None and with_ratios(test) is not None:
    compare("line, nearby", [*TOTALS, "nearby"], LinearRegression(labelCol="value"), with_nearby)
    figure("15.nearby_train", errors["line, nearby"][0])
    figure("15.nearby_error", errors["line, nearby"][1])
    compare("forest, ratios, place", [*TOTALS, *RATIOS, "longitude", "latitude"], forest(), with_ratios)
    figure("15.forest_train", errors["forest, ratios, place"][0])
    figure("15.forest_error", errors["forest, ratios, place"][1])
    both = np.array(list(errors.values())) / 1000
    places = np.arange(len(errors))
    plt.figure(figsize=(10, 4.5))
    plt.barh(places + 0.2, both[:, 0], 0.4, label="training rows")
    plt.barh(places - 0.2, both[:, 1], 0.4, label="test rows")
    plt.yticks(places, list(errors))
    plt.title("Errors of all models")
    plt.xlabel("root mean squared error (1,000 dollars)")
    plt.ylabel("model")
    plt.legend(loc="upper left", bbox_to_anchor=(1, 1))
    plt.tight_layout()
    plt.show()

# %% [markdown] tags=["slide", "hidden"]
# ## Before a model
#
# - a schema: names and types; a cell that does not fit becomes NULL without a word
# - test rows first, with a seed
# - always the mean: {fig:mean_error} dollars; a line: {fig:line_error}

# %% [markdown] tags=["slide", "hidden"]
# ## Training error is not test error
#
# - line with 7 numbers: {fig:line_train} and {fig:line_error}
# - forest with thousands of leaves: {fig:forest_train} and {fig:forest_error}
# - a summary's RMSE is of training rows

# %% [markdown] tags=["slide", "hidden"]
# ## What a thought is worth
#
# - scaling: nothing, for trees and for a plain line
# - ratios: much for the forest, little for the line
# - the place: the line with one column "nearby" {fig:nearby_error}, the forest with longitude and latitude {fig:forest_error}

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** Why may `with_nearby` not use the test rows' values?
#
# *Sample answer:* The value of a test row is what we want to predict. In a cell with two houses, the mean of both tells half
# of it. The error would look better and say nothing about houses whose value nobody knows.
#
# **Discuss:** The training error of the line with `nearby` is lower than its test error. Where does the difference come from, as
# it has only one weight more?
#
# *Sample answer:* Each training row took part in the mean of its own cell, so `nearby` knows a little of its value. There
# are over a thousand cells, so it is as if the model had over a thousand numbers more.
#
# **Discuss:** We compared six models on the test rows. What is the danger?
#
# *Sample answer:* Whoever takes the best of many by the test rows has chosen by chance as well, and its error is too good.
# To choose, take validation rows; the test rows come once, at the end.

# %% [markdown]
# ## What the result means
#
# | model | error on training rows | error on test rows |
# |---|---|---|
# | the mean | | {fig:mean_error} |
# | a line through totals | {fig:line_train} | {fig:line_error} |
# | a forest, with ratios | | {fig:ratios_error} |
# | a line, with what houses cost nearby | {fig:nearby_train} | {fig:nearby_error} |
# | a forest, with ratios and place | {fig:forest_train} | {fig:forest_error} |
#
# All in dollars. The place is worth more than anything else here, and one thought about it takes a line from
# {fig:line_error} to {fig:nearby_error}. The forest finds its own boxes on the map, and it is the best of them; but see its
# first column: on rows that it has seen, it looks 8,000 dollars better than it is. Whoever prints the error of the training
# rows will always find the model best that remembers most.
#
# ## Going further
#
# - Give the forest `nearby` as well. Does it need longitude and latitude then?
# - Make the cells smaller, a hundredth of a degree. What happens to the two errors?
# - Leave out the blocks at the cap. Why is the error smaller then, and why is that no better model?
# - A network for the same data: `python examples/pipeline.py` in the library's repository.
