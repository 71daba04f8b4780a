# ---
# jupyter:
#   lesson:
#     title: Reading a big network
#     about: a U-Net layer by layer, what each part is for, and what happens without its skips
#     reading: 25
#     exercises: 45
#     data: [digits]
#     figures:
#       background: {value: 0.677, within: 0.001, format: ".2f"}
#       two_steps: {value: 0.957, within: 0.006, format: ".2f"}
#       unet_class: {value: 0.93, within: 0.025, format: ".2f", full: true}
#       unet_place: {value: 0.986, within: 0.006, format: ".3f", full: true}
#       no_skips_class: {value: 0.78, within: 0.08, format: ".2f", full: true}
#       no_skips_place: {value: 0.887, within: 0.02, format: ".3f", full: true}
#       flat_class: {value: 0.55, within: 0.06, format: ".2f", full: true}
#       flat_place: {value: 0.995, within: 0.004, format: ".3f", full: true}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 8. Reading a big network
#
# **What you will do.** You read a network of 23 layers that does not go straight ahead: a U-Net. It paints images pixel by
# pixel. You find out which part does what by counting its numbers, by computing how far it sees, and by taking parts away.
# You build a small network with a skip yourself.
#
# **Time.** 25 minutes of reading, 45 of exercises. **The figure to reach:** the right digit for {fig:unet_class} of the ink
# pixels of digits that the network has not seen. Without its skips it is about {fig:no_skips_class}.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from sparkeras import insides, plots, zoo
from sparkeras.course import check, figure, load, pick, show

plt.style.use("tableau-colorblind10")
keras.utils.set_random_seed(0)

# %% [markdown]
# ## A class for each pixel
#
# So far a network said one thing per image. Now it is to say one thing per *pixel*; that is called *segmentation*. Doctors
# use it to find the outline of an organ, cars to find the road.
#
# Ours is small: the digits of 8 x 8 pixels. A pixel of 8 or more (of 16) is ink. The label of a pixel is 0 for paper, and for
# ink 1 plus the digit: all ink of a seven has class 8. So the network has to know two things about each pixel: is it ink,
# which the pixel itself tells, and part of which digit, which only the whole image tells.

# %%
digits = load("digits")


def paint(images, digit):
    """Return the class of each pixel: 0 for paper, 1 plus the digit for ink."""
    return np.where(images >= 8, digit[:, None, None] + 1, 0).astype("int32")


x_train, x_test = digits.x_train, digits.x_test
y_train, y_test = paint(x_train, digits.y_train), paint(x_test, digits.y_test)
print("images:", x_train.shape, "labels:", y_train.shape, "classes:", y_train.max() + 1)

# %%
COLOURS = np.vstack([[1, 1, 1, 1], plt.get_cmap("tab10").colors @ np.eye(3, 4) + [0, 0, 0, 1]])


def draw_painted(rows, count=8):
    """Draw the first test images, and below them one row of classes per entry of ``rows``."""
    drawing, panels = plt.subplots(
        1 + len(rows), count, figsize=(count * 1.2, 1.3 * (1 + len(rows))), layout="constrained"
    )
    for column in range(count):
        panels[0, column].imshow(x_test[column], cmap="gray_r")
        for row, classes in enumerate(rows.values(), start=1):
            panels[row, column].imshow(COLOURS[classes[column]])
    for panel in panels.ravel():
        panel.set(xticks=[], yticks=[])
    for row, name in enumerate(["image", *rows]):
        panels[row, 0].set_ylabel(name)
    drawing.suptitle("Each digit has a colour, paper is white")
    plt.show()


draw_painted({"truth": y_test})

# %% [markdown]
# ## A measure first
#
# Most pixels are paper. Who says "paper" everywhere is right for {fig:background} of all pixels, and has not found a single
# digit. So the share of all pixels is a poor measure here.
#
# ### Exercise 8.1: what counts
#
# Write `ink_accuracy(truth, predicted)` for two arrays of classes, (rows, 8, 8): of the pixels that *are* ink, the share for which
# the class is right.


# %% tags=["exercise", "8.1"]
def ink_accuracy(truth, predicted):
    """Return the share of the true ink pixels whose class is right."""
    ### BEGIN SOLUTION
    ink = truth > 0
    return np.mean(predicted[ink] == truth[ink])
    ### END SOLUTION


# %% tags=["check"]
check("8.1")

# %% [markdown]
# Beside it we keep a second number, `place`: the share of all pixels for which ink or paper is right, whatever the digit.
# Two numbers, as there are two things to know.


# %%
def place_accuracy(truth, predicted):
    """Return the share of pixels for which ink or paper is right."""
    return np.mean((truth > 0) == (predicted > 0))


figure("8.background", place_accuracy(y_test, np.zeros_like(y_test)))

