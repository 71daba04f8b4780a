# ---
# jupyter:
#   lesson:
#     title: Keras on Spark
#     about: one model, several workers, the same weights; machines that die, and when more workers pay
#     reading: 30
#     exercises: 60
#     data: [digits]
#     figures:
#       difference: {value: 0.0, within: 0.00001, format: ".5f"}
#       accuracy: {value: 0.972, within: 0.02, format: ".2f", full: true}
#       best_workers: {value: 42, within: 0, format: ".0f"}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 18. Keras on Spark
#
# **What you will do.** You train a Keras model on a Spark DataFrame, with one worker and with two, and compare the weights.
# You kill a training in the middle and look at what is left of it. You compute when more workers pay and when they only
# cost. In the end you score a table and a stream, and let Spark search for a better model.
#
# **Time.** 30 minutes of reading, 60 of exercises. **The figure to reach:** two trainings, one with two workers and one with
# one, whose weights differ by less than 0.00001, and an accuracy of
# {fig:accuracy} on test digits. Always saying the commonest digit gets 0.10.
#
# You need lesson 17 for the idea: slopes are sums, and sums can be divided. Now Keras computes them.

# %%
import os
import signal
import tempfile
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from pyspark.sql import functions as F

import sparkeras
from sparkeras import datasets
from sparkeras.course import check, figure, load, pick, start_spark

plt.style.use("tableau-colorblind10")
spark = start_spark()
folder = tempfile.TemporaryDirectory(dir=Path.cwd(), prefix="lesson18-")  # removed when this notebook ends

# %% [markdown]
# ## A table of digits, badly divided
#
# In practice rows lie where somebody put them: a file of a quiet day is small, that of a busy day large. So this table is
# divided unevenly on purpose.

# %%
digits = load("digits")


def table(x, y):
    """Return images and digits as a DataFrame with the columns pixels and digit."""
    return datasets.frame_from_arrays(spark, x, y, features="pixels", label="digit")


quiet_day = table(digits.x_train[:100], digits.y_train[:100])
busy_day = table(digits.x_train[100:], digits.y_train[100:])
train, test = quiet_day.union(busy_day).cache(), table(digits.x_test, digits.y_test).cache()
train.printSchema()
print("rows in each partition:", [row["count"] for row in train.groupBy(F.spark_partition_id()).count().collect()])

# %% [markdown]
# ## One worker
#
# `sparkeras.fit` takes a compiled model and a DataFrame, and trains the model in place. Behind it Spark starts *one* job. Its
# task is a *worker*: it gathers its rows, starts a process of its own in which plain Keras `fit` runs, and sends the
# weights back in the end. (Lesson 17 started one job per step. For small batches that is thousands of jobs.)
#
# In this lesson every update sees *all* rows, `batch_size=rows`: then it is easy to say what two workers have to get.

# %%
rows, epochs = train.count(), pick(full=60, fast=12)


