# ---
# jupyter:
#   lesson:
#     title: A network from scratch on Spark
#     about: slopes by hand, sums that may be divided, and a mistake that looked like overfitting
#     reading: 35
#     exercises: 70
#     data: [digits, mnist]
#     figures:
#       own_layer: {value: 0.90, within: 0.015, format: ".2f", full: true}
#       undone: {value: 0.062, within: 0.02, format: ".2f", full: true}
#       kept: {value: 0.156, within: 0.05, format: ".2f", full: true}
#       train_accuracy: {value: 0.848, within: 0.03, format: ".2f", full: true}
#       test_accuracy: {value: 0.834, within: 0.03, format: ".2f", full: true}
#       wrong_activation: {value: 0.62, within: 0.3, format: ".2f", full: true}
#       no_class: {value: 0.21, within: 0.03, format: ".2f", full: true}
#       several: {value: 0.03, within: 0.015, format: ".2f", full: true}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 17. A network from scratch on Spark
#
# **What you will do.** You write how one layer learns, in NumPy, and check it by measuring slopes. You divide its rows
# among tasks with Spark's map and reduce, and get the same numbers. Then you walk through a small museum of bugs: real
# mistakes of a real program, one of which was taken for overfitting.
#
# **Time.** 35 minutes of reading, 70 of exercises. **The figure to reach:** an accuracy of {fig:own_layer} on test digits,
# by one layer that you wrote and that Spark trained. Always saying the commonest digit gets 0.10.
#
# You need lesson 1 (a layer) and lesson 14 (map and reduce).

# %%
import time

import matplotlib.pyplot as plt
import numpy as np

from sparkeras import datasets, museum, plots
from sparkeras.course import check, figure, load, pick, show, start_spark
from sparkeras.scratch.building import build
from sparkeras.scratch.on_spark import Blocks
from sparkeras.scratch.optimizers import BoldDriver
from sparkeras.scratch.training import Arrays, fit

plt.style.use("tableau-colorblind10")
spark = start_spark()

digits = load("digits")
x, x_test = digits.scaled(digits.x_train).astype(float), digits.scaled(digits.x_test).astype(float)
t = np.eye(10)[digits.y_train]  # (rows, 10): 1 for the right digit, else 0
print("rows and pixels:", x.shape, "- rows and targets:", t.shape)

# %% [markdown]
# ## Forward: what the layer says
#
# Ten neurons see the 64 pixels of a digit. Each has a sigmoid as its bend, so each says a number from 0 to 1. The neuron
# that should say 1 is that of the digit. The *cost* measures how far it is off:
#
# $$Z = X W + b, \qquad Y = \frac{1}{1 + e^{-Z}}, \qquad L = \frac{1}{2} \sum (Y - T)^2$$
#
# The sum goes over all rows and all ten outputs. It is a sum and not a mean, and you will see why.


# %%
def forward(x, w, b):
    """Return the outputs (rows, units) of a layer with x (rows, inputs), w (inputs, units) and b (units,)."""
    return 1 / (1 + np.exp(-(x @ w + b)))


def cost_of(y, t):
    """Return half the sum of the squared errors."""
    return 0.5 * np.square(y - t).sum()


# %% [markdown]
# ## Backward: how to make it smaller
#
# For each weight we want one number: how the cost changes if this weight grows a little. That is the *slope* $dL/dw$. The
# way to it goes backwards through the layer, and each station multiplies by its own slope (the chain rule):
#
# 1. The cost: $dL/dY = Y - T$. Call it `dy`.
# 2. The bend: a sigmoid's slope is $Y (1 - Y)$. So `dz` is `dy * y * (1 - y)`.
# 3. The sum: $Z_{rj} = \sum_i X_{ri} W_{ij} + b_j$. The weight $W_{ij}$ acts on output $j$ of *every* row, each time
#    multiplied by $X_{ri}$. So its slope adds up over the rows: $dL/dW_{ij} = \sum_r X_{ri}\, dZ_{rj}$.
#
# The third line is a product of two matrices. Shapes tell which: `dw` is as large as `w`. The bias $b_j$ acts on output $j$
# of every row, multiplied by 1: so its slope is the sum of $dZ_{rj}$ over the rows. And the input $X_{ri}$ acts on all
# outputs of its row, each time multiplied by a weight: $dL/dX_{ri} = \sum_j dZ_{rj} W_{ij}$, a product again.
#
# ### Exercise 17.1: backwards
#
# Write `backward(x, w, y, dy)`, which returns three arrays: `dw` as large as `w`, `db` as large as `b`, and `dx` as large
# as `x`. Nobody needs `dx` here; in a deeper network it is the `dy` of the layer before.