# %% [markdown]
# ## The network
#
# `zoo.build("unet", ...)` gives a U-Net. Read its diagram from the top, and you see the U that it is called after.


# %%
def unet():
    """Return a new U-Net for the pixels of the digits."""
    keras.utils.set_random_seed(0)
    return zoo.build("unet", (8, 8), 11, scaling=digits.scaling, segment=True, filters=8)


network = unet()
show(plots.draw_diagram, insides.graph(network)[0], f"U-Net: {network.count_params():,} parameters")

# %% [markdown]
# - **The way down.** Two convolutions, then a pooling that halves the sides; twice. The images get smaller, and have more
#   channels: from *where* to *what*.
# - **The bottom.** 2 x 2 places, each with 32 numbers. Here a convolution sees the whole digit.
# - **The way up.** A transposed convolution (`Conv2DTranspose`) doubles the sides. Pooling threw away where exactly things
#   were, and no layer can guess that again.
# - **The skips.** So each level gets, beside what comes from below, what the same level saw on the way down.
#   `Concatenate` puts the channels of both side by side; it has nothing to learn.
# - **The output.** A convolution of 1 x 1: for each pixel, a dense layer with softmax over its channels.
#
# Padding and cropping do nothing here. They are for sides that cannot be halved twice.
#
# ### Exercise 8.2: shapes by heart
#
# The same network for images of 28 x 28, with 16 filters on the first level: each level has twice the filters of the one above, as
# here. Set `bottom_shape` to the shape (height, width, channels) at the bottom, and `joined_shape` to that right after the
# *last* `Concatenate`.

# %% tags=["exercise", "8.2"]
bottom_shape = joined_shape = None
### BEGIN SOLUTION
bottom_shape = (7, 7, 64)
joined_shape = (28, 28, 16 + 16)
### END SOLUTION

# %% tags=["check"]
check("8.2")

# %% [markdown]
# ### Exercise 8.3: where the numbers are
#
# Set `parameters` to a dict with the keys `"down"`, `"bottom"`, `"up"` and `"output"`: how many numbers each part of
# `network` has to learn. The bottom are the layers at 2 x 2 pixels; the way up begins with the first `Conv2DTranspose` and
# ends before the output. This prints what you need; add up by hand or by code.

# %%
for layer in network.layers:
    if layer.count_params():
        print(f"{type(layer).__name__:16} {layer.output.shape[1:]!s:12} {layer.count_params():6,}")

# %% tags=["exercise", "8.3"]
parameters = None
### BEGIN SOLUTION
counts = [layer.count_params() for layer in network.layers if layer.count_params()]
parameters = {"down": sum(counts[:4]), "bottom": sum(counts[4:6]), "up": sum(counts[6:12]), "output": counts[12]}
### END SOLUTION

# %% tags=["check"]
check("8.3")

# %%
if parameters is not None:
    plt.figure(figsize=(7, 2.6), layout="constrained")
    plt.bar_label(plt.barh(list(parameters)[::-1], list(parameters.values())[::-1]), padding=3)
    plt.xlim(0, 16500)
    plt.xlabel("parameters")
    plt.title("Few pixels, many parameters")
    plt.show()

# %% [markdown]
# The bottom works on 4 of 64 places and holds almost half of all parameters: a convolution's size follows from its channels,
# not from the image. Its *time* is another matter: the layers at full size are applied to 64 places.
#
# ## How far a layer sees
#
# The *receptive field* of a layer is the side of the square of input pixels that one of its numbers depends on. A convolution of
# 3 x 3 sees 3 pixels. A second one sees 5: one more on each side. After a pooling by 2, neighbours are 2 input pixels
# apart, so each further convolution adds 4.
#
# In general, go through the layers with two numbers, both 1 at the start: the field $f$ and the jump $j$, the distance of
# neighbours in input pixels. A layer of size $k$ and stride $s$ makes $f \leftarrow f + (k - 1) j$ and *then*
# $j \leftarrow j s$.
#
# ### Exercise 8.4: the receptive field
#
# Write `receptive_field(steps)`. `steps` is a list of pairs (size, stride), such as `[(3, 1), (3, 1), (2, 2)]` for two
# convolutions and a pooling.


# %% tags=["exercise", "8.4"]
def receptive_field(steps):
    """Return the side of the square of input pixels that one number depends on after all steps."""
    ### BEGIN SOLUTION
    field, jump = 1, 1
    for size, stride in steps:
        field += (size - 1) * jump
        jump *= stride
    return field
    ### END SOLUTION


# %% tags=["check"]
check("8.4")

# %%
level = [(3, 1), (3, 1)]
for name, steps in (
    ("two convolutions", level),
    ("four convolutions", 2 * level),
    ("down to the bottom of the U", [*level, (2, 2), *level, (2, 2), *level]),
):
    print(f"{name}: {receptive_field(steps)} pixels")

