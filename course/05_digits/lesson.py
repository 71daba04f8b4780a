# ---
# jupyter:
#   lesson:
#     title: Digits
#     about: images, one-hot and softmax, a dense network, convolution and pooling by hand, a small CNN, feeding batches
#     reading: 30
#     exercises: 65
#     data: [mnist]
#     figures:
#       commonest: {value: 0.117, within: 0.02, format: ".2f", full: true}
#       mlp: {value: 0.95, within: 0.015, format: ".2f", full: true}
#       mlp_shifted: {value: 0.91, within: 0.02, format: ".2f", full: true}
#       mlp_shifted_2: {value: 0.72, within: 0.04, format: ".2f", full: true}
#       cnn: {value: 0.96, within: 0.015, format: ".2f", full: true}
#       cnn_shifted: {value: 0.95, within: 0.02, format: ".2f", full: true}
#       cnn_shifted_2: {value: 0.87, within: 0.04, format: ".2f", full: true}
#       mlp_taught: {value: 0.945, within: 0.02, format: ".2f", full: true}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 5. Digits
#
# **What you will do.** You teach a network to read handwritten digits. First one of dense layers only. It reads well, until
# somebody writes two pixels further to the right. Then you write convolution and pooling by hand, compare with Keras, and build a
# network from them: with a twentieth of the numbers it reads better. In the end you feed a network batch by batch.
#
# **Time.** 30 minutes of reading, 65 of exercises. **The figure to reach:** an accuracy of {fig:cnn} on test images, and
# {fig:cnn_shifted_2} on the same images moved by two pixels, where the dense network falls to {fig:mlp_shifted_2}.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np

from sparkeras import insides, plots
from sparkeras.course import check, figure, load, pick, show

plt.style.use("tableau-colorblind10")
keras.utils.set_random_seed(0)

# %% [markdown]
# ## Look at the data first
#
# MNIST holds 70,000 digits that several hundred people wrote, as images of 28 x 28 pixels from 0 (paper) to 255 (ink). 60,000 are for training
# and 10,000 for the test. So that this lesson takes minutes and not hours, it learns from 20,000 and tests with 2,000.

# %%
mnist = load("mnist")
rows, test_rows = pick(full=(20_000, 2_000), fast=(960, 300))
x_train, y_train = mnist.x_train[:rows], mnist.y_train[:rows]
x_test, y_test = mnist.x_test[:test_rows], mnist.y_test[:test_rows]
print(x_train.shape, x_train.dtype, "from", x_train.min(), "to", x_train.max(), "labels:", y_train[:8])

# %%
some = np.concatenate([np.flatnonzero(y_train == digit)[:4] for digit in range(10)])
show(plots.draw_images, x_train[some], y_train[some], title="Four of each digit")

# %% [markdown]
# Before any network: what does a machine get that always says the commonest digit?

# %%
commonest = np.bincount(y_train).argmax()
print("The commonest digit is", commonest)
figure("5.commonest", np.mean(y_test == commonest))

# %% [markdown]
# ## A label is no amount
#
# A 9 is not "more" than a 4, and a mistake of 1 is not better than one of 5. So the network does not say a number from 0 to 9. It has ten
# outputs, one for each digit, and a softmax makes ten probabilities of them (you wrote one in lesson 1). The label takes the same form: ten numbers, a
# one at the true digit and zeros elsewhere, *one-hot*.
#
# The loss is the *cross-entropy*, $-\log$ of the probability that the network gave to the true digit: 0 if it was sure and right, very large if it was
# sure and wrong.
#
# ### Exercise 5.1: one-hot
#
# Write `one_hot(labels, classes)` without Keras. It returns an array (labels, classes).


# %% tags=["exercise", "5.1"]
def one_hot(labels, classes=10):
    """Return a row for each label: 1 at its place, 0 elsewhere."""
    ### BEGIN SOLUTION
    return np.eye(classes)[labels]
    ### END SOLUTION


# %% tags=["check"]
check("5.1")

