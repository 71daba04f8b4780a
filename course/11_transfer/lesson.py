# ---
# jupyter:
#   lesson:
#     title: Few images
#     about: a network that learned other digits helps with new ones; folders of photos, five folds and their spread
#     reading: 25
#     exercises: 60
#     data: [mnist, flowers]
#     figures:
#       transfer: {value: 0.93, within: 0.025, format: ".2f", full: true}
#       scratch: {value: 0.90, within: 0.03, format: ".2f", full: true}
#       logistic: {value: 0.87, within: 0.03, format: ".2f", full: true}
#       split_network: {value: 0.90, within: 0.06, format: ".2f", full: true}
#       split_line: {value: 0.85, within: 0.01, format: ".2f"}
#       folds_network: {value: 0.86, within: 0.045, format: ".2f", full: true}
#       folds_spread: {value: 0.03, within: 0.04, format: ".2f", full: true}
#       folds_line: {value: 0.85, within: 0.02, format: ".2f"}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 11. Few images
#
# **What you will do.** You have twenty images of each class and no more. You take a network that learned *other* classes, cut
# its end off, freeze the rest, and put a new end on it. You prove that the frozen part did not change by one bit. Then you
# train from a folder of photos, one batch at a time, and find out with five folds how sure a result from few photos is.
#
# **Time.** 25 minutes of reading, 60 of exercises. **The figure to reach:** an accuracy of about {fig:transfer} on the digits 5 to
# 9 from twenty images of each. The same network from scratch gets about {fig:scratch}, and logistic regression on the
# pixels {fig:logistic}.

# %%
import time
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from sklearn.linear_model import LogisticRegression

from sparkeras import datasets, plots
from sparkeras.course import check, figure, load, pick, show

keras.utils.set_random_seed(0)


def small_cnn(shape, classes):
    """Return a compiled network: two convolutions with pooling, then a dense layer."""
    made = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    made.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


# %% [markdown]
# ## A network that knows something else
#
# Its first layers find edges, its middle layers corners and bows, and only the last ones put these together to a *four*. Edges
# and bows occur in other digits, too. So `old` learns the digits 0 to 4, of which we have many images. It never sees a five.

# %%
digits = load("mnist")
x_train, y_train = digits.x_train[..., None], digits.y_train  # (rows, 28, 28, 1): one channel, grey
x_test, y_test = digits.x_test[..., None], digits.y_test

many = np.flatnonzero(y_train < 5)[: pick(full=12_800, fast=640)]
old = small_cnn((28, 28, 1), 5)
old.fit(x_train[many], y_train[many], epochs=pick(full=2, fast=1), batch_size=64, verbose=0)
some = np.flatnonzero(y_test < 5)[:500]
print(
    f"digits 0 to 4: accuracy {np.mean(old.predict(x_test[some], batch_size=500, verbose=0).argmax(axis=1) == y_test[some]):.3f}"
)
for number, layer in enumerate(old.layers):
    print(number, type(layer).__name__, tuple(layer.output.shape[1:]), f"{layer.count_params():,} parameters")

# %% [markdown]
# ## Cut and freeze
#
# The part that we keep is called the *backbone*. Where to cut? The last layer says five probabilities, of five digits that we
# do not want. The dense layer before it has put together what tells a 0 from a 4; what matters for a 7 may be lost there.
# The convolutions still have it all. So the cut is where they end, at `Flatten`.
#
# Frozen means: `backbone.trainable = False`. The training then leaves its weights alone. Twenty images would not improve what
# thousands have taught; and fewer weights to learn means less to learn by heart.
#
# ### Exercise 11.1: cut and freeze
#
# Make `backbone`: the layers of `old` up to and with `Flatten`, with their weights, frozen. Such as `keras.Sequential` of a
# slice of `old.layers`, or `keras.Model(old.inputs, ...)`.

# %% tags=["exercise", "11.1"]
backbone = None
### BEGIN SOLUTION
backbone = keras.Sequential([keras.Input((28, 28, 1)), *old.layers[:6]])
backbone.trainable = False
### END SOLUTION

# %% tags=["check"]
check("11.1")

# %% [markdown]
# ### Exercise 11.2: twenty of each
#
# Choose twenty (`each`) training images of each of the digits 5 to 9, by chance. Set `x_few` to the hundred images and `y_few` to their
# classes. The new network has five outputs, counted from 0, so class 0 is the digit 5, and class 4 is the digit 9.