# %% [markdown]
# The bottom could see 32 pixels, more than the whole digit. Two convolutions see 5 x 5 pixels. In such a piece, a vertical
# stroke may belong to a one, a four or a seven.
#
# ## Train it
#
# Each pixel is a row of its own for the loss. Nothing else is new.


# %%
def train(model, epochs):
    """Train a model on painted digits and return the classes that it predicts for the test digits."""
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy")
    model.fit(x_train, y_train, epochs=epochs, batch_size=32, verbose=0)
    return model.predict(x_test, verbose=0).argmax(axis=-1)


epochs = pick(full=20, fast=0)
painted = {"truth": y_test, "U-Net": train(network, epochs)}
done = ink_accuracy(y_test, y_test) is not None
if done:
    figure("8.unet_class", ink_accuracy(y_test, painted["U-Net"]))
    figure("8.unet_place", place_accuracy(y_test, painted["U-Net"]))

# %% [markdown]
# ## Take parts away
#
# What is a part good for? Take it away, train again, and compare. Two trials:
#
# **No skips.** The same U, but each `Concatenate` is replaced by a layer that hands on only what comes from below.
#
# **No way down.** Two convolutions at full size with 50 filters each, so that the number of parameters is of the same
# order. All pixels stay where they are, but nothing sees further than 5 x 5.


# %%
def without_skips(layer):
    """Return a copy of a layer; of a Concatenate, a layer that hands on its second input only."""
    if isinstance(layer, layers.Concatenate):
        return layers.Lambda(lambda both: both[1])
    return type(layer).from_config(layer.get_config())


keras.utils.set_random_seed(0)
no_skips = keras.models.clone_model(network, clone_function=without_skips)
flat = keras.Sequential(
    [
        keras.Input((8, 8)),
        layers.Rescaling(1 / 16),
        layers.Reshape((8, 8, 1)),
        layers.Conv2D(50, 3, padding="same", activation="relu"),
        layers.Conv2D(50, 3, padding="same", activation="relu"),
        layers.Conv2D(11, 1, activation="softmax"),
    ]
)
painted |= {"no skips": train(no_skips, epochs), "no way down": train(flat, epochs)}
for name, model in (("U-Net", network), ("no skips", no_skips), ("no way down", flat)):
    print(f"{name}: {model.count_params():,} parameters")

# %%
if done:
    figure("8.no_skips_class", ink_accuracy(y_test, painted["no skips"]))
    figure("8.no_skips_place", place_accuracy(y_test, painted["no skips"]))
    figure("8.flat_class", ink_accuracy(y_test, painted["no way down"]))
    figure("8.flat_place", place_accuracy(y_test, painted["no way down"]))
draw_painted(painted)

# %% [markdown]
# Look at the errors, as they differ. Without skips, most digits have *one* colour, but their outlines are blurred: the
# network knows what, and not exactly where. Without the way down, the outline is right almost everywhere, and the colours are a
# patchwork: it knows where, and not what.
#
# You can also see it by a touch. Change one pixel of an image and look where the answers change at all. (We compare
# logarithms of the probabilities, which show small changes, too.)

# %%
touched = x_test[:1].copy()
touched[0, 3, 3] = 16 - touched[0, 3, 3]
drawing, panels = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
for panel, (name, model) in zip(panels, {"U-Net": network, "no way down": flat}.items()):
    before, after = (np.log(model.predict(rows, verbose=0)[0] + 1e-37) for rows in (x_test[:1], touched))
    panel.imshow(np.abs(after - before).max(axis=-1) > 1e-3, cmap="gray_r", vmin=0, vmax=1)
    panel.set(title=f"{name}: changed answers", xlabel="column", ylabel="row")
plt.show()

# %% [markdown]
# The pixel at row 3, column 3 was changed; black is where the answer changed. Two convolutions of 3 x 3 carry it at most two
# pixels far, a square of 5 x 5. The U-Net carries it through its bottom, to pixels at the other end of the image.
#
# ## A skip of your own
#
# `keras.Sequential` is a list: each layer takes what the one before gives. A skip has no place in a list. The *functional
# API* writes a network as code: a layer is called with a tensor and returns a tensor, which may be used several times.
#
# ```python
# inputs = keras.Input((64,))
# hidden = layers.Dense(10, activation="relu")(inputs)
# both = layers.Concatenate()([inputs, hidden])      # inputs is used twice
# model = keras.Model(inputs, layers.Dense(1)(both))
# ```
#
# ### Exercise 8.5: a small U
#
# Build `small` from `inputs` with one skip: `fine`, a convolution at 8 x 8; from it, pooled by 4, a convolution at 2 x 2; back
# to 8 x 8 with `UpSampling2D(4)`; `fine` and that side by side; and per pixel a softmax over the 11 classes. You need not
# train it.

