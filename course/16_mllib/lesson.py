# ---
# jupyter:
#   lesson:
#     title: "MLlib: lines, trees and clusters"
#     about: Spark's own learners, and how to tell whether they learned anything
#     reading: 25
#     exercises: 60
#     data: [cultivars, digits]
#     figures:
#       sample_r2: {value: -0.03, within: 0.08, format: ".2f"}
#       tree_accuracy: {value: 0.83, within: 0.12, format: ".2f"}
#       purity_raw: {value: 0.69, within: 0.06, format: ".2f"}
#       purity_scaled: {value: 0.96, within: 0.03, format: ".2f"}
#       components: {value: 21, within: 1, format: ".0f"}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 16. MLlib: lines, trees and clusters
#
# **What you will do.** You use Spark's library of learners, MLlib: a line, a decision tree, a test whether two things have
# to do with each other, groups without labels (k-means), and fewer columns that say nearly as much (PCA). Of three of them
# you write the heart yourself, in a few lines. And you find out that an example can run without an error and know nothing.
#
# **Time.** 25 minutes of reading, 60 of exercises. **The figure to reach:** groups of wines, made without looking at a
# label, that agree with the grapes for a share of {fig:purity_scaled}; without one thought they reach {fig:purity_raw}.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyspark
from pyspark.ml import Pipeline
from pyspark.ml.classification import DecisionTreeClassifier
from pyspark.ml.clustering import KMeans
from pyspark.ml.evaluation import ClusteringEvaluator, MulticlassClassificationEvaluator
from pyspark.ml.feature import PCA, StandardScaler, VectorAssembler
from pyspark.ml.functions import array_to_vector
from pyspark.ml.regression import LinearRegression
from pyspark.ml.stat import ChiSquareTest
from pyspark.sql import functions as F

from sparkeras import datasets
from sparkeras.course import check, figure, load, pick, start_spark

plt.style.use("tableau-colorblind10")
spark = start_spark()

# %% [markdown]
# ## A famous example
#
# Spark comes with a file for its own examples of linear regression: 501 rows with ten inputs. Many tutorials fit a line to
# it and show its weights. Here are its answers for rows that it has not seen, beside the truth.

# %%
samples = Path(pyspark.__file__).parent / "data" / "mllib"
rows = spark.read.format("libsvm").load(str(samples / "sample_linear_regression_data.txt"))
learn, ask = rows.randomSplit([0.8, 0.2], seed=0)
line = LinearRegression().fit(learn)
predicted, truth = np.array(line.transform(ask).select("prediction", "label").collect()).T
plt.scatter(truth, predicted, s=12)
plt.axline((0, 0), slope=1, color="grey", linewidth=1)
plt.title("Spark's example of a line, on test rows")
plt.xlabel("truth")
plt.ylabel("predicted by the line")
plt.show()

# %% [markdown]
# ### Exercise 16.1: how much is explained
#
# $R^2$ compares a model with always predicting the mean:
#
# $$R^2 = 1 - \frac{\sum (\text{predicted} - \text{truth})^2}{\sum (\text{mean of truth} - \text{truth})^2}$$
#
# It is 1 for a perfect model, 0 for one that is as good as the mean, and below 0 for one that is worse. Set `r2` to that of
# this line on the test rows, from the arrays `predicted` and `truth`.

# %% tags=["exercise", "16.1"]
r2 = None
### BEGIN SOLUTION
r2 = 1 - np.sum((predicted - truth) ** 2) / np.sum((truth.mean() - truth) ** 2)
### END SOLUTION

# %% tags=["check"]
check("16.1")

# %%
if r2 is not None:
    figure("16.sample_r2", r2)

# %% [markdown]
# **What the result means.** As far as a line can tell, the inputs of this file have nothing to do with its labels. An
# $R^2$ of {fig:sample_r2} says so; the weights, the summary and the missing error messages do not. (On the training rows
# $R^2$ is a little above zero even for chance: with eleven numbers to choose, a line can turn a little towards any 400
# rows.) That is why every figure of this course stands beside a baseline.
#
# ## A tree that can be read
#
# 178 wines of three grapes, and 13 things measured in each. The rows come from the library; `createDataFrame` brings a
# pandas table to Spark.

# %%
wines = load("cultivars")
names = [name.replace("/", " ").replace(" ", "_") for name in wines.schema.features]


def frame_of(x, y):
    """Return a DataFrame with a column for each measurement, and the cultivar."""
    return spark.createDataFrame(pd.DataFrame(x, columns=names).assign(cultivar=y)).cache()