# %% tags=["exercise", "17.1"]
def backward(x, w, y, dy):
    """Return dw, db and dx of a layer with a sigmoid; y is its output, dy the slope of the cost for it."""
    ### BEGIN SOLUTION
    dz = dy * y * (1 - y)
    return x.T @ dz, dz.sum(axis=0), dz @ w.T
    ### END SOLUTION


# %% tags=["check"]
check("17.1")

# %% [markdown]
# ## Trust, but measure
#
# A wrong slope is a mean bug: nothing crashes, the network just learns badly. But a slope can be *measured*: move one weight
# a little up, a little down, and see how much the cost changed:
#
# $$\frac{dL}{dw} \approx \frac{L(w + h) - L(w - h)}{2h}$$
#
# Two costs per weight: far too slow to learn with, but good for a test of any formula.
#
# ### Exercise 17.2: the measured slope
#
# Write `measure(cost, w, step)`: an array as large as `w`, with the measured slope at each place. `cost` is a function
# that takes such an array and returns a number. Move each number of `w` alone, from both sides, and leave `w` as it was.


# %% tags=["exercise", "17.2"]
def measure(cost, w, step=1e-5):
    """Return the slope of ``cost`` at each place of w, measured from both sides."""
    ### BEGIN SOLUTION
    slopes = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        above, below = w.copy(), w.copy()
        above[place] += step
        below[place] -= step
        slopes[place] = (cost(above) - cost(below)) / (2 * step)
    return slopes
    ### END SOLUTION


# %% tags=["check"]
check("17.2")

# %%
rng = np.random.default_rng(0)
few, few_t = rng.normal(size=(6, 4)), np.eye(3)[rng.integers(0, 3, 6)]
w, b = rng.normal(size=(4, 3)), rng.normal(size=3)
y = forward(few, w, b)
computed = backward(few, w, y, y - few_t)
measured = measure(lambda w: cost_of(forward(few, w, b), few_t), w)
if computed is not None and measured is not None:
    print("computed:", np.round(computed[0][0], 6))
    print("measured:", np.round(measured[0], 6))
    print(f"largest difference of the 12 slopes: {np.abs(computed[0] - measured).max():.1e}")

# %% [markdown]
# ## Slopes are sums, and sums can be divided
#
# `dw` is a sum over rows. So each task may take the rows that it has, add up their slopes, and send back *one* small sum,
# however many rows there were. That is the map. The reduce adds the sums of all tasks. Only then the driver divides by the
# number of rows and takes the step.
#
# Had each task sent the *mean* of its rows, then a task with 3 rows would count as much as one with 3,000. And had each
# *row* sent its own slopes, then each step would move 650 numbers per row and not per task. (The program that this lesson
# replays did that.)
#
# `mapPartitions` hands your function all rows of a partition as an *iterator*: something one can go through once, without a
# length. The function returns a list of results.
#
# ### Exercise 17.3: one sum per part
#
# Write `part_sums(part, w, b)`. `part` is an iterator of pairs: a row of pixels and its ten targets. Return a list with
# one tuple `(cost, dw, db, rows)`, all four summed over the part; an empty list for a part without rows, which Spark may well
# have. Use `forward`, `cost_of` and `backward`.


# %% tags=["exercise", "17.3"]
def part_sums(part, w, b):
    """Return [(cost, dw, db, rows)] of the rows of a partition."""
    ### BEGIN SOLUTION
    pairs = list(part)
    if not pairs:
        return []
    x, t = (np.array(each) for each in zip(*pairs))
    y = forward(x, w, b)
    dw, db, _ = backward(x, w, y, y - t)
    return [(cost_of(y, t), dw, db, len(pairs))]
    ### END SOLUTION


# %% tags=["check"]
check("17.3")


# %%
def together(one, other):
    """Return the sums of two parts as one."""
    return tuple(a + b for a, b in zip(one, other))


def sums_of(rows, w, b):
    """Return cost, dw, db and the number of all rows: map, then reduce."""
    return rows.mapPartitions(lambda part: part_sums(part, w, b)).reduce(together)


w, b = rng.normal(size=(64, 10)) / 8, np.zeros(10)
works = part_sums(iter([(x[0], t[0])]), w, b) is not None
if works:
    y = forward(x, w, b)
    alone = backward(x, w, y, y - t)[0]
    for partitions in pick(full=(1, 2, 5), fast=(1, 5)):
        rows = spark.sparkContext.parallelize(list(zip(x, t)), partitions)
        _, dw, _, count = sums_of(rows, w, b)
        print(f"{partitions} partition(s), {count} rows: differs from NumPy alone by {np.abs(dw - alone).max():.0e}")