# %% [markdown]
# Keras makes it easier: the loss `sparse_categorical_crossentropy` takes the numbers 0 to 9 and does this itself. With one-hot labels the loss is called
# `categorical_crossentropy`. Both say the same.
#
# ## A dense network
#
# `Flatten` puts the 28 lines of an image one after the other: 784 numbers. From there on the network does not know which pixels lay
# side by side.
#
# ### Exercise 5.2: dense
#
# Build `mlp` ("multi-layer perceptron"). It takes images (28, 28) as they are, multiplies them by 1/255, flattens them, has a hidden layer of 128 ReLU units, and
# ends in ten probabilities. Compile it with Adam, the right loss and `metrics=["accuracy"]`, and train it for `epochs` epochs with batches of 64.

# %% tags=["exercise", "5.2"]
epochs = pick(full=5, fast=3)
keras.utils.set_random_seed(0)
mlp = None
### BEGIN SOLUTION
mlp = keras.Sequential(
    [
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
mlp.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
mlp.fit(x_train, y_train, epochs=epochs, batch_size=64, verbose=0)
### END SOLUTION

# %% tags=["check"]
check("5.2")


# %%
def accuracy(network, x, y):
    """Return the share of images that a network reads rightly."""
    return np.mean(network.predict(x, batch_size=100, verbose=0).argmax(axis=1) == y)


def moved(x, pixels):
    """Return images moved to the right; paper comes in from the left."""
    out = np.zeros_like(x)
    out[:, :, pixels:] = x[:, :, : x.shape[2] - pixels]
    return out


if mlp is not None:
    figure("5.mlp", accuracy(mlp, x_test, y_test))
    figure("5.mlp_shifted", accuracy(mlp, moved(x_test, 1), y_test))
    figure("5.mlp_shifted_2", accuracy(mlp, moved(x_test, 2), y_test))
show(plots.draw_images, [*x_test[:5], *moved(x_test[:5], 2)], [*y_test[:5]] * 2, title="Below: moved by two pixels")

# %% [markdown]
# It reads {fig:mlp} of the test images, {fig:mlp_shifted} if they are moved by one pixel, and {fig:mlp_shifted_2} if they are moved by two. You hardly see the
# difference. The network has learned a weight for *this* pixel in *this* place. Two pixels further, other weights meet the
# same stroke, and nobody ever taught them what it means.
#
# ## Convolution
#
# So: take few weights, and use them everywhere. A *kernel* is a small table of weights, say 3 x 3. It is laid upon the image, number is multiplied by number, and all
# nine products are added up. That is one pixel of the result. Then the kernel moves on by one pixel. The result is large where the
# image looks like the kernel.
#
# On an image of 28 x 28 there are 26 x 26 places for a kernel of 3 x 3.
#
# ### Exercise 5.3: convolution by hand
#
# Write `convolve(image, kernel)` for two tables. The kernel is not turned around. (Mathematicians turn it and call yours
# "correlation". Keras, and everybody in this trade, does it as described.)


# %% tags=["exercise", "5.3"]
def convolve(image, kernel):
    """Return the sum of products at every place where the kernel lies wholly on the image."""
    ### BEGIN SOLUTION
    height, width = kernel.shape
    tall, wide = image.shape[0] - height + 1, image.shape[1] - width + 1
    result = np.zeros((tall, wide))
    for i in range(height):
        for j in range(width):
            result += kernel[i, j] * image[i : i + tall, j : j + wide]
    return result
    ### END SOLUTION


# %% tags=["check"]
check("5.3")

# %% [markdown]
# Two kernels on a seven. The first answers where it gets brighter from left to right, the second where it gets brighter from top to
# bottom; a ReLU has cut off the rest.

# %%
upright = np.array([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]])
lying = upright.T
image = x_test[0] / 255
if convolve(image, upright) is not None:
    maps = np.stack([convolve(image, upright), convolve(image, lying)], axis=-1)
    show(plots.draw_feature_maps, image, np.maximum(0, maps), name="two kernels")
    layer = keras.layers.Conv2D(2, 3, use_bias=False)
    layer.build((None, 28, 28, 1))
    layer.set_weights([np.stack([upright, lying], axis=-1)[:, :, None, :]])
    theirs = np.asarray(layer(image[None, :, :, None]))[0]
    print("Largest difference from Keras' Conv2D:", np.abs(theirs - maps).max())

# %% [markdown]
# Nobody has to invent such kernels. They are weights, and training finds them. A layer `Conv2D(8, 3)` has eight kernels of 3 x 3, each
# with a bias: 80 numbers for one channel of input, however large the image is. On eight channels of input, each kernel has 3 x 3 x 8 weights.
#
# ## Pooling
#
# Where exactly a stroke lies does not matter much for what the digit is. *Max pooling* takes the largest of each 2 x 2 pixels. The image gets smaller by half, and
# a stroke that moves by one pixel often stays in the same square. If a side is odd, the last line is left out, as Keras does.
#
# ### Exercise 5.4: pooling by hand
#
# Write `max_pool(image)` for a table of any height and width.


# %% tags=["exercise", "5.4"]
def max_pool(image):
    """Return the largest of each 2 x 2 pixels, (height // 2, width // 2)."""
    ### BEGIN SOLUTION
    tall, wide = image.shape[0] // 2, image.shape[1] // 2
    squares = image[: 2 * tall, : 2 * wide].reshape(tall, 2, wide, 2)
    return squares.max(axis=(1, 3))
    ### END SOLUTION


# %% tags=["check"]
check("5.4")

# %% [markdown]
# ## A network of convolutions
#
# ### Exercise 5.5: small, and better
#
# Build `cnn` with **fewer than 10,000 parameters** (the dense network has 101,770). It takes images (28, 28, 1): the one channel is grey. Scale by 1/255, then convolution with
# ReLU and max pooling, twice, then `Flatten` and the ten probabilities. You choose how many kernels. Train it as before, on `x_train[..., None]`, which adds the
# channel.

# %% tags=["exercise", "5.5"]
keras.utils.set_random_seed(0)
cnn = None
### BEGIN SOLUTION
cnn = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
cnn.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
cnn.fit(x_train[..., None], y_train, epochs=epochs, batch_size=64, verbose=0)
### END SOLUTION

# %% tags=["check"]
check("5.5")

# %%
if cnn is not None:
    figure("5.cnn", accuracy(cnn, x_test[..., None], y_test))
    figure("5.cnn_shifted", accuracy(cnn, moved(x_test, 1)[..., None], y_test))
    figure("5.cnn_shifted_2", accuracy(cnn, moved(x_test, 2)[..., None], y_test))
    _, kernel = insides.first_filters(cnn)
    show(plots.draw_filters, kernel, "the first convolution")
    show(
        plots.draw_feature_maps, x_test[0], insides.feature_maps(cnn, x_test[0][..., None])[1], "the first convolution"
    )

# %% [markdown]
# {fig:cnn}, and {fig:cnn_shifted} and {fig:cnn_shifted_2} for images moved by one and by two pixels. It is not blind to a shift: the last layer still knows places. But
# it loses far less, with {fig:cnn} from a twentieth of the numbers.
#
# These are some of its mistakes.

# %%
if cnn is not None:
    predicted = cnn.predict(x_test[..., None], batch_size=100, verbose=0)
    wrong = np.flatnonzero(predicted.argmax(axis=1) != y_test)[:10]
    captions = [f"label {y_test[i]}, predicted {predicted[i].argmax()} ({predicted[i].max():.2f})" for i in wrong]
    show(plots.draw_mistakes, x_test[wrong], captions, title="Mistakes, and how sure it was")

# %% [markdown]
# ## Feeding batches
#
# So far all images lay in memory. A folder of photos does not fit. Keras then takes a *data set* that hands out batches: `len(batches)` says how many an epoch
# has, and `batches[i]` gives the images and labels of batch `i`.
#
# Count well. 1,050 images in batches of 100 are *eleven* batches, the last one of 50. A well-known course set the number of steps to the number of images divided by 500, at
# a batch size of 32. Its network saw 3,840 of 60,000 images per epoch, and nobody noticed.
#
# ### Exercise 5.6: all rows, once
#
# Complete `Batches`: `__len__` returns the number of batches, `__getitem__` the pair of images and labels of batch `index`.


# %% tags=["exercise", "5.6"]
class Batches(keras.utils.PyDataset):
    """Images and labels, batch by batch."""

    def __init__(self, x, y, batch_size=64):
        super().__init__()
        self.x, self.y, self.batch_size = x, y, batch_size

    ### BEGIN SOLUTION
    def __len__(self):
        """Return the number of batches; the last one may be smaller."""
        return -(-len(self.x) // self.batch_size)

    def __getitem__(self, index):
        """Return images and labels of batch ``index``."""
        start = index * self.batch_size
        return self.x[start : start + self.batch_size], self.y[start : start + self.batch_size]

    ### END SOLUTION


# %% tags=["check"]
check("5.6")

# %% [markdown]
# What is handed out may be made on the way. Here each batch is moved by up to two pixels to the left or right, another way each time. The dense network trains on for
# some epochs, and learns what the convolutional one has built in.


# %%
class MovedBatches(Batches):
    """The same batches, moved by chance."""

    def __getitem__(self, index):
        """Return batch ``index``, moved by up to two pixels."""
        x, y = super().__getitem__(index)
        pixels = np.random.default_rng().integers(-2, 3)
        return (moved(x, pixels) if pixels >= 0 else moved(x[:, :, ::-1], -pixels)[:, :, ::-1]), y


if mlp is not None and "__len__" in vars(Batches):
    mlp.fit(MovedBatches(x_train, y_train), epochs=epochs, verbose=0)
    figure("5.mlp_taught", accuracy(mlp, moved(x_test, 2), y_test))

# %% [markdown] tags=["slide", "hidden"]
# ## Moved by two pixels
#
# | | test images | moved by 1 | moved by 2 |
# |---|---|---|---|
# | dense, 101,770 numbers | {fig:mlp} | {fig:mlp_shifted} | {fig:mlp_shifted_2} |
# | convolutions, 5,258 numbers | {fig:cnn} | {fig:cnn_shifted} | {fig:cnn_shifted_2} |

# %% [markdown] tags=["slide", "hidden"]
# ## Convolution and pooling
#
# - a kernel: few weights, used everywhere; the result is large where the image looks like it
# - pooling: the largest of 2 x 2; where exactly does not matter
# - parameters of Conv2D: (height x width x channels in + 1) x kernels

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** Would a convolutional network read tables of numbers better too, such as the wines of lesson 3?
#
# *Sample answer:* No. It takes neighbours for related. Columns of a table have no neighbours: put them into another order, and nothing is lost.
#
# **Discuss:** If every batch is moved by chance, does an epoch still show the network all images?
#
# *Sample answer:* Each of them once, but never the same way. That is why it helps: it makes new images of old ones.
#
# **Discuss:** A network with about 100 parameters is asked for. Can it be done with Flatten and Dense?
#
# *Sample answer:* One hidden unit alone has 785. But pooling to 3 x 3 pixels first leaves 9 numbers; 9 x 10 + 10 are 100. It will read badly.

# %% [markdown]
# ## What the result means
#
# Always saying the commonest digit gets {fig:commonest}. A dense network with 101,770 numbers gets {fig:mlp}, a convolutional one with 5,258 gets {fig:cnn}. The
# greater difference shows where the world is not like the training images: moved by two pixels, {fig:mlp_shifted_2} against {fig:cnn_shifted_2}. The second network was
# built with something that we know of images: that a stroke is a stroke, wherever it lies. The first one can learn it too, from moved images: then it
# reads {fig:mlp_taught} of the moved ones, more than the second one that never saw any. What you know of your data belongs into the network, or into
# the batches, or, as the next lesson shows, into both.
#
# ## Going further
#
# - Move the images down instead of to the right. Move them by three pixels. Where does the CNN give up?
# - Build a network of convolutions only, with `GlobalAveragePooling2D` instead of `Flatten`. How does it take a shift?
# - Load `digits` instead, 8 x 8 pixels, and move by one. Why does it hurt so much more?