# %% tags=["exercise", "11.2"]
rng = np.random.default_rng(0)
each = int(min(20, np.bincount(y_train)[5:10].min()))  # 20; only made-up rows are fewer
x_few = y_few = None
### BEGIN SOLUTION
chosen = np.concatenate([rng.choice(np.flatnonzero(y_train == digit), each, replace=False) for digit in range(5, 10)])
x_few, y_few = x_train[chosen], y_train[chosen] - 5
### END SOLUTION

# %% tags=["check"]
check("11.2")

# %%
unseen = np.flatnonzero(y_test >= 5)[: pick(full=5000, fast=500)]
x_unseen, y_unseen = x_test[unseen], y_test[unseen] - 5


def accuracy(model, x, y):
    """Return the share of images that a model puts into the right class."""
    return float(np.mean(model.predict(x, batch_size=500, verbose=0).argmax(axis=1) == y))


if x_few is not None:
    show(plots.draw_images, list(x_few[::5]), list(y_few[::5] + 5), title="Some of the hundred images")
    line = LogisticRegression(max_iter=1000).fit(x_few.reshape(len(x_few), -1) / 255, y_few)
    figure("11.logistic", line.score(x_unseen.reshape(len(x_unseen), -1) / 255, y_unseen))

# %% [markdown]
# ### Exercise 11.3: a new head
#
# Make `moved`: the backbone, then a dense layer of 64 neurons with ReLU, then five classes with softmax. Compile it (Adam,
# sparse categorical cross-entropy) and train it on `x_few` and `y_few`, `epochs` epochs with batches of 20.

# %% tags=["exercise", "11.3"]
epochs = pick(full=30, fast=8)
before = [each.copy() for each in backbone.get_weights()] if backbone is not None else None
moved = None
### BEGIN SOLUTION
moved = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        backbone,
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(5, activation="softmax"),
    ]
)
moved.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
learned = moved.fit(x_few, y_few, epochs=epochs, batch_size=20, verbose=0)
### END SOLUTION

# %% tags=["check"]
check("11.3")

# %% [markdown]
# Against what? The same plan with fresh weights, all of them free to learn, on the same hundred images. (Logistic regression
# had these, too.) In one more thing the two differ: an epoch with a frozen backbone is quicker, as no slopes of its weights
# are needed.

# %%
if x_few is not None and moved is not None:
    scratch = small_cnn((28, 28, 1), 5)
    scratch.fit(x_few, y_few, epochs=epochs, batch_size=20, verbose=0)
    figure("11.transfer", accuracy(moved, x_unseen, y_unseen))
    figure("11.scratch", accuracy(scratch, x_unseen, y_unseen))

# %% [markdown]
# ### Exercise 11.4: bit for bit
#
# Did the frozen part really stay as it was? Write `unchanged(before, after)`. It gets two lists of arrays, as `get_weights()`
# gives them, and returns `True` only if there are as many arrays and each number is the very same as before. "Nearly the
# same" is not frozen.


# %% tags=["exercise", "11.4"]
def unchanged(before, after):
    """Tell whether two lists of arrays hold the very same numbers."""
    ### BEGIN SOLUTION
    return len(before) == len(after) and all(np.array_equal(a, b) for a, b in zip(before, after))
    ### END SOLUTION


# %% tags=["check"]
check("11.4")

# %%
if moved is not None:
    print("the backbone is as it was, bit for bit:", unchanged(before, backbone.get_weights()))

# %% [markdown]
# In the library, `zoo.build("transfer", shape, classes, backbone=...)` cuts and freezes for you. With `backbone="imagenet"` it
# takes ResNet50, which learned from more than a million photos; Keras downloads its weights, about 100 MB. This lesson needs no
# download, so it shows the principle with digits.
#
# ## A folder of photos
#
# Photos mostly come as files: a folder for each class, below `train` and `validation`. The name of the folder is the label.
# These are roses and sunflowers, made small (48 x 48) so that the lesson is quick. (The course was written with 220 of the
# photos that the data set `flowers` has; with others your figures differ.)