# %% [markdown]
# The same slopes, up to rounding: floating point numbers depend a little on the order of a sum. So the training is the same
# too, on one machine or on many. This is the whole idea of *data parallel* training, also in lesson 18.

# %%
steps, rate = pick(full=60, fast=3), 2.0
w, b = np.zeros((64, 10)), np.zeros(10)
if works:
    rows = spark.sparkContext.parallelize(list(zip(x, t)), 2).cache()
    spark.sparkContext.setJobGroup("own layer", "one layer, by hand")
    costs = []
    for _ in range(steps):
        cost, dw, db, count = sums_of(rows, w, b)
        w, b = w - rate * dw / count, b - rate * db / count
        costs.append(cost / count)
    plt.plot(range(1, steps + 1), costs)
    plt.title("One layer, trained by map and reduce")
    plt.xlabel("step")
    plt.ylabel("cost per row")
    plt.show()
    figure("17.own_layer", np.mean(forward(x_test, w, b).argmax(axis=1) == digits.y_test))

# %% [markdown]
# ## Your training in Spark's own words
#
# Spark has a page of its own that shows what it does, the *Spark UI*. It is off in this course's sessions. To see it, start
# your own session as the first thing in a notebook, then everything else uses that one:
#
# ```python
# import os
# from pyspark.sql import SparkSession
# from sparkeras import session
#
# os.environ["JAVA_HOME"] = str(session.find_java().home)
# spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "true").getOrCreate()
# print(spark.sparkContext.uiWebUrl)  # open this address; usually http://...:4040
# ```
#
# The page shows three levels:
#
# - a **job** is what one *action* starts, such as `reduce`, `collect` or `count`. Each step of your training is one job;
# - a **stage** is a part of a job that needs no exchange of rows in between;
# - a **task** is a stage's work on one partition. The *Event Timeline* of a stage shows which task ran when, and on which
#   core. One long bar among short ones is a partition with too many rows; one bar alone is a machine that idles.
#
# The same facts without the page:


# %%
def tell(group, most=3):
    """Print the newest jobs of a group: their stages, and the tasks of each."""
    tracker = spark.sparkContext.statusTracker()
    jobs = sorted(tracker.getJobIdsForGroup(group))
    for job in jobs[-most:]:
        found = [tracker.getStageInfo(stage) for stage in tracker.getJobInfo(job).stageIds]
        ran = [stage for stage in sorted(found, key=lambda stage: stage.stageId) if stage and stage.numCompletedTasks]
        print(f"  job {job}:", ", then ".join(f"a stage of {stage.numTasks} task(s)" for stage in ran))


if works:
    print("Your own steps:")
    tell("own layer")

# %% [markdown]
# `sparkeras.scratch` is this network grown up: more layers, bends, losses and optimizers, 600 lines to read. It keeps the
# rows of each partition in a file beside the task and adds up in a *tree*: where there are many partitions, tasks first add
# some sums together, so that the driver does not get them all.

# %%
images = load("mnist")
count = min(pick(full=10_000, fast=2_000), len(images.x_train))
pixels, pixels_test = images.scaled(images.x_train[:count]), images.scaled(images.x_test)
labels, labels_test = images.y_train[:count], images.y_test
targets = np.eye(10, dtype="float32")[labels]

frame = datasets.frame_from_arrays(spark, pixels, targets)
for partitions in pick(full=(1, 2, 16), fast=(5,)):
    network = build([784, 64, 10], "tanh", "sigmoid", "half_squares", start="half", seed=0)
    with Blocks(frame, partitions=partitions) as blocks:
        spark.sparkContext.setJobGroup(f"{partitions} blocks", "the library's steps")
        seconds = fit(network, BoldDriver(), blocks, pick(full=6, fast=1))["seconds"]
        print(f"{partitions} partition(s): {min(seconds):.2f} s per step")
        tell(f"{partitions} blocks", most=1)
spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)  # later jobs belong to no group

# %% [markdown]
# With 16 partitions a second stage appears: the tree. A step is not faster with more partitions than cores: starting a task
# with Python in it costs some ten milliseconds each time. And with one partition a second core has nothing to do, which was a bug of the original
# program: it read its file as a single partition, on a cluster. (On so few rows you may see no difference. On a large table
# it is the whole cluster.)
#
# ### Exercise 17.4: how many jobs
#
# Suppose you train on 60,000 rows with mini-batches of 128 rows, for 10 epochs, and the last batch of an epoch may be smaller.
# Each step is one job of one stage, and the rows lie in 8 partitions. Set `jobs` and `tasks` to the numbers that Spark's
# page shows in the end.

