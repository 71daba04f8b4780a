"""What the checks of networks need: convolution, looks into networks, and pieces of wrong answers to lesson 5.

Runs on: driver.
"""

import numpy as np

PADDED = (
    "height, width = kernel.shape\n"
    "wide = np.pad(image, ((0, height - 1), (0, width - 1)))\n"
    "return np.array([[(wide[i : i + height, j : j + width] * kernel).sum() for j in range(image.shape[1])]"
    " for i in range(image.shape[0])])"
)


def convolved(image, kernel):
    """Return the sum of products at every place of the kernel on the image."""
    patches = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijkl,kl->ij", patches, kernel)


def kinds(network):
    """Return the types of a network's layers, those of networks within it too."""
    found = []
    for layer in network.layers:
        found += kinds(layer) if hasattr(layer, "layers") else [type(layer).__name__]
    return found


def name_of(part):
    """Return the class name of a loss or optimizer; a loss may be named by a word."""
    words = "".join(word.capitalize() for word in part.split("_")) if isinstance(part, str) else ""
    return words or type(part).__name__


def scales(network):
    """Tell whether a network has a layer that scales its pixels."""
    return bool(
        {"Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "Lambda"} & set(kinds(network))
    )


def all_bend(network, kind="Conv2D", but_last=False):
    """Tell whether each layer of a kind, or each but the last, has an activation, in itself or in a layer behind it."""
    layers = network.layers
    bends = {"ReLU", "LeakyReLU", "ELU", "PReLU", "Activation", "Softmax"}
    places = [place for place, layer in enumerate(layers) if type(layer).__name__ == kind]
    for place in places[:-1] if but_last else places:
        behind = {type(other).__name__ for other in layers[place + 1 : place + 3]}
        if layers[place].activation.__name__ == "linear" and not bends & behind:
            return False
    return True


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
