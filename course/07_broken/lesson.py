# ---
# jupyter:
#   lesson:
#     title: A broken model
#     about: five faults that raise no error, how to find each one, and a first script that needs completing
#     reading: 25
#     exercises: 50
#     data: [digits]
#     figures:
#       line_r2: {value: -0.17, within: 0.02, format: ".2f"}
#       broken_r2: {value: -4.2, within: 0.4, format: ".1f"}
#       tanh_r2: {value: -3.97, within: 0.01, format: ".2f"}
#       mended_r2: {value: 0.98, within: 0.03, format: ".2f"}
#       script_accuracy: {value: 0.92, within: 0.02, format: ".2f"}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 7. A broken model
#
# **What you will do.** You get a network that trains without any error message and has learned nothing. It has five
# faults. You find each one by a small measurement, mend all five, and see why mending only four does not help. Then you
# complete a first script that lacks three things, and learn which of them Keras complains about.
#
# **Time.** 25 minutes of reading, 50 of exercises. **The figure to reach:** an $R^2$ above 0.5 on rows that the network
# has not seen; the mended network gets {fig:mended_r2}. Always saying the same number gets at most 0.

# %%
import re

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from sklearn.linear_model import LinearRegression

from sparkeras import plots
from sparkeras.course import check, figure, load, pick, show

plt.style.use("tableau-colorblind10")
keras.utils.set_random_seed(0)

# %% [markdown]
# ## The problem
#
# A camera chip counts light. Each pixel of its images holds a count near 10,000, and the counts flicker. We made such
# images: each has its own strength of flicker, which nobody tells the network. The network is to say the *roughness* of
# an image: how much a pixel differs from its right neighbour, on average. The label is computed from the image, so in
# principle a perfect answer is possible.


# %%
def chip_images(rows, chance):
    """Return made-up images, (rows, 12, 12, 1), and the roughness of each, in counts."""
    strength = chance.uniform(5, 50, size=(rows, 1, 1, 1))
    images = np.round(10_000 + strength * chance.normal(size=(rows, 12, 12, 1)))
    roughness = np.abs(np.diff(images, axis=2)).mean(axis=(1, 2, 3))
    return images.astype("float32"), roughness.astype("float32")


images, roughness = chip_images(2500, np.random.default_rng(0))
x_train, y_train, x_test, y_test = images[:2000], roughness[:2000], images[2000:], roughness[2000:]
print("images:", x_train.shape, "labels:", y_train.shape)

# %%
smooth, middle, rough = np.argsort(y_train)[[20, 1000, 1980]]
drawing, panels = plt.subplots(1, 3, figsize=(10, 3.2), layout="constrained")
for panel, row in zip(panels, (smooth, middle, rough)):
    drawn = panel.imshow(x_train[row, :, :, 0], cmap="gray", vmin=9850, vmax=10150)
    panel.set(title=f"roughness {y_train[row]:.0f} counts", xlabel="column", ylabel="row", xticks=range(0, 12, 3))
drawing.colorbar(drawn, ax=panels, label="counts")
plt.show()

# %% [markdown]
# ## A measure that a constant cannot satisfy
#
# "The mean squared error is 217": is that good? Nobody can say without a comparison. $R^2$ has the comparison inside. It
# divides by the error of always saying the mean of the labels:
#
# $$R^2 = 1 - \frac{\sum (\text{label} - \text{predicted})^2}{\sum (\text{label} - \text{mean of the labels})^2}$$
#
# 1 is perfect, 0 is as good as the mean, and below 0 is worse than the mean.
#
# ### Exercise 7.1: the measure
#
# Write `r_squared(label, predicted)` for two arrays of the same length.


# %% tags=["exercise", "7.1"]
def r_squared(label, predicted):
    """Return the share of the labels' variation that the predictions explain."""
    ### BEGIN SOLUTION
    return 1 - np.sum((label - predicted) ** 2) / np.sum((label - label.mean()) ** 2)
    ### END SOLUTION


# %% tags=["check"]
check("7.1")

# %% [markdown]
# First the simple things, as always. A straight line through the 144 pixels gets an $R^2$ of {fig:line_r2}: it has
# learned the chances of the training rows and is worse than the mean on others. That makes sense. A pixel above 10,000
# says nothing about roughness; only *differences* do, and a difference counts the same in both directions.