# %%
photos = load("flowers", image_size=48)
names = photos.schema.classes
folder = Path("small_photos")
parts = (("train", photos.x_train, photos.y_train), ("validation", photos.x_test, photos.y_test))
for part, images, labels in parts:
    for number, (image, label) in enumerate(zip(images, labels)):
        place = folder / part / names[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{number:03d}.png")
for part in ("train", "validation"):
    for place in sorted((folder / part).iterdir()):
        print(f"{place}: {len(list(place.iterdir()))} files")
shown = np.linspace(0, len(photos.x_train) - 1, 12).astype(int)
show(plots.draw_images, list(photos.x_train[shown]), [names[label] for label in photos.y_train[shown]], title="Photos")

# %% [markdown]
# ## One batch at a time
#
# A hundred thousand photos do not fit into memory, and need not: the training looks at one batch at a time. An object that
# reads the next batch from the disk when it is asked for is often called a *generator*. Here it is `datasets.ImageBatches`;
# `fit` takes it in place of arrays, and each epoch has another order.
#
# And as the images pass by one by one, each may be changed a little, in another way each time: turned left to right, moved,
# turned by some degrees. A rose seen in a mirror is a rose. That is *augmentation*: more different images from the same
# photos, but only such as could be real. It is made of Keras layers, and it is for the training images alone.
#
# ### Exercise 11.5: batches that turn
#
# Make `batches`: `ImageBatches` of the training part of `folder`, 48 pixels a side, 16 images per batch, each turned *left to
# right* by chance (`keras.layers.RandomFlip`) and changed in no other way. `help(datasets.ImageBatches)` tells its arguments.

# %% tags=["exercise", "11.5"]
batches = None
### BEGIN SOLUTION
batches = datasets.ImageBatches(folder, "train", size=48, batch_size=16, augment=keras.layers.RandomFlip("horizontal"))
### END SOLUTION

# %% tags=["check"]
check("11.5")

# %%
network = small_cnn((48, 48, 3), len(names))
network.optimizer.build(network.trainable_variables)
network.save_weights("start.weights.h5")  # to begin anew with the same weights and an optimizer that remembers nothing
if batches is not None:
    quiet = datasets.ImageBatches(folder, "test", size=48, batch_size=20)
    course = network.fit(batches, validation_data=quiet, epochs=pick(full=20, fast=1), verbose=0)
    show(plots.draw_history, course.history)
    figure("11.split_network", course.history["val_accuracy"][-1])

# %% [markdown]
# And the baseline? Shrink each photo to 4 x 4 pixels, which is 48 numbers, and put a straight line through them: logistic
# regression.


# %%
def tiny(images):
    """Return images (rows, 48, 48, 3) as rows of 48 numbers: the mean colours of 4 x 4 squares."""
    return images.reshape(len(images), 4, 12, 4, 12, 3).mean(axis=(2, 4)).reshape(len(images), -1) / 255


line = LogisticRegression(max_iter=2000).fit(tiny(photos.x_train), photos.y_train)
figure("11.split_line", line.score(tiny(photos.x_test), photos.y_test))

# %% [markdown]
# About {fig:split_network} for the network, {fig:split_line} for the line: a success? There are 60 validation photos. One photo
# is 1.7 per cent; three photos more or less are the whole difference. One split is one throw of the dice.
#
# ## Five folds
#
# With few rows, use all of them as test rows, one after the other. Put the rows in five heaps, *folds*. Train five times, each
# time without one fold, and test on that one. That gives five accuracies: their mean says how good, their spread how sure.
#
# ### Exercise 11.6: five folds
#
# Write `five_folds(count, seed)`. It shuffles the row numbers 0 to `count - 1` by the seed and returns a list of five pairs
# `(train, test)` of arrays of row numbers. Each row is a test row in exactly one of the pairs, and a training row in the
# other four.


# %% tags=["exercise", "11.6"]
def five_folds(count, seed):
    """Return five pairs (training rows, test rows)."""
    ### BEGIN SOLUTION
    folds = np.array_split(np.random.default_rng(seed).permutation(count), 5)
    return [(np.concatenate(folds[:i] + folds[i + 1 :]), folds[i]) for i in range(5)]
    ### END SOLUTION


# %% tags=["check"]
check("11.6")

# %%
x = np.concatenate([photos.x_train, photos.x_test]).astype("float32")
y = np.concatenate([photos.y_train, photos.y_test])
pairs = five_folds(len(x), seed=0)
of_network, of_line = [], []
for fold, (train, test) in enumerate(pairs or [], start=1):
    began = time.perf_counter()
    line = LogisticRegression(max_iter=2000).fit(tiny(x[train]), y[train])
    of_line.append(line.score(tiny(x[test]), y[test]))
    between = time.perf_counter()
    network.load_weights("start.weights.h5")
    network.fit(x[train], y[train], epochs=pick(full=12, fast=1), batch_size=16, verbose=0)
    of_network.append(accuracy(network, x[test], y[test]))
    seconds = time.perf_counter() - between, between - began
    print(
        f"fold {fold}: network {of_network[-1]:.2f} in {seconds[0]:.1f} s, line {of_line[-1]:.2f} in {seconds[1]:.1f} s"
    )

# %%
if of_network:
    figure("11.folds_network", np.mean(of_network))
    figure("11.folds_spread", np.std(of_network, ddof=1))
    figure("11.folds_line", np.mean(of_line))
    print(f"from fold to fold, the line: {np.std(of_line, ddof=1):.2f}")
    show(
        plots.draw_bars_compared,
        [f"fold {number}" for number in range(1, 6)],
        {"network, 48 x 48 pixels": of_network, "line, 4 x 4 pixels": of_line},
        title="Five tests, five answers",
        y="accuracy",
    )

# %% [markdown] tags=["slide", "hidden"]
# ## Transfer
#
# - cut where the convolutions end, freeze, put a new head on
# - digits 5 to 9, twenty images of each: {fig:transfer}; from scratch {fig:scratch}; logistic regression {fig:logistic}
# - the frozen part is the same bit for bit: prove it
# - it does not always help: a backbone of 160 photos lost against training from scratch

# %% [markdown] tags=["slide", "hidden"]
# ## How sure is a result from few photos?
#
# - one split: {fig:split_network} against {fig:split_line} of a line through 48 numbers. A success?
# - five folds: {fig:folds_network} against {fig:folds_line}, and {fig:folds_spread} from fold to fold
# - a difference that is smaller than the spread is no difference

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** Somebody flips the images of digits left to right, too, "to have more of them". Good idea?
#
# *Sample answer:* No. A mirrored 5 looks like a 2, a mirrored 3 like nothing. Only change images in ways that leave the class
# as it is. For X-rays of a chest it would put the heart on the wrong side.
#
# **Discuss:** Your shop has 30 photos of each of 4 products. A colleague wants to train a large network from scratch. What do
# you propose?
#
# *Sample answer:* First logistic regression, then a frozen network that has seen many photos (ImageNet) with a new head; five
# folds; and say the spread with the mean. More photos are worth more than either.

# %% [markdown]
# ## What the result means
#
# | digits 5 to 9, a hundred images | accuracy |
# |---|---|
# | logistic regression | {fig:logistic} |
# | a network from scratch | about {fig:scratch} |
# | a network that knew 0 to 4, with a new head | about {fig:transfer} |
#
# The backbone helps because digits are made of the same pieces. It does not always help. In the project's measurements
# (`docs/results.md`, three seeds each) a backbone that had learned from two photos only, a temple and a flower, cut into
# tiles, got 0.82 on roses and sunflowers where training from scratch got 0.88; and a backbone that learned from 160 roses and
# sunflowers got 0.94 on the tiles, where training from scratch got 0.97. Who has seen 160 photos does not know what photos
# are made of. Backbones that help with photos have seen a million.
#
# On the photos themselves, one split says that the network is better than a line through 4 x 4 pixels, {fig:split_network}
# against {fig:split_line}. Five folds say {fig:folds_network} against {fig:folds_line}, with {fig:folds_spread} from fold to
# fold: no difference that anybody could rely on; with other first weights the network's mean was between 0.82 and 0.88.
# Sunflowers are yellow, and a line sees that. And the network took dozens of times as long. Whoever had shown only the one split would have told a story.
#
# ## Going further
#
# - Cut `old` one layer later, behind its first dense layer. What does it cost? (That layer has learned to tell 0 to 4 apart.)
# - The frozen part computes the same numbers in each epoch. Compute them once, `backbone.predict(x_few)`, and train only the head
#   on them. How much faster is it, and is the result the same?
# - Let the backbone learn, too, after the head has: `backbone.trainable = True`, compile again with a rate of 0.0001.
# - Add `RandomRotation(0.05)` and `RandomTranslation(0.1, 0.1)` to the batches. Do five folds show a gain?
