"""Lesson 5: digits: labels, two networks, convolution and pooling by hand, and batches.

Runs on: driver.
"""

import numpy as np

from sparkeras.course import networks
from sparkeras.course.exercise import exercise, right, wrong
from sparkeras.course.in_lessons import pick


@exercise(
    "5.1",
    "One-hot",
    baseline="the numbers 0 to 9, which say that 9 is nine times 1.",
    hints=(
        "np.eye(3) is a table with ones on its diagonal. What is np.eye(3)[[2, 0]]?",
        "np.eye(classes)[labels], or compare: labels[:, None] == np.arange(classes).",
    ),
)
def one_hot_labels(one_hot):
    """Judge one-hot labels."""
    labels = np.array([3, 0, 1])
    result, expected = one_hot(labels, 5), np.eye(5)[labels]
    if result is None:
        return wrong("It returns nothing.", one_hot_labels.hints[0])
    if np.shape(result) == (5, 3):
        return wrong("It has the shape (5, 3).", "Each label should be a row; you have them as columns.")
    if np.shape(result) == (3, 4):
        return wrong(
            "For 5 classes it has 4 columns.", "A class that did not occur among these labels needs a column, too."
        )
    if np.shape(result) != (3, 5):
        return wrong(f"For 3 labels of 5 classes it has the shape {np.shape(result)}.", one_hot_labels.hints[0])
    if np.array_equal(np.asarray(result).astype(float), expected):
        return right("Ten outputs, ten targets, and no digit counts more than another.")
    if np.array_equal(np.asarray(result).astype(float), np.eye(5)[labels - 1]):
        return wrong("Each 1 is one place too far left.", "Classes are counted from 0.")
    return wrong(f"Label 3 becomes {np.asarray(result)[0].tolist()}.", one_hot_labels.hints[1])


@exercise(
    "5.2",
    "Dense",
    baseline="always predicting the commonest digit: 0.12.",
    hints=(
        "keras.Input((28, 28)), Rescaling, Flatten, Dense, Dense; then compile and fit.",
        'The last layer: Dense(10, activation="softmax"). The loss: "sparse_categorical_crossentropy".',
    ),
)
def dense(mlp, x_test, y_test):
    """Judge a dense network of images."""
    shape = tuple(mlp.output_shape[1:])
    if shape == (28, 10):
        return wrong(
            "For one image it returns 28 rows of ten numbers.",
            "Dense works on each line of the image separately: put Flatten before it.",
        )
    if shape != (10,):
        return wrong(
            f"For one image it returns the shape {shape}.", "A digit is one of ten: ten outputs, with softmax."
        )
    predicted = np.asarray(mlp(x_test[:300].astype("float32")))
    if not np.allclose(predicted.sum(axis=1), 1, atol=1e-3):
        return wrong("Its ten outputs are not probabilities.", dense.hints[1])
    if not networks.scales(mlp):
        return wrong("It does not scale the pixels, which go up to 255.", "First layer: Rescaling(1 / 255).")
    if not networks.all_bend(mlp, "Dense"):
        return wrong(
            "The hidden layer has no activation.",
            "Without one, two layers compute no more than one (lesson 1): use ReLU.",
        )
    if mlp.count_params() != 784 * 128 + 128 + 128 * 10 + 10:
        return wrong(f"It has {mlp.count_params():,} parameters, not 101,770.", "One hidden layer of 128 units.")
    if "SparseCategoricalCrossentropy" not in networks.name_of(mlp.loss):
        return wrong(
            f"Its loss is {networks.name_of(mlp.loss)}.", "Labels are numbers: sparse_categorical_crossentropy."
        )
    return _reads(mlp, predicted, y_test, "mlp.fit(x_train, y_train, ...)")


def _reads(network, predicted, y_test, call):
    """Judge a network's predictions for the first test images; in fast mode it had few images to learn from."""
    share = float(np.mean(predicted.argmax(axis=1) == y_test[: len(predicted)]))
    if share < pick(full=0.9, fast=0.5):
        return wrong(
            f"It reads {share:.0%} of the test images.",
            f"Was it trained for all epochs, and are pixels scaled only once? {call}",
        )
    return right(
        f"With {network.count_params():,} parameters it reads {share:.0%} of the first {len(predicted)} test images."
    )