# %%
if r_squared(y_test, y_test) is not None:
    line = LinearRegression().fit(x_train.reshape(len(x_train), -1), y_train)
    figure("7.line_r2", r_squared(y_test, line.predict(x_test.reshape(len(x_test), -1))))

# %% [markdown]
# ## The broken network
#
# Here it is. Two convolutions of 8 filters each, the mean over the image, one output. It trains without an error.

# %%
broken = keras.Sequential(
    [
        keras.Input((12, 12, 1)),
        layers.Conv2D(8, 3),
        layers.Conv2D(8, 3),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1, activation="tanh"),
    ]
)
broken.compile(optimizer=keras.optimizers.Adam(1e-6), loss="binary_crossentropy")
before = broken.get_weights()
history = broken.fit(x_train, y_train, epochs=3, batch_size=32, verbose=0)
broken_predictions = broken.predict(x_test, verbose=0).ravel()
print("loss per epoch:", np.round(history.history["loss"], 2))
if r_squared(y_test, y_test) is not None:
    figure("7.broken_r2", r_squared(y_test, broken_predictions))

# %% [markdown]
# An $R^2$ of about {fig:broken_r2}, and a loss that does not move. It is tempting to change things now until something
# helps. Do not. **Look at numbers first**, from the data to the loss, and note what cannot be right.
#
# ## Probe 1: what goes in, what comes out
#
# Print ranges. It takes one line per array, and it finds most faults.

# %%
for name, values in (("pixels", x_train), ("labels", y_train), ("answers", broken_predictions)):
    print(
        f"{name}: {values.min():.4g} to {values.max():.4g}, mean {values.mean():.4g}, spread (std) {values.std():.3g}"
    )

# %% [markdown]
# Two faults show up here.
#
# **The output.** `tanh` bends every number into -1 to 1. No label lies there. However long it trains, the network cannot
# say 30.
#
# **The input.** What differs between images is some 30 counts; what all images share is 10,000. All sums in the first
# layer are about the 10,000. The usual cure: subtract the mean of the training pixels, divide by their standard deviation.
#
# ### Exercise 7.2: the best that tanh can do
#
# Set `best_with_tanh` to the largest $R^2$ that *any* network with this output could reach on the test rows. You need no
# training for it: what would the best such network say?

# %% tags=["exercise", "7.2"]
best_with_tanh = None
### BEGIN SOLUTION
best_with_tanh = r_squared(y_test, np.ones_like(y_test))
### END SOLUTION

# %% tags=["check"]
check("7.2")

# %%
if best_with_tanh is not None:
    figure("7.tanh_r2", best_with_tanh)

# %% [markdown]
# ## Probe 2: what the loss rewards
#
# A loss is a question to the network. Draw it for one row: the label is 30; what does each loss say to each answer?
# Binary cross-entropy is made for probabilities. It knows labels from 0 to 1 and answers from 0 to 1, and Keras cuts
# answers off there. For a label of 30 it gets ever smaller, far below zero, towards an answer of 1, and beyond it is flat.

# %%
answers = np.linspace(-10, 60, 701).astype("float32")
labels = np.full_like(answers, 30)
drawing, panels = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
for panel, loss in zip(panels, ("binary_crossentropy", "mean_squared_error")):
    loss_of = keras.losses.get(loss)
    values = keras.ops.convert_to_numpy(loss_of(labels[:, None], answers[:, None]))
    panel.plot(answers, values)
    panel.axvline(30, linestyle="--", color="gray")
    panel.set(title=f"{loss}, label 30 (dashed)", xlabel="what the network says", ylabel="loss")
plt.show()

# %% [markdown]
# Only the right one has its lowest point at the label. Signs of a wrong loss in the numbers: a loss below zero where it
# should be a distance, or a loss that stays the same to the last digit, as its slope is zero there.
#
# ## Probe 3: do the weights move?
#
# Training means moving weights. So compare them with what they were.

# %%
moved = max(np.abs(after - start).max() for start, after in zip(before, broken.get_weights()))
steps = 3 * int(np.ceil(len(x_train) / 32))
print(f"largest change of a weight after {steps} steps: {moved:.2g}")