train, test = frame_of(wines.x_train, wines.y_train), frame_of(wines.x_test, wines.y_test)
train.select("alcohol", "colour_intensity", "proline", "cultivar").show(3)
test.groupBy("cultivar").count().orderBy("cultivar").show()

# %% [markdown]
# ### Exercise 16.2: a tree of three questions
#
# Set `tree` to a fitted pipeline: a `VectorAssembler` of the columns in `names`, and a `DecisionTreeClassifier` with
# `labelCol="cultivar"` that asks at most three questions one after the other (`maxDepth`). Set `accuracy` to its share of
# right answers on the test rows. (A `MulticlassClassificationEvaluator` has many metrics. Look at which one it takes if
# you do not say.)

# %% tags=["exercise", "16.2"]
tree = accuracy = None
### BEGIN SOLUTION
assembler = VectorAssembler(inputCols=names, outputCol="features")
tree = Pipeline(stages=[assembler, DecisionTreeClassifier(labelCol="cultivar", maxDepth=3)]).fit(train)
evaluator = MulticlassClassificationEvaluator(labelCol="cultivar", metricName="accuracy")
accuracy = evaluator.evaluate(tree.transform(test))
### END SOLUTION

# %% tags=["check"]
check("16.2")

# %%
if tree is not None:
    figure("16.tree_accuracy", accuracy)
    text = tree.stages[-1].toDebugString
    for number in reversed(range(len(names))):
        text = text.replace(f"feature {number} ", f"{names[number]} ")
    print(text)

# %% [markdown]
# A tree can be read aloud, and a wine maker can disagree with it. That is worth something. There are 36 test rows, so each of
# them is nearly 3 % of the accuracy: with another seed of the split it lies between about 0.83 and 0.94.
#
# ## Do they have to do with each other?
#
# The *chi-square test* asks whether two things in categories are independent, such as a pixel (dark or not) and the digit that
# it is a part of. Count how often each pair occurs: the *observed* table. If they were independent, each row of the table
# would be divided like the sums of the columns; that gives the *expected* table:
#
# $$\text{expected} = \frac{\text{sum of the row} \cdot \text{sum of the column}}{\text{sum of all}}, \qquad
# \chi^2 = \sum \frac{(\text{observed} - \text{expected})^2}{\text{expected}}$$

# %%
digits = load("digits")
pixels = digits.x_train.reshape(len(digits.x_train), -1)
place = 36  # row 4, column 4 of 8 x 8
observed = np.array(
    [np.bincount(digits.y_train[(pixels[:, place] > 8) == dark], minlength=10) for dark in (False, True)]
)
print("digit     ", *(f"{digit:4}" for digit in range(10)))
print("not dark  ", *(f"{count:4}" for count in observed[0]))
print("dark      ", *(f"{count:4}" for count in observed[1]))

# %% [markdown]
# ### Exercise 16.3: chi-square by hand
#
# Write `chi_square(observed)` for a table of any size.


# %% tags=["exercise", "16.3"]
def chi_square(observed):
    """Return chi-square of a table of counts, (rows, columns)."""
    ### BEGIN SOLUTION
    expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0, keepdims=True) / observed.sum()
    return ((observed - expected) ** 2 / expected).sum()
    ### END SOLUTION


# %% tags=["check"]
check("16.3")

# %% [markdown]
# Spark computes it for many columns at once, each value of a column being a category. Here is every pixel (dark or not)
# against the digit.

# %%
table = datasets.frame_from_arrays(spark, (pixels > 8).astype(np.float32), digits.y_train.astype(np.float32))
table = table.select(array_to_vector("features").alias("features"), "label")
tested = ChiSquareTest.test(table, "features", "label").first()
if chi_square(observed) is not None:
    print(f"pixel {place}: by hand {chi_square(observed):.3f}, Spark {tested.statistics[place]:.3f}")
plt.imshow(np.array(tested.statistics).reshape(8, 8), cmap="viridis")
plt.colorbar(label="chi-square")
plt.title("Which pixels have to do with the digit")
plt.xlabel("column of the image")
plt.ylabel("row of the image")
plt.show()

# %% [markdown]
# The edges say little: they are light for all digits. The test is for *categories*. Spark takes any column of numbers and
# makes a category of each value; for a measured number such as alcohol, nearly each row would be a category of its own, and
# the result would mean nothing. Spark does not warn you.
#
# ## Groups without labels
#
# *k-means* looks for k groups. It begins with k centres, and repeats two steps: each row joins its nearest centre (a map);
# each centre moves to the mean of its rows (a reduce). It stops when nothing moves any more.
#
# ### Exercise 16.4: one step of k-means
#
# Write `step(points, centres)`: the new centres after one step. `points` has the shape (rows, numbers), `centres` has
# (k, numbers). You may take it for granted that no centre loses all its rows.