@exercise(
    "5.3",
    "Convolution by hand",
    baseline="Keras' Conv2D, to rounding.",
    hints=(
        "How many places are there? height - kernel height + 1. Each one: (patch * kernel).sum().",
        "Two loops over places, or two over the kernel: result += kernel[i, j] * image[i : i + tall, j : j + wide].",
    ),
)
def convolution(convolve):
    """Judge a convolution written by hand."""
    rng = np.random.default_rng(1)
    image, kernel = rng.normal(size=(6, 8)), rng.normal(size=(3, 2))
    try:
        result, expected = convolve(image, kernel), convolved(image, kernel)
    except (ValueError, IndexError) as error:
        return wrong(
            f"With a kernel of 3 x 2 it raises an error: {error}", "A kernel can have any size: use kernel.shape."
        )
    if result is None:
        return wrong("It returns nothing.", convolution.hints[0])
    shape = np.shape(result)
    if shape == image.shape:
        return wrong(
            "The result is as large as the image.", "Count only places where the whole kernel lies on the image."
        )
    if shape == (3, 6):
        return wrong(
            "The result is one line and one column too small.", "A kernel as large as the image fits at one place."
        )
    if shape != expected.shape:
        return wrong(
            f"6 x 8 pixels and a kernel of 3 x 2 give {shape}; expected {expected.shape}.", convolution.hints[0]
        )
    whole = np.arange(48).reshape(6, 8)
    if np.allclose(result, expected) and not np.allclose(convolve(whole, kernel), convolved(whole, kernel)):
        return wrong(
            "For an image of whole numbers the result is rounded to whole numbers.",
            "np.zeros((tall, wide)), not zeros_like.",
        )
    if np.allclose(result, expected):
        return right("The same kernel at every place. Keras computes the same, for many kernels at once.")
    if np.allclose(result, convolved(image, kernel[::-1, ::-1])):
        return wrong("Your kernel is turned around.", "kernel[0, 0] meets the upper left pixel of the patch.")
    if np.allclose(result, image[:4, :7] * kernel[0, 0]):
        return wrong(
            "Each pixel of your result is one product.", "All products of a patch are added up: (patch * kernel).sum()."
        )
    return wrong("The numbers differ from the expected ones.", convolution.hints[1])


@exercise(
    "5.4",
    "Pooling by hand",
    baseline="Keras' MaxPooling2D, exactly.",
    hints=(
        "Leave out an odd last line and column. How can each square of 2 x 2 pixels get axes of its own?",
        "image[: 2 * tall, : 2 * wide].reshape(tall, 2, wide, 2) has each square in axes 1 and 3.",
        "squares.max(axis=(1, 3))",
    ),
)
def pooling(max_pool):
    """Judge a max pooling written by hand."""
    image = np.random.default_rng(2).permutation(35).reshape(5, 7) - 20.0
    squares = image[:4, :6].reshape(2, 2, 3, 2)
    result = max_pool(image.copy())
    if result is None:
        return wrong("It returns nothing.", pooling.hints[0])
    if np.shape(result) == (3, 4):
        return wrong("5 x 7 pixels give 3 x 4.", "An odd last line is left out: (height // 2, width // 2).")
    if np.shape(result) != (2, 3):
        hint = "Which axes hold a square? 1 and 3." if np.shape(result) == (2, 2) else pooling.hints[1]
        return wrong(f"5 x 7 pixels give the shape {np.shape(result)}; expected (2, 3).", hint)
    if np.array_equal(result, squares.max(axis=(1, 3))):
        return right("A quarter of the pixels is left, the largest ones among them.")
    if np.allclose(result, squares.mean(axis=(1, 3))):
        return wrong("That is the mean of each square.", "Take the largest one.")
    if np.array_equal(result, squares[:, 0, :, 0]):
        return wrong("That is the upper left pixel of each square.", "Take the largest of all four.")
    windows = np.lib.stride_tricks.sliding_window_view(image, (2, 2)).max(axis=(2, 3))
    if np.array_equal(result, windows[:2, :3]):
        return wrong("Your squares overlap.", "The next one begins two pixels further: image[2 * i : 2 * i + 2, ...].")
    row, column = np.argwhere(np.asarray(result) != squares.max(axis=(1, 3)))[0]
    held = squares[row, :, column].ravel().tolist()
    return wrong(f"Square ({row}, {column}) holds {held}, your result {result[row][column]}.", pooling.hints[2])