# %% [markdown]
# None of them moved. The `tanh` is the reason: it gets sums of thousands, and there it is flat. Lesson 1 said: where the
# slope is zero, nothing is learned. So this fault **hides another one**. Mend the output and the inputs, and the weights
# begin to move, but only by a hair: the learning rate is 0.000001, and Adam moves a weight by about its learning rate per
# step. The answers are sums of eight numbers, each times a weight. To say 60, weights have to grow to several units.
#
# ### Exercise 7.3: how long would it take
#
# There are 2,000 training rows in batches of 32. Set `epochs_needed` to the number of epochs after which Adam, at a
# learning rate of `1e-6`, can have moved one weight by 5, if each step goes in the same direction.

# %% tags=["exercise", "7.3"]
epochs_needed = None
### BEGIN SOLUTION
steps_per_epoch = np.ceil(2000 / 32)
epochs_needed = 5 / 1e-6 / steps_per_epoch
### END SOLUTION

# %% tags=["check"]
check("7.3")

# %% [markdown]
# ## Probe 4: does it bend?
#
# Lesson 1 showed it: without activations, all layers together are one straight line. That holds for convolutions, too. It
# can be measured from outside. For a straight line, the answer to the point half-way between two inputs is half-way between
# the two answers. Whatever bends misses that.
#
# ### Exercise 7.4: a bend detector
#
# `say` is a function that takes an array of rows and returns numbers. Write `bend(say, a, b)`: the mean absolute difference
# between the answer to the middle of `a` and `b`, and the middle of both answers.


# %% tags=["exercise", "7.4"]
def bend(say, a, b):
    """Return how far say((a + b) / 2) is from the middle of say(a) and say(b), on average."""
    ### BEGIN SOLUTION
    return np.mean(np.abs(say((a + b) / 2) - (say(a) + say(b)) / 2))
    ### END SOLUTION


# %% tags=["check"]
check("7.4")

# %% [markdown]
# Now measure the two convolutions of the broken network, and the same two with ReLU. We feed in standardised images, so
# that the rounding of large numbers does not disturb. (The `tanh` at the end does bend, but it comes after all sums: what
# the network *sees* in an image is decided before it.)

# %%
standardised = (x_test[:200] - x_train.mean()) / x_train.std()
bending = keras.models.clone_model(keras.Sequential(broken.layers[:3]))
for layer in bending.layers[:2]:
    layer.activation = keras.activations.relu
for name, stack in (("without", keras.Sequential(broken.layers[:3])), ("with ReLU", bending)):
    value = bend(lambda rows, of=stack: keras.ops.convert_to_numpy(of(rows)), standardised[:100], standardised[100:])
    if value is not None:
        print(f"convolutions {name}: bend {value:.1e}")

# %% [markdown]
# Without activations, what is left is rounding. So no training in the world makes this network better than a straight
# line, and a straight line gets no further than the mean here.
#
# ## Mend it
#
# | sign | probe | fault | cure |
# |---|---|---|---|
# | pixels 10,000 with a spread of 30 | ranges | inputs not scaled | standardise with the training rows' mean and variance |
# | labels 5 to 68, answers -1 to 1 | ranges | tanh at the output | no activation at the output |
# | loss negative, or not moving at all | draw the loss | cross-entropy for an amount | mean squared error |
# | weights hardly move | before and after | learning rate 0.000001 | 0.01 for Adam here; its default is 0.001 |
# | middle of inputs, middle of answers | bend | no activations | ReLU after each convolution |
#
# ### Exercise 7.5: the mended network
#
# Build `mended`: the same layers and filters, all five faults mended. Compile it and train it for `epochs` epochs in
# batches of 32. It is to take the raw counts, so put the scaling into the network, as its first layer:
# `layers.Normalization(mean=..., variance=...)`. Then nobody who uses it can forget it.

# %% tags=["exercise", "7.5"]
epochs = pick(full=10, fast=4)
mended = None
### BEGIN SOLUTION
mended = keras.Sequential(
    [
        keras.Input((12, 12, 1)),
        layers.Normalization(mean=x_train.mean(), variance=x_train.var()),
        layers.Conv2D(8, 3, activation="relu"),
        layers.Conv2D(8, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1),
    ]
)
mended.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
mended.fit(x_train, y_train, epochs=epochs, batch_size=32, verbose=0)
### END SOLUTION

