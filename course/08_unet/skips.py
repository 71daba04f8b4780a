"""What the checks of lesson 8 read from networks with skips, and the wrong answers that learners give.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.checks import images


def parts(down="sum(counts[:4])", bottom="sum(counts[4:6])", up="sum(counts[6:12])"):
    """Return an answer to 8.3 with another sum."""
    return (
        "counts = [layer.count_params() for layer in network.layers if layer.count_params()]\n"
        f'parameters = {{"down": {down}, "bottom": {bottom}, "up": {up}, "output": counts[12]}}'
    )


def field(step, start="1, 1"):
    """Return an answer to 8.4 with another step, or another start."""
    lines = "\n".join(f"    {line}" for line in step.splitlines())
    return f"field, jump = {start}\nfor size, stride in steps:\n{lines}\nreturn field"


def small(end, activation='"softmax"'):
    """Return an answer to 8.5 whose output layer takes another tensor."""
    convolution = 'padding="same", activation="relu"'
    return (
        f"fine = layers.Conv2D(8, 3, {convolution})(scaled)\n"
        f"coarse = layers.Conv2D(32, 3, {convolution})(layers.MaxPooling2D(4)(fine))\n"
        "up = layers.UpSampling2D(4)(coarse)\n"
        f"small = keras.Model(inputs, layers.Conv2D(11, 1, activation={activation})({end}))"
    )


def parameters_of(network):
    """Return the parameters of a U-Net's four parts."""
    kinds = [type(layer).__name__ for layer in network.layers]
    turn = kinds.index("Conv2DTranspose")
    smallest = min(layer.output.shape[1] for layer in network.layers)
    found = {"down": 0, "bottom": 0, "up": 0, "output": network.layers[-1].count_params()}
    for layer in network.layers[:turn]:
        found["bottom" if layer.output.shape[1] == smallest else "down"] += layer.count_params()
    found["up"] = sum(layer.count_params() for layer in network.layers[turn:-1])
    return found


def field_of(steps, jump_first=False):
    """Return the receptive field of (size, stride) pairs; ``jump_first`` with a common mistake."""
    field, jump = 1, 1
    for size, stride in steps:
        jump *= stride if jump_first else 1
        field += (size - 1) * jump
        jump *= 1 if jump_first else stride
    return field


def joins(model):
    """Return, for each layer with several inputs, the set of what they are: True for one that came from below.

    An input comes from below if it, or anything that it was made of, is smaller than the model's images.
    """
    from sparkeras.plots import insides

    boxes = insides.graph(model)[0]
    side = model.input_shape[1]
    below: dict[str, bool] = {}
    found = []
    for box in boxes:  # a layer stands after those that it takes from
        shape = box["output_shape"]
        ways = [below[name] for name in box["inputs"]]
        is_small = len(shape or ()) == 3 and shape[0] < side
        below[box["name"]] = is_small or any(ways)
        if box["type"] == "Concatenate":
            found.append(set(ways))
    return found


def says_probabilities(model):
    """Tell whether the answers of each pixel sum to one; asks the model only where its last layer does not tell."""
    import keras

    last = getattr(getattr(model.layers[-1], "activation", None), "__name__", "")
    if last in ("softmax", "linear"):
        return last == "softmax"
    images = np.random.default_rng(0).uniform(0, 16, size=(2, *model.input_shape[1:])).astype("float32")
    said = keras.ops.convert_to_numpy(model(images))
    return np.allclose(said.sum(axis=-1), 1, atol=1e-3)


def fault(model):
    """Return (what is wrong, hint) of a small U-Net's convolutions, None if they are right."""
    sides = [layer.output.shape[1] for layer in model.layers if type(layer).__name__ == "Conv2D"]
    if sides.count(model.input_shape[1]) < 2:
        return "At full size nothing looks for patterns.", "A Conv2D on the images before the skip: fine."
    if not any(side < model.input_shape[1] for side in sides):
        return "At the bottom nothing looks for patterns.", "A Conv2D behind the pooling: coarse."
    if not images.all_bend(model, but_last=True):
        return "A convolution has no activation.", 'activation="relu"'
    return None