def build():
    """Return a compiled network of 64-32-10 with the same first weights each time."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Rescaling(1 / 16),
            keras.layers.Dense(32, activation="tanh"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    sgd = keras.optimizers.SGD(0.3, momentum=0.9)
    model.compile(sgd, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


one = build()
start = one.get_weights()
history = sparkeras.fit(one, train, features="pixels", label="digit", epochs=epochs, batch_size=rows, verbose=0)
print(history.training)

# %% [markdown]
# The last lines tell where the time went. `imports` and `open model` are the start of the new process, some seconds, paid
# once. On this little table they are more than the training.
#
# ## Two workers
#
# With `num_workers=2` Spark starts two tasks at the same moment, or none (a *barrier*). They share the rows evenly, however
# uneven the partitions are. In each step every worker sends its share of the batch forwards and backwards. Then the workers
# exchange their slopes and compute the mean over *all rows of the batch*. This exchange is called *all-reduce*. Each takes
# the same step, so the models stay equal, and none of them is the chief.
#
# `batch_size` counts the rows of one update, over all workers together. So the learning rate stays what it was. (Some
# other libraries count rows *per worker*: there, more workers mean larger batches, and another training.)
#
# `sparkeras.check` says beforehand what would go wrong. Three workers need three tasks at the same time:

# %%
report = sparkeras.check(train, one, features="pixels", label="digit", batch_size=rows, num_workers=3)
for finding in report.findings:
    if finding.level == "error":
        print(finding)

# %% [markdown]
# (If nothing is printed, your Spark has room for three.)
#
# ### Exercise 18.1: the same training, with two workers
#
# Set `settings` to a dict of what `sparkeras.fit` needs to train a model on `train` with two workers, so that every update
# is the one that you saw above: `features`, `label`, `epochs`, `batch_size`, `num_workers`.

# %% tags=["exercise", "18.1"]
settings = None
### BEGIN SOLUTION
settings = {"features": "pixels", "label": "digit", "epochs": epochs, "batch_size": rows, "num_workers": 2}
### END SOLUTION

# %% tags=["check"]
check("18.1")

# %%
two = None
if settings is not None:
    two = build()
    history = sparkeras.fit(two, train, **settings | {"verbose": 0})
    print(history.training)

# %% [markdown]
# ### Exercise 18.2: the same weights?
#
# Set `difference` to the largest distance between a weight of `one` and the same weight of `two`. A small number means little
# by itself, so set `moved` as well: the largest distance between a weight of `one` and what it was before the training
# (`start`). `model.get_weights()` is a list of arrays.

# %% tags=["exercise", "18.2"]
difference = moved = None
### BEGIN SOLUTION
if two is not None:
    difference = max(np.abs(a - b).max() for a, b in zip(one.get_weights(), two.get_weights()))
    moved = max(np.abs(a - b).max() for a, b in zip(one.get_weights(), start))
### END SOLUTION

# %% tags=["check"]
check("18.2")

# %%
if difference is not None:
    figure("18.difference", difference)

# %% [markdown]
# The difference is rounding: the sum over rows was added up in another order. So two workers are *exact*: they are a way to
# compute the same thing, not another way to learn. Libraries that average weights after each epoch cannot say so.
#
# One limit: with smaller batches, which rows share a batch depends on the number of workers, as each worker draws from its own
# share. Each update is still the exact one for the rows that it saw, but they are other rows, so the weights come out
# different, as with another seed.
#
# ## When a machine dies
#
# With a hundred machines and a night of training, one of them will fail. What then?
#
# - Nothing said: the training ends within seconds, with an error that names the worker and the cause. Hours are lost.
# - `max_retries=2`: it begins again, up to two times. By itself this means from the first epoch.
# - `checkpoint_dir=FOLDER`: after each epoch one file is written there. It holds weights, optimizer state and history. A retry
#   goes on from the last one, and so does the same call made again tomorrow. All machines must see this folder: a shared disk, or
#   an address such as `hdfs://...` or `s3a://...`.
#
# ### Exercise 18.3: survive
#
# Set `recovery` to a dict of settings with which a training survives *two* deaths and loses at most one epoch each time. Use
# the path `checkpoints`.

# %% tags=["exercise", "18.3"]
checkpoints = str(Path(folder.name, "checkpoints"))
recovery = None
### BEGIN SOLUTION
recovery = {"checkpoint_dir": checkpoints, "max_retries": 2}
### END SOLUTION

# %% tags=["check"]
check("18.3")

# %% [markdown]
# Now the test. This callback kills its own training process in the middle, as hard as a system can: no word, no clean-up. A
# file remembers that it was done, so that it happens once.


# %%
class PullThePlug(keras.callbacks.Callback):
    """End the training process at the beginning of an epoch, once."""

    def __init__(self, marker, epoch):
        super().__init__()
        self.marker, self.at = marker, epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.at and not os.path.exists(self.marker):
            Path(self.marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)


survivor = None
if recovery is not None:
    plug = PullThePlug(str(Path(folder.name, "pulled")), epoch=epochs * 2 // 3)
    survivor = build()
    common = {"features": "pixels", "label": "digit", "epochs": epochs, "batch_size": rows, "verbose": 0}
    history = sparkeras.fit(survivor, train, callbacks=[plug], **common, **recovery)
    print("what happened:", *history.training.failures)
    print("epochs that came from the checkpoint:", history.training.taken_up, "of", epochs)
    same = all(np.array_equal(a, b) for a, b in zip(one.get_weights(), survivor.get_weights()))
    print("the same weights as the undisturbed training, bit for bit:", same)

# %% [markdown]
# This works as the order of rows in each epoch is a function of the seed and the epoch's number, and as the optimizer's
# memory (here the momentum) is kept too. A training that went on with fresh momentum would end elsewhere.
#
# ## When do more workers pay?
#
# Half the rows take half the time. But the exchange at the end of each step costs time too. Among $N$ workers, a *ring*
# all-reduce sends $2 (N - 1)$ messages one after the other, and the fraction $2 (N - 1) / N$ of all bytes goes through
# each worker's line:
#
# $$\text{step}(N) = \frac{\text{compute}}{N} + 2 (N - 1)\, \alpha + \frac{2 (N - 1)}{N}\, \text{bytes} \cdot \beta$$
#
# $\alpha$ is the time of one message, however small (*latency*). $\beta$ is the time of one byte. A slope is four bytes
# (float32), so bytes = 4 times the number of parameters.
#
# ### Exercise 18.4: alpha and beta
#
# Write `step_seconds(workers, compute, size, alpha, beta)`: `compute` is the seconds that one worker alone needs for a batch,
# `size` the bytes of all slopes.


# %% tags=["exercise", "18.4"]
def step_seconds(workers, compute, size, alpha, beta):
    """Return the seconds of one step."""
    ### BEGIN SOLUTION
    exchange = 2 * (workers - 1) * alpha + 2 * (workers - 1) / workers * size * beta
    return compute / workers + exchange
    ### END SOLUTION


# %% tags=["check"]
check("18.4")

# %% [markdown]
# Let us hold it against measurements. The project's benchmarks (`docs/scaling.md`) timed steps of three models with one and
# with two workers, each with one core of the same machine, and fitted $\alpha$ = 443 microseconds and $\beta$ = 1.1
# nanoseconds per byte to bare exchanges between two processes.

# %%
MODELS = {  # parameters; milliseconds per step, measured: one worker, two workers
    "convolutions": (34_826, 180.49, 110.38),  # batches of 256 rows
    "784-512-512-10": (669_706, 24.81, 21.84),  # of 512
    "784-64-10": (50_890, 0.57, 3.09),  # of 128
}
if step_seconds(1, 1.0, 4, 1e-3, 1e-9) is not None:
    print(f"{'':>16}  one worker  two, measured  two, by the formula   (ms per step)")
    for name, (parameters, alone, measured) in MODELS.items():
        by_formula = 1000 * step_seconds(2, alone / 1000, 4 * parameters, 443e-6, 1.1e-9)
        print(f"{name:>16} {alone:11.2f} {measured:14.2f} {by_formula:20.2f}")

# %% [markdown]
# The formula is too kind: it knows nothing of waiting for the slower worker, nor of two processes that share a memory. But it
# gets the order right. The convolutions compute long on few parameters: two workers are 1.6 times as fast. The small
# network takes half a millisecond alone and three with a partner: it *loses*. So one worker with all cores is the default.
#
# What would a real network do? The next picture is a *prediction*, not a measurement: lines of 10 Gbit/s,
# $\alpha$ = 50 microseconds. Nobody has run these clusters with this library.

# %%
if step_seconds(1, 1.0, 4, 1e-3, 1e-9) is not None:
    workers = np.arange(1, 129)
    for name, (parameters, alone, _) in MODELS.items():
        seconds = np.array([step_seconds(n, alone / 1000, 4 * parameters, 50e-6, 8 / 10e9) for n in workers])
        plt.plot(workers, seconds[0] / seconds, label=name)
        if name == "convolutions":
            figure("18.best_workers", workers[seconds.argmin()])
    plt.axhline(1, color="black", linewidth=1, linestyle=":")
    plt.xscale("log", base=2)
    ticks = [1, 2, 4, 8, 16, 32, 42, 64, 128]
    plt.xticks(ticks, ticks)
    plt.title("Predicted: how many times faster than one worker")
    plt.xlabel("workers")
    plt.ylabel("times faster")
    plt.legend()
    plt.show()

# %% [markdown]
# Even the best case has a peak, here at {fig:best_workers} workers. Beyond it each worker adds a message and hardly any
# computing. Larger batches would move the peak to the right: fewer exchanges per epoch. But they are another training, with
# fewer updates.
#
# ## Score a table
#
# `sparkeras.predict` adds a column. It is *lazy*, as everything in Spark: nothing is computed until you ask for rows. Each task
# opens the model once and sends its rows through it, many at a time.

# %%
trained = one if two is None else two
scored = sparkeras.predict(trained, test, features="pixels").cache()
scored.selectExpr("digit", "slice(prediction, 1, 4) AS first_four_of_ten").show(3, truncate=60)

# %% [markdown]
# ### Exercise 18.5: which digit
#
# `prediction` holds ten probabilities. Set `predicted` to `scored` with a further column `predicted_digit`: the number of the digit with
# the largest one. `F.array_max(column)` and `F.array_position(column, value)` may help; look closely at what the second one
# counts from.

# %% tags=["exercise", "18.5"]
predicted = None
### BEGIN SOLUTION
predicted = scored.withColumn("predicted_digit", F.array_position("prediction", F.array_max("prediction")) - 1)
### END SOLUTION

# %% tags=["check"]
check("18.5")

# %%
if predicted is not None:
    right = F.avg((F.col("predicted_digit") == F.col("digit")).cast("double"))
    figure("18.accuracy", predicted.agg(right.alias("accuracy")).first()["accuracy"])

# %% [markdown]
# ## Score a stream
#
# A *stream* is a table that grows. Spark takes what has arrived since the last look as a small table, a *micro-batch*. The
# same call scores it. Here digits arrive as files, and each micro-batch takes one of them.

# %%
arriving, seen = str(Path(folder.name, "arriving")), []
for part in test.randomSplit([1.0] * pick(full=3, fast=2), seed=0):
    part.coalesce(1).write.mode("append").parquet(arriving)


def count(batch, number):
    """Note how many digits a micro-batch had."""
    seen.append(batch.where("size(prediction) = 10").count())


stream = spark.readStream.schema(test.schema).option("maxFilesPerTrigger", 1).parquet(arriving)
query = sparkeras.predict(trained, stream, features="pixels").writeStream.foreachBatch(count)
query = query.option("checkpointLocation", str(Path(folder.name, "stream"))).trigger(availableNow=True)
query.start().awaitTermination()
print("digits scored in each micro-batch:", seen)

# %% [markdown]
# ## Search side by side
#
# A small model does not gain from two workers. But two *trainings* of small models can run side by side, and they never have
# to wait for each other. `sparkeras.tune` does that: it calls your function `build_trial(trial)` for each trial. There you ask
# `trial` for values, build a model of them and compile it. Optuna, the package behind it, chooses values by what earlier
# trials reached. Its *pruner* ends poor trials early, as it compares them epoch by epoch. (Here it is off: these trials
# take seconds.)
#
# ### Exercise 18.6: what to search for
#
# Write `build_trial(trial)`: it returns a compiled network for the 64 pixels, with one hidden layer of 8 to 128 ReLU units and Adam with
# a rate from 0.0001 to 0.1, both chosen by the trial; it measures its accuracy, as the search compares that. `trial.suggest_int("units", 8, 128, log=True)` gives a whole number,
# `trial.suggest_float("rate", low, high, log=True)` any number. `log=True` tries as many values from 0.0001 to 0.001 as
# from 0.01 to 0.1; without it, nine of ten would be above 0.01.


# %% tags=["exercise", "18.6"]
def build_trial(trial):
    """Return a compiled network whose units and learning rate a trial chose."""
    ### BEGIN SOLUTION
    units = trial.suggest_int("units", 8, 128, log=True)
    rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    hidden = keras.layers.Dense(units, activation="relu")
    output = keras.layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((64,)), keras.layers.Rescaling(1 / 16), hidden, output])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
    ### END SOLUTION


# %% tags=["check"]
check("18.6")

# %%
try:
    from optuna.pruners import NopPruner
    from optuna.trial import FixedTrial

    ready = build_trial(FixedTrial({"units": 8, "rate": 0.01})) is not None
except ImportError:
    ready = False
    print("No search without Optuna: pip install optuna")
if ready:
    print("Eight trials, two at a time: about a minute ...")
    found = sparkeras.tune(
        build_trial,
        train,
        trials=pick(full=8, fast=2),
        metric="val_accuracy",
        pruner=NopPruner(),
        features="pixels",
        label="digit",
        epochs=pick(full=15, fast=2),
        batch_size=64,
        validation=0.2,
        verbose=0,
    )
    print(found)

# %% [markdown] tags=["slide", "hidden"]
# ## Several workers, one model
#
# - the rows of each batch are shared; slopes are averaged over all of them; all take the same step
# - `batch_size` counts the rows of one update: the learning rate stays
# - one against two workers: weights differ by less than 0.00001, which is rounding
# - a killed process: retry from the last epoch, the same weights bit for bit

# %% [markdown] tags=["slide", "hidden"]
# ## When it pays
#
# - step = compute / N + 2 (N - 1) alpha + 2 (N - 1) / N bytes beta
# - measured, two workers: convolutions 1.64 times as fast, a small dense network 0.19 times
# - beyond the peak, more workers make it slower
# - small models: search side by side instead

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** A library averages the weights of its workers after each epoch and says that it is "four times as fast with
# four workers". What do you ask?
#
# *Sample answer:* As fast to what? Time per epoch says little, as each worker saw a quarter of the rows and went its own way
# meanwhile. Compare the time to the same accuracy on test rows.
#
# **Discuss:** Why does `sparkeras.fit` start all workers at once or none?
#
# *Sample answer:* They meet at each step. If one waited for a free core, all others would wait for it, and hold their cores.

# %% [markdown]
# ## What the result means
#
# Your two workers made the weights that one makes, to five decimals, and the model reads {fig:accuracy}
# of the test digits. So the number of workers is a question of time and money alone, and you may answer it by measuring:
# one worker's seconds per step (`history.training.seconds`, `history.training.steps`), put into the formula, before you rent
# machines.
#
# For models like this one the answer is: one worker. Use Spark for what it does well here: rows that lie in Spark anyway, many
# trainings side by side, and scoring tables that are too large for one machine.
#
# ## Going further
#
# - Train with `batch_size=64`, with one and with two workers. How far apart are the weights, and how far the accuracies?
# - Take `recovery` without `checkpoint_dir`, and a new file name for the plug. How many epochs are trained in all?
# - On a cluster (`docker compose up` in the project starts one of two machines): run this lesson there.
# - `KerasClassifier` is the same training as a stage of a Spark ML pipeline, as in lesson 16: try it in a `Pipeline`.