# %% tags=["check"]
check("7.5")

# %%
if mended is not None and r_squared(y_test, y_test) is not None:
    mended_predictions = mended.predict(x_test, verbose=0).ravel()
    figure("7.mended_r2", r_squared(y_test, mended_predictions))
    show(plots.draw_scatter, y_test, mended_predictions, unit="counts")

# %% [markdown]
# ## Why trying around did not help
#
# Here each of the five faults is put back, alone, into the mended network. (In the tests of this course only one of them is,
# to save time.)


# %%
def left_in(activation="relu", output=None, scaled=True, rate=0.01, loss="mse"):
    """Return the R^2 on test rows of a network in which one part differs from the mended one."""
    keras.utils.set_random_seed(0)
    scaling = layers.Normalization(mean=x_train.mean(), variance=x_train.var())
    convolutions = [layers.Conv2D(8, 3, activation=activation) for _ in range(2)]
    end = [layers.GlobalAveragePooling2D(), layers.Dense(1, activation=output)]
    network = keras.Sequential([keras.Input((12, 12, 1)), *([scaling] if scaled else []), *convolutions, *end])
    network.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
    network.fit(x_train, y_train, epochs=pick(full=10, fast=1), batch_size=32, verbose=0)
    return r_squared(y_test, network.predict(x_test, verbose=0).ravel())


faults = {
    "no activations": {"activation": None},
    "tanh output": {"output": "tanh"},
    "raw counts": {"scaled": False},
    "tiny learning rate": {"rate": 1e-6},
    "cross-entropy": {"loss": "binary_crossentropy"},
}
if mended is not None and r_squared(y_test, y_test) is not None:
    found = {name: left_in(**fault) for name, fault in list(faults.items())[: pick(full=5, fast=1)]}
    found["all mended"] = r_squared(y_test, mended_predictions)
    plt.figure(figsize=(8, 3.2), layout="constrained")
    bars = plt.barh(list(found), [round(float(value), 2) + 0.0 for value in found.values()])
    plt.bar_label(bars, fmt="%.2f", padding=3)
    plt.axvline(0, color="gray")
    plt.xlim(-5.2, 1.8)
    plt.xlabel("R² on test rows (0: as good as the mean)")
    plt.title("One fault is enough")
    plt.show()

# %% [markdown]
# Each fault *alone* keeps the network at the mean or below. So whoever mends one or two of five sees no gain and undoes
# the right repair. That is why you collect all faults by measurement, and only then judge by the result.
#
# One more test belongs in every first-aid kit: **train on ten rows only.** A healthy network of enough size learns ten
# rows by heart. If it cannot, something is broken, and more data will not mend it.
#
# ## A first script
#
# Now small images of digits, 8 x 8 pixels with values from 0 to 16, and the shortest script that one could think of. It
# lacks three things: a loss, a reshape (its network expects rows of 64 numbers) and a scaling. What does Keras say to
# each?

# %%
digits = load("digits")


def script(loss="sparse_categorical_crossentropy", reshape=True, divide_by=16.0):
    """Train one layer on the digits and return it with its history."""
    keras.utils.set_random_seed(0)
    reader = keras.Sequential([keras.Input((64,)), layers.Dense(10, activation="softmax")])
    reader.compile(optimizer=keras.optimizers.SGD(0.1), loss=loss, metrics=["accuracy"])
    rows = digits.x_train.reshape(-1, 64) if reshape else digits.x_train
    return reader.fit(rows / divide_by, digits.y_train, epochs=5, verbose=0).history


def what_keras_says(name, **lacking):
    """Run the script and print the first lines of its error, or its last loss and accuracy."""
    try:
        last = {metric: f"{values[-1]:.3f}" for metric, values in script(**lacking).items()}
        print(f"{name}: no error. {last}")
    except Exception as error:
        message = re.sub(r"\x1b\[\d+m", "", str(error))  # without colours
        lines = [line for line in message.splitlines() if line.strip()]
        print(f"{name}: {type(error).__name__}", *lines[:2], sep="\n    ")


what_keras_says("no reshape", reshape=False)
what_keras_says("a loss for other labels", loss="categorical_crossentropy")
what_keras_says("no loss", loss=None)
what_keras_says("no scaling", divide_by=1.0)