@exercise(
    "5.5",
    "Small, and better",
    baseline="101,770 parameters of the dense network.",
    hints=(
        "Conv2D(8, 3) and Conv2D(16, 3), each with ReLU and MaxPooling2D() after it, then Flatten and Dense(10).",
        "After both poolings 5 x 5 x 16 = 400 numbers are left: 401 x 10 parameters of the last layer.",
    ),
)
def small_and_better(cnn, x_test, y_test):
    """Judge a small convolutional network."""
    kinds = networks.kinds(cnn)
    if kinds.count("Conv2D") + kinds.count("SeparableConv2D") < 2:
        return wrong("It has fewer than two convolutions.", "A dense layer does not know which pixels are neighbours.")
    if not networks.all_bend(cnn):
        return wrong("A convolution has no activation.", "Without one it only weighs and adds: use ReLU (lesson 1).")
    if cnn.count_params() >= 10_000:
        return wrong(f"It has {cnn.count_params():,} parameters.", "cnn.summary() shows which layer has too many.")
    if tuple(cnn.output_shape[1:]) != (10,):
        return wrong(f"For one image it returns the shape {tuple(cnn.output_shape[1:])}.", "Ten outputs, with softmax.")
    if not networks.scales(cnn):
        return wrong("It does not scale the pixels, which go up to 255.", "First layer: Rescaling(1 / 255).")
    predicted = cnn.predict(x_test[:300, :, :, None], batch_size=100, verbose=0)
    return _reads(cnn, predicted, y_test, "cnn.fit(x_train[..., None], y_train, ...)")


@exercise(
    "5.6",
    "All rows, once",
    baseline="a course whose network saw 3,840 of 60,000 images per epoch.",
    hints=(
        "The number of batches is rows / batch_size, rounded up. Batch `index` begins at index * batch_size.",
        "-(-len(self.x) // self.batch_size) rounds up. self.x[start : start + self.batch_size] may be shorter.",
    ),
)
def all_rows_once(Batches):
    """Judge a data set of batches."""
    x, y = np.arange(105).reshape(105, 1), np.arange(105)
    batches = Batches(x, y, 20)
    count = len(batches)
    if count == 5:
        return wrong(
            "For 105 images in batches of 20 it counts 5 batches.", "The last 5 images are lost: round up to 6."
        )
    if count != 6:
        return wrong(
            f"For 105 images in batches of 20 it counts {count} batches.",
            "The batch size has to be part of the formula.",
        )
    if len(Batches(x[:100], y[:100], 20)) != 5:
        return wrong(
            "For 100 images in batches of 20 it counts 6 batches.", "The last one is empty: -(-n // size) rounds up."
        )
    pairs = [batches[i] for i in range(count)]
    if any(len(rows) != len(labels) for rows, labels in pairs):
        return wrong("A batch does not have as many labels as images.", "Cut y at the same places as x.")
    seen = np.concatenate([np.ravel(rows) for rows, _ in pairs])
    if not np.array_equal(seen, np.concatenate([labels for _, labels in pairs])):
        return wrong("Images and labels of a batch do not belong together.", "Cut y at the same places as x.")
    if len(set(seen.tolist())) < 105:
        return wrong("Some images come again and again, others never.", all_rows_once.hints[0])
    return right("Six batches, each image once. Training takes the batches in another order each epoch.")


def convolved(image, kernel):
    """Return the sum of products at every place of the kernel on the image."""
    patches = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijkl,kl->ij", patches, kernel)