# %% tags=["exercise", "17.4"]
jobs = tasks = None
### BEGIN SOLUTION
jobs = 10 * int(np.ceil(60_000 / 128))
tasks = 8 * jobs
### END SOLUTION

# %% tags=["check"]
check("17.4")

# %% [markdown]
# If Spark needs 10 ms to start and end a job, that alone is 47 seconds. This is why `sparkeras.fit`, in lesson 18, starts *one*
# job for the whole training: its tasks talk to each other directly.
#
# ## The museum of bugs
#
# In 2021 a student's program trained such a network on Spark: 784 inputs, 64 hidden neurons with tanh, 10 outputs with
# sigmoid, on MNIST. It got 83 % of its training images right, but in the test some digits had scores near zero. The report
# called it overfitting. We train the same kind of network and look. (`sparkeras museum FOLDER` draws all exhibits.)
#
# ### Room 1: keeping worse steps
#
# The program used the *bold driver*: after a step that lowered the cost, the rate grows by 5 %; after a step that raised it,
# the rate is halved. What it left out: the bad step has to be undone.
#
# ### Exercise 17.5: the bold driver
#
# Write `bold(kept, tried, rate)`. `kept` is `(weights, cost)` of the best place so far, `tried` is the same of the place
# where a step led. Return two things: the pair to go on from, and the new rate.


# %% tags=["exercise", "17.5"]
def bold(kept, tried, rate):
    """Return the pair (weights, cost) to go on from, and the new rate."""
    ### BEGIN SOLUTION
    if tried[1] < kept[1]:
        return tried, rate * 1.05
    return kept, rate * 0.5
    ### END SOLUTION


# %% tags=["check"]
check("17.5")


# %%
def drive(judge, steps, rate):
    """Return the costs per digit of the places that a driver goes on from."""
    x, t = digits.scaled(digits.x_train), np.eye(10)[digits.y_train]
    w, costs = np.zeros((64, 10)), []
    kept = w, cost_of(forward(x, w, 0), t)
    for _ in range(steps):
        y = forward(x, kept[0], 0)
        w = kept[0] - rate * backward(x, kept[0], y, y - t)[0] / len(x)
        kept, rate = judge(kept, (w, cost_of(forward(x, w, 0), t)), rate)
        costs.append(kept[1] / len(x))
    return costs


if bold((0, 1.0), (0, 0.5), 1.0) is not None and computed is not None:

    def keeps(kept, tried, rate):
        """Judge as the program did: it brakes, but goes on from the bad place."""
        return tried, rate * (1.05 if tried[1] < kept[1] else 0.5)

    steps = pick(full=200, fast=50)
    curves = {"bad steps undone": drive(bold, steps, 7.0), "bad steps kept": drive(keeps, steps, 7.0)}
    show(plots.draw_curves_compared, curves, title="The bold driver, one layer on digits", x="step", y="cost per row")
    figure("17.undone", curves["bad steps undone"][-1])
    figure("17.kept", curves["bad steps kept"][-1])

# %% [markdown]
# Undone, the cost never rises, and ends at {fig:undone}. Kept, it jumps far up once. From there the slopes are small, as
# many neurons say nearly 0 or 1 and a sigmoid is flat there; after as many steps the cost is {fig:kept}. Try a first rate of
# 3 instead of 7: then the jumps are small, and keeping them does no harm. A mistake need not show each time.
#
# ### Room 2: the wrong bend
#
# Now the network itself, 784-64-10. We train it on arrays: you have seen that Spark would give the same.

# %%
network = build([784, 64, 10], "tanh", "sigmoid", "half_squares", start="half", seed=0)
start = time.perf_counter()
history = fit(network, BoldDriver(), Arrays(pixels, targets), epochs=pick(full=100, fast=60))
print(f"{len(pixels):,} images, {len(history['cost'])} steps, {time.perf_counter() - start:.0f} s")


def accuracy(network, x, labels):
    """Return the share of rows whose largest output is the right one."""
    return np.mean(network.forward(x).argmax(axis=1) == labels)


mismatched = museum.with_activation(network, "sigmoid")  # the same weights, another bend between the layers
figure("17.train_accuracy", accuracy(network, pixels, labels))
figure("17.test_accuracy", accuracy(network, pixels_test, labels_test))
figure("17.wrong_activation", accuracy(mismatched, pixels_test, labels_test))