# %% tags=["exercise", "16.4"]
def step(points, centres):
    """Return the new centres, (k, numbers)."""
    ### BEGIN SOLUTION
    distances = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    nearest = distances.argmin(axis=1)
    return np.array([points[nearest == number].mean(axis=0) for number in range(len(centres))])
    ### END SOLUTION


# %% tags=["check"]
check("16.4")

# %%
cloud = np.concatenate([np.random.default_rng(k).normal(middle, 0.6, (60, 2)) for k, middle in enumerate([0, 2, 4])])
centres = cloud[[0, 1, 2]]  # all three begin in the same cloud
if step(cloud, centres) is not None:
    way = [centres]
    for _ in range(20):
        way.append(step(cloud, way[-1]))
    plt.scatter(*cloud.T, s=10, color="lightgrey", label="rows")
    for number, path in enumerate(np.array(way).transpose(1, 0, 2)):
        plt.plot(*path.T, marker="o", markersize=4, label=f"centre {number}")
    plt.title("Your k-means: the way of three centres")
    plt.xlabel("first number")
    plt.ylabel("second number")
    plt.legend()
    plt.show()

# %% [markdown]
# Now Spark's, on all wines. `trainingCost` is the sum of the squared distances of the rows from their centres. The
# *silhouette* compares for each row how near its own group is and how near the next one: 1 is perfect, 0 is on the fence.
# We try several k, once with the columns as they were measured and once scaled to a deviation of one.

# %%
assembled = VectorAssembler(inputCols=names, outputCol="raw").transform(train.union(test))
scaler = StandardScaler(inputCol="raw", outputCol="scaled", withMean=True)
points = scaler.fit(assembled).transform(assembled).select("raw", "scaled", "cultivar").cache()
groups, costs, silhouettes = {}, {}, {}
for column in ("raw", "scaled"):
    for k in pick(full=(2, 3, 4, 5, 6, 8), fast=(3,)):
        model = KMeans(k=k, seed=0, featuresCol=column).fit(points)
        clustered = model.transform(points)
        costs[column, k] = model.summary.trainingCost
        silhouettes[column, k] = ClusteringEvaluator(featuresCol=column).evaluate(clustered)
        if k == 3:
            groups[column] = clustered.select("prediction", "cultivar").cache()
picture, axes = plt.subplots(1, 2, figsize=(11, 4))
for column in ("raw", "scaled"):
    ks = [k for name, k in costs if name == column]
    axes[0].plot(ks, [costs[column, k] / costs[column, ks[0]] for k in ks], marker="o", label=column)
    axes[1].plot(ks, [silhouettes[column, k] for k in ks], marker="o", label=column)
axes[0].set(
    title="Sum of squared distances", xlabel="groups (k)", ylabel="share of that for the smallest k", ylim=(0, None)
)
axes[1].set(title="Silhouette", xlabel="groups (k)", ylabel="mean over all rows", ylim=(0, 1))
axes[0].legend()
axes[1].legend()
plt.show()

# %% [markdown]
# **How to read them.** The sum of squares always falls: with a group for each row it is zero. So it cannot choose k by
# itself; one looks for a bend, after which it falls slowly. The silhouette can go up and down; for the scaled columns it is
# best for three groups. But you must not compare the silhouettes of the two *spaces*: distances in one of them are not
# distances in the other. Which space is right, they do not say. Here we know the grapes, so we can look.
#
# ### Exercise 16.5: groups and grapes
#
# Write `purity(frame)` for a DataFrame with the columns `prediction` (the group) and `cultivar`: give each group the name of
# its commonest cultivar; the purity is the share of all rows whose cultivar is the one of their group.


# %% tags=["exercise", "16.5"]
def purity(frame):
    """Return the share of rows that have the commonest cultivar of their group."""
    ### BEGIN SOLUTION
    counts = frame.groupBy("prediction", "cultivar").count()
    largest = counts.groupBy("prediction").agg(F.max("count").alias("rows"))
    return largest.agg(F.sum("rows")).first()[0] / frame.count()
    ### END SOLUTION


# %% tags=["check"]
check("16.5")

# %%
if purity(groups["raw"]) is not None:
    figure("16.purity_raw", purity(groups["raw"]))
    figure("16.purity_scaled", purity(groups["scaled"]))
    deviations = train.select(*(F.stddev(name).alias(name) for name in ("proline", "magnesium", "hue"))).first()
    print({name: round(value, 2) for name, value in deviations.asDict().items()})

