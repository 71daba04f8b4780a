"""Wrong answers that learners give in lesson 8."""

from sparkeras.course.exercise import Mistake


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


MISTAKES = {
    "8.1": (
        Mistake("all pixels", "return np.mean(truth == predicted)", "paper, too"),
        Mistake(
            "ink as predicted",
            "ink = predicted > 0\nreturn np.mean(predicted[ink] == truth[ink])",
            "the network calls ink",
        ),
        Mistake("any digit", "return np.mean(predicted[truth > 0] > 0)", "wrong digit"),
    ),
    "8.2": (
        Mistake("filters as above", "bottom_shape, joined_shape = (7, 7, 16), (28, 28, 32)", "twice the filters"),
        Mistake("one pooling", "bottom_shape, joined_shape = (14, 14, 32), (28, 28, 32)", "two poolings"),
        Mistake("added", "bottom_shape, joined_shape = (7, 7, 64), (28, 28, 16)", "side by side"),
        Mistake("the first one", "bottom_shape, joined_shape = (7, 7, 64), (14, 14, 64)", "first Concatenate"),
    ),
    "8.3": (
        Mistake("up without Conv2DTranspose", parts(up="sum(counts[7:9]) + sum(counts[10:12])"), "Transpose is"),
        Mistake("first of the bottom to the way down", parts("sum(counts[:5])", "counts[5]"), "two of them"),
        Mistake("output within the way up", parts(up="sum(counts[6:])"), "counted twice"),
    ),
    "8.4": (
        Mistake("no jump", field("field += size - 1"), "further apart"),
        Mistake("jump first", field("jump *= stride\nfield += (size - 1) * jump"), "afterwards"),
        Mistake("size not less one", field("field += size * jump\njump *= stride"), "size - 1"),
        Mistake("from zero", field("field += (size - 1) * jump\njump *= stride", "0, 1"), "itself"),
    ),
    "8.5": (
        Mistake("no skip", small("up"), "no layer that joins"),
        Mistake("the same twice", small("layers.Concatenate()([up, up])"), "come from below"),
        Mistake("left small", small("layers.Concatenate()([coarse, layers.MaxPooling2D(4)(fine)])"), "full size"),
        Mistake("no softmax", small("layers.Concatenate()([fine, up])", activation="None"), "probabilities"),
    ),
}