# %% [markdown]
# The program had two places with a forward pass: one for training with tanh in the hidden layer, one for prediction. In the
# second somebody wrote sigmoid.
#
# ### Exercise 17.6: was it overfitting?
#
# Two numbers decide it. Set `overfitting` to the accuracy that is lost between training rows and test rows if one predicts
# as one trained. Set `bug` to the accuracy that is lost on *test rows* by predicting with `mismatched` instead of `network`.

# %% tags=["exercise", "17.6"]
overfitting = bug = None
### BEGIN SOLUTION
right_test = accuracy(network, pixels_test, labels_test)
overfitting = accuracy(network, pixels, labels) - right_test
bug = right_test - accuracy(mismatched, pixels_test, labels_test)
### END SOLUTION

# %% tags=["check"]
check("17.6")

# %% [markdown]
# A training accuracy of {fig:train_accuracy} and a test accuracy of {fig:test_accuracy}: there is hardly any overfitting to be
# seen. With the wrong bend it is about {fig:wrong_activation}, and with other first weights anything from 0.35 to 0.7: a
# lottery. The scores per digit show the same signs as in the report: a few digits break, others do not.

# %%
predicted = {
    "tanh, as it was trained": museum.largest(network.forward(pixels_test)),
    "sigmoid": museum.largest(mismatched.forward(pixels_test)),
}
true = np.eye(10, dtype=bool)[labels_test]
scores = {
    name: list(2 * (each & true).sum(axis=0) / np.maximum(1, each.sum(axis=0) + true.sum(axis=0)))
    for name, each in predicted.items()
}
names = [str(digit) for digit in range(10)]
show(plots.draw_bars_compared, names, scores, title="Trained with tanh", x="digit", y="F1 on test rows")

# %% [markdown]
# (*F1* is one number for a digit: 1 if all images of this digit were found and no other was taken for it, 0 if none was
# found.)
#
# ### Room 3: rounding instead of the largest
#
# The program rounded each of the ten outputs to 0 or 1. But an image whose outputs are all below a half is then no digit at
# all, and one with two outputs above a half is two.

# %%
answers = museum.rounded(network.forward(pixels_test)).sum(axis=1)
figure("17.no_class", np.mean(answers == 0))
figure("17.several", np.mean(answers > 1))

# %% [markdown]
# On {fig:no_class} of the test images it gives no answer, on {fig:several} several. The largest output is always exactly
# one answer. Rounding is right only where classes do not exclude each other, such as "has a dog in it" and "is outdoors".

# %% [markdown] tags=["slide", "hidden"]
# ## Learning, divided
#
# - the slope of a cost is a sum over rows
# - map: each task adds up its rows; reduce: sums become one
# - the driver divides by all rows, takes the step, sends the weights
# - the same numbers for any number of partitions, up to rounding

# %% [markdown] tags=["slide", "hidden"]
# ## It was not overfitting
#
# - training {fig:train_accuracy}, test {fig:test_accuracy}, as it was trained
# - predicted with another bend: {fig:wrong_activation}
# - rounding: no answer at all for {fig:no_class} of the images
# - overfitting is a gap between *rows*; look for other differences first

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** In two runs of the original program, digit 3 had a score of 0 once and of 0.96 once (precision), with nearly the
# same training accuracy. Why does this speak against overfitting?
#
# *Sample answer:* Overfitting makes all digits somewhat worse on new rows, in every run. A class that vanishes in one run
# and not in the other points at something that changes what the outputs mean: here another bend.
#
# **Discuss:** How could the program have been written so that this bug could not occur?
#
# *Sample answer:* One forward pass, used by training and prediction. Or a test: predict the training rows; the accuracy must
# be that which training told.

# %% [markdown]
# ## What the result means
#
# You wrote one layer, and a test that finds any mistake in its slopes. Because slopes are sums, Spark may divide the rows as
# it likes, and the result stays the same. Your layer read {fig:own_layer} of the test digits.
#
# The museum is about reading results. "Overfitting" is a claim about rows: good on those it saw, bad on others. Before you
# claim it, predict the *training rows* with the same code that predicts the test rows. Had the author done that, the
# training accuracy would have fallen just as low, and the bug would have been found in a minute.
#
# ## Going further
#
# - Compute the accuracy of `mismatched` on the training rows. What would the author have thought?
# - `sparkeras.scratch.on_spark.by_averages` trains each partition for an epoch by itself and averages the weights. Give it
#   to `fit` as `way=`, and compare with steps by gradients.
# - Read `sparkeras.scratch`, in the order that its `__init__` names. Add a bend of your own, and test it by `measure`.