# %% [markdown]
# **What the result means.** As measured, proline varies by hundreds and the hue by a fraction of one. A distance adds up the
# squares, so it is proline's alone, and the groups are groups of proline. Scaled, each column has the same say, and groups
# that never saw a label agree with the grapes for a share of {fig:purity_scaled}. k-means lives on distances, so scaling decides;
# for the tree it made no difference (lesson 15).
#
# ## Fewer columns
#
# *PCA* turns the space so that the first new column varies as much as any direction can, the second as much as is left at a
# right angle to it, and so on. If a few of them hold nearly all the variance, the others can go.
#
# ### Exercise 16.6: how many are enough
#
# `explained` holds the share of the variance that each of the 64 new columns of the digits has, the largest first. Set
# `enough` to the number of columns that one has to keep for at least 90 % of the variance.

# %%
images = datasets.frame_from_arrays(spark, pixels.astype(np.float32), digits.y_train)
images = images.select(array_to_vector("features").alias("features")).cache()
pca = PCA(k=64, inputCol="features", outputCol="turned").fit(images)
explained = np.array(pca.explainedVariance)
print(explained[:6].round(3), "sum of all:", explained.sum().round(3))

# %% tags=["exercise", "16.6"]
enough = None
### BEGIN SOLUTION
enough = int(np.argmax(np.cumsum(explained) >= 0.9)) + 1
### END SOLUTION

# %% tags=["check"]
check("16.6")

# %%
if enough is not None:
    figure("16.components", enough)
turned = np.array([row.turned[:2] for row in pca.transform(images).select("turned").collect()])
picture, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5))
left.plot(range(1, 65), np.cumsum(explained))
left.axhline(0.9, color="grey", linewidth=1)
left.set(title="Variance in the first columns", xlabel="columns kept", ylabel="share of the variance", ylim=(0, 1.02))
dots = right.scatter(*turned.T, c=digits.y_train, cmap="tab10", s=8)
picture.colorbar(dots, label="digit")
right.set(title="1,437 digits in two columns", xlabel="first column", ylabel="second column")
plt.show()

# %% [markdown] tags=["slide", "hidden"]
# ## An example that runs
#
# - Spark's own sample of a line: $R^2$ = {fig:sample_r2} on test rows
# - no error message, nice weights, nothing learned
# - beside each figure a baseline

# %% [markdown] tags=["slide", "hidden"]
# ## k-means
#
# - each row joins its nearest centre (map), each centre moves to the mean of its rows (reduce)
# - the sum of squares always falls with k; the silhouette may rise and fall
# - it lives on distances: raw {fig:purity_raw}, scaled {fig:purity_scaled}

# %% [markdown] tags=["slide", "hidden"]
# ## Chi-square and PCA
#
# - chi-square: observed counts against those of independence; for categories only
# - PCA: {fig:components} of 64 columns hold 90 % of the digits' variance
# - variance is not meaning: PCA never sees a label

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** Old tutorials call `KMeans.train(data, k, runs=10)` and `metricName="precision"`. What do you do with them?
#
# *Sample answer:* Both are gone from Spark. The old interface (`pyspark.mllib`, RDDs) is kept but not developed; look into
# `pyspark.ml` for the same learner. `runs` had no effect for years before it went; "precision" was what is called accuracy
# now.
#
# **Discuss:** Somebody reports an accuracy of 0.94 for a tree on 36 wines, and another 0.86. Is the first tree better?
#
# *Sample answer:* The difference is three wines. With another split it may turn round. Take several splits, or
# cross-validation, before you believe it.
#
# **Discuss:** May one run PCA on all rows and then divide them into training and test?
#
# *Sample answer:* Strictly, no: the turned columns have seen the test rows. It sees no labels, so the harm is small, but it is
# one more thing to explain. Put it into the pipeline, and it is fitted on training rows by itself.

# %% [markdown]
# ## What the result means
#
# | learner | baseline | reached |
# |---|---|---|
# | line on Spark's sample ($R^2$, test rows) | 0 | {fig:sample_r2} |
# | tree of three questions (accuracy, test rows) | 0.39 | {fig:tree_accuracy} |
# | three groups of raw columns (purity) | 0.40 | {fig:purity_raw} |
# | three groups of scaled columns (purity) | 0.40 | {fig:purity_scaled} |
#
# (The baselines are the share of the commonest cultivar.) A learner of a library is one line of code. What is left to you is to
# ask whether it has learned anything, from columns that it can use, on rows that it has not seen.
#
# ## Going further
#
# - Run k-means on the digits with k = 10. Which digits share a group?
# - Fit the tree to PCA's first ten columns of the digits, then to the pixels. Which is better, and which can be read?
# - `pyspark/data/mllib` holds more samples. Which of them can be learned at all? Compute a baseline for each.
