"""Wrong answers that learners give in lesson 5."""

from sparkeras.course.exercise import Mistake

PADDED = (
    "height, width = kernel.shape\n"
    "wide = np.pad(image, ((0, height - 1), (0, width - 1)))\n"
    "return np.array([[(wide[i : i + height, j : j + width] * kernel).sum() for j in range(image.shape[1])]"
    " for i in range(image.shape[0])])"
)


def dense(
    scale="keras.layers.Rescaling(1 / 255), ",
    flat="keras.layers.Flatten(), ",
    hidden='128, activation="relu"',
    last='10, activation="softmax"',
    loss="sparse_categorical_crossentropy",
):
    """Return an answer to 5.2 with other layers, not trained."""
    layers = f"{scale}{flat}keras.layers.Dense({hidden}), keras.layers.Dense({last})"
    return f'mlp = keras.Sequential([keras.Input((28, 28)), {layers}])\nmlp.compile("adam", "{loss}")'


def convolution(kernel, more=1, add="(patch * kernel).sum()"):
    """Return an answer to 5.3 with another kernel, number of places, or sum."""
    return (
        f"kernel = {kernel}\n"
        "height, width = kernel.shape\n"
        f"tall, wide = image.shape[0] - height + {more}, image.shape[1] - width + {more}\n"
        "result = np.zeros((tall, wide))\n"
        "for i in range(tall):\n"
        "    for j in range(wide):\n"
        "        patch = image[i : i + height, j : j + width]\n"
        f"        result[i, j] = {add}\n"
        "return result"
    )


def pool(formula):
    """Return an answer to 5.4 by a formula of the squares, (tall, 2, wide, 2)."""
    return (
        "tall, wide = image.shape[0] // 2, image.shape[1] // 2\n"
        "squares = image[: 2 * tall, : 2 * wide].reshape(tall, 2, wide, 2)\n"
        f"return {formula}"
    )


def convolutional(bend='"relu"', pooling="keras.layers.MaxPooling2D(), ", scale="keras.layers.Rescaling(1 / 255), "):
    """Return an answer to 5.5 with other layers, not trained."""
    parts = "".join(f"keras.layers.Conv2D({count}, 3, activation={bend}), {pooling}" for count in (8, 16))
    layers = f'{parts}keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")'
    return f"cnn = keras.Sequential([keras.Input((28, 28, 1)), {scale}{layers}])"


def batches(count="-(-len(self.x) // self.batch_size)", start="index * self.batch_size", labels=""):
    """Return an answer to 5.6 that counts, begins, or cuts its labels in another way."""
    labels = labels or "self.y[start : start + self.batch_size]"
    return (
        f"def __len__(self):\n    return {count}\n\n"
        f"def __getitem__(self, index):\n    start = {start}\n"
        f"    return self.x[start : start + self.batch_size], {labels}"
    )


MISTAKES = {
    "5.1": (
        Mistake("lying on its side", "return np.eye(classes)[labels].T", "as columns"),
        Mistake("from one", "return np.eye(classes)[labels - 1]", "one place"),
        Mistake("as many as seen", "return np.eye(labels.max() + 1)[labels]", "did not occur"),
    ),
    "5.2": (
        Mistake("no scaling", dense(scale=""), "up to 255"),
        Mistake("not flattened", dense(flat=""), "28 rows of ten"),
        Mistake("one output", dense(last='1, activation="sigmoid"'), "ten outputs"),
        Mistake("no bend", dense(hidden="128"), "no activation"),
        Mistake("not trained", dense(), "mlp.fit"),
    ),
    "5.3": (
        Mistake("turned around", convolution("kernel[::-1, ::-1]"), "turned"),
        Mistake("a line too few", convolution("kernel", more=0), "one line"),
        Mistake("padded", PADDED, "result is as large"),
        Mistake("not added up", convolution("kernel", add="patch[0, 0] * kernel[0, 0]"), "is one product"),
        Mistake("three by three", convolution("kernel").replace("kernel.shape", "3, 3"), "kernel.shape"),
    ),
    "5.4": (
        Mistake("the mean", pool("squares.mean(axis=(1, 3))"), "mean"),
        Mistake(
            "every other pixel", "return image[::2, ::2][: image.shape[0] // 2, : image.shape[1] // 2]", "upper left"
        ),
        Mistake("the odd line kept", "return np.maximum(image[::2], 0)[:, ::2]", "odd"),
        Mistake("lines mixed up", pool("squares.max(axis=(2, 3))"), "axes"),
    ),
    "5.5": (
        Mistake("no pooling", convolutional(pooling=""), "too many"),
        Mistake("no bend", convolutional(bend="None"), "weighs and adds"),
        Mistake("no scaling", convolutional(scale=""), "up to 255"),
        Mistake("not trained", convolutional(), "cnn.fit"),
    ),
    "5.6": (
        Mistake("rounded down", batches("len(self.x) // self.batch_size"), "last 5 images"),
        Mistake("another number", batches("max(1, len(self.x) // 50)"), "batch size has to"),
        Mistake("always the first", batches(start="0"), "again and again"),
        Mistake("all labels", batches(labels="self.y"), "as many labels"),
        Mistake("always one more", batches("len(self.x) // self.batch_size + 1"), "is empty"),
    ),
}