# %% tags=["exercise", "8.5"]
keras.utils.set_random_seed(0)
inputs = keras.Input((8, 8))
scaled = layers.Reshape((8, 8, 1))(layers.Rescaling(1 / 16)(inputs))
small = None
### BEGIN SOLUTION
fine = layers.Conv2D(8, 3, padding="same", activation="relu")(scaled)
coarse = layers.Conv2D(32, 3, padding="same", activation="relu")(layers.MaxPooling2D(4)(fine))
joined = layers.Concatenate()([fine, layers.UpSampling2D(4)(coarse)])
small = keras.Model(inputs, layers.Conv2D(11, 1, activation="softmax")(joined))
### END SOLUTION

# %% tags=["check"]
check("8.5")

# %%
if small is not None:
    show(plots.draw_diagram, insides.graph(small)[0], f"A small U: {small.count_params():,} parameters")
    predicted = train(small, pick(full=20, fast=1))
    if done:
        print(f"small U: class {ink_accuracy(y_test, predicted):.2f}, place {place_accuracy(y_test, predicted):.2f}")

# %% [markdown]
# ## One honest comparison
#
# The task could also be done in two steps, without a U: a limit of 8 finds the ink without error, and a plain linear
# classifier names the digit of the whole image. Then all ink gets that digit's class.

# %%
classifier = LinearDiscriminantAnalysis().fit(x_train.reshape(-1, 64) / 16, digits.y_train)
two_steps = paint(x_test, classifier.predict(x_test.reshape(-1, 64) / 16))
if done:
    figure("8.two_steps", ink_accuracy(y_test, two_steps))

# %% [markdown] tags=["slide", "hidden"]
# ## A U-Net
#
# - down: smaller images, more channels; from where to what
# - bottom: sees everything, knows no exact place
# - up: back to full size
# - skips: bring back where things were

# %% [markdown] tags=["slide", "hidden"]
# ## Take a part away, and see what it was for
#
# - whole: class {fig:unet_class}, place {fig:unet_place}
# - no skips: class {fig:no_skips_class}, place {fig:no_skips_place}: outlines are lost
# - no way down: class {fig:flat_class}, place {fig:flat_place}: meaning is lost

# %% [markdown] tags=["slide", "hidden"]
# ## Sequential or functional
#
# - a list of layers: `keras.Sequential`
# - a tensor that is used twice: the functional API
# - receptive field: $f \leftarrow f + (k-1) j$, then $j \leftarrow j s$

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** Why concatenate, and not add? What would change in the number of parameters?
#
# *Sample answer:* Adding needs the same number of channels on both sides, and mixes them for good. Side by side, the next
# convolution learns what to take from where; it has twice the inputs for that. ResNets add.
#
# **Discuss:** The network without skips has fewer parameters (2,880 fewer). Is the comparison fair?
#
# *Sample answer:* Nearly: it is a tenth. Who doubts it gives it more filters and looks again: what pooling dropped stays
# dropped. One training each is also little; with three seeds the order was always the same.
#
# **Discuss:** Somebody reports 99.9 % for a segmenter. What do you ask?
#
# *Sample answer:* Of all pixels, or of those that matter? What does "background everywhere" get? And on which images?

# %% [markdown]
# ## What the result means
#
# | network | class, of ink pixels | place, of all pixels |
# |---|---|---|
# | paper everywhere | 0 | {fig:background} |
# | U-Net | {fig:unet_class} | {fig:unet_place} |
# | U-Net without skips | {fig:no_skips_class} | {fig:no_skips_place} |
# | two convolutions, no way down | {fig:flat_class} | {fig:flat_place} |
# | two steps: a limit, then a linear classifier | {fig:two_steps} | 1 |
#
# The way down finds out what, the skips keep where, and the U-Net is the one of the three networks that has both. The
# last row is the honest one: with *one* thing per image, and ink that a limit finds, two simple steps are better. A U-Net pays
# where an image holds several things, and where no limit separates them from the rest: cells, roads, organs.
#
# To read a network that you do not know: draw it, follow the shapes, count the parameters per part, compute how far it sees, and
# take one part away at a time.
#
# ## Going further
#
# - Put two digits into one image of 8 x 16. Which of the networks above can still do it, and which step of the two fails?
# - Use `show(plots.draw_feature_maps, x_test[0], insides.feature_maps(network, x_test[0])[1])` on several layers.
# - Replace the `Concatenate` of `small` by `layers.Add()`. What has to change?
# - Build the zoo's U-Net with `depth=1` and `depth=3`. What do eight pixels have to do with the largest depth?