# %% [markdown]
# **Read error messages from the inside.** "Expected shape (None, 64), but ... (32, 8, 8)": the network wants rows of 64
# numbers (`None` stands for any number of rows) and got a batch of 32 images. The second message compares the shape of the
# labels, one number per row, with the shape of the answers, ten per row: `categorical_crossentropy` wants labels as ten
# numbers (one-hot), `sparse_categorical_crossentropy` as class numbers.
#
# **Fear the silent ones.** Without a loss this Keras raises nothing. It shows a loss of zero, which looks perfect, and moves
# no weight. Without scaling it trains: the steps are too large for such inputs, and the loss stays several times higher
# than with scaling.
#
# ### Exercise 7.6: complete the script
#
# Set `rows_train` and `rows_test` to the digits as your network takes them, and `reader` to a trained network. Reach an
# accuracy of 0.85 on the test digits.

# %% tags=["exercise", "7.6"]
rows_train = rows_test = reader = None
keras.utils.set_random_seed(0)
### BEGIN SOLUTION
rows_train, rows_test = (images.reshape(-1, 64) / 16.0 for images in (digits.x_train, digits.x_test))
reader = keras.Sequential([keras.Input((64,)), layers.Dense(10, activation="softmax")])
reader.compile(optimizer=keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
reader.fit(rows_train, digits.y_train, epochs=5, verbose=0)
### END SOLUTION

# %% tags=["check"]
check("7.6")

# %%
if rows_test is not None and reader is not None:
    predicted = reader.predict(rows_test, verbose=0).argmax(axis=1)
    figure("7.script_accuracy", np.mean(predicted == digits.y_test))
    show(
        plots.draw_images,
        digits.x_test[:12] / 16,
        digits.y_test[:12],
        predicted[:12],
        title="The first twelve test digits",
    )

# %% [markdown] tags=["slide", "hidden"]
# ## A network that learns nothing: look at numbers
#
# - ranges of inputs, labels and answers
# - the loss, drawn for one label
# - weights before and after
# - the middle of two inputs: does it bend?
# - ten rows: can it learn them by heart?

# %% [markdown] tags=["slide", "hidden"]
# ## One fault is enough
#
# - broken: $R^2$ of {fig:broken_r2}; any tanh output: at best {fig:tanh_r2}
# - four of five mended: still the mean or worse
# - all five mended: {fig:mended_r2}

# %% [markdown] tags=["slide", "hidden"]
# ## What Keras does not tell
#
# - wrong shapes: an error, with both shapes in it
# - no loss: loss 0.000, and nothing is learned
# - no scaling: it trains, badly

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** A colleague's goal is "a training error below 100,000", and the variance of the labels is 32,000. What is
# wrong with that goal?
#
# *Sample answer:* Always saying the mean meets it, so it proves nothing. And it is measured on training rows. Ask for an
# $R^2$ on rows that were put aside.
#
# **Discuss:** Somebody scales the chip's counts with `x / 10000`. All values are near 1 then. Why is that not enough?
#
# *Sample answer:* The values lie between about 0.98 and 1.02: what differs is still tiny beside what is shared. Subtract
# the mean first.

# %% [markdown]
# ## What the result means
#
# | model | $R^2$ on test rows |
# |---|---|
# | always the mean of the test labels | 0 |
# | a straight line through all pixels | {fig:line_r2} |
# | the broken network | about {fig:broken_r2} |
# | the best that any network with a tanh output can do | {fig:tanh_r2} |
# | the mended network, with the same layers | {fig:mended_r2} |
#
# Nothing in the broken network was forbidden, so nothing raised an error. What shows such faults is a goal that a constant
# cannot meet, and five short measurements. The completed script reads {fig:script_accuracy} of the test digits rightly,
# with one layer. Without a loss its numbers on the screen were better, and it had learned nothing.
#
# ## Going further
#
# - Replace the `Normalization` by `layers.Rescaling(1 / 10000)`. Probe the ranges after this layer. Then subtract 1.
# - Use `layers.BatchNormalization()` as the first layer. What is the difference?
# - Train `mended` on ten rows for 300 epochs, and then the broken one. What do their losses say?
# - Run the script without scaling, with learning rates of 0.1, 0.01 and 0.001. Which of them can live with raw pixels?
