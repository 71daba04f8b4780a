"""Lesson 8: a U-Net, read and taken apart.

Runs on: driver.
"""

import numpy as np

from sparkeras.course import networks
from sparkeras.course.exercise import exercise, right, wrong


@exercise(
    "8.1",
    "What counts",
    baseline="paper everywhere: right for 0.68 of all pixels, and for none that is ink.",
    hints=(
        "Which pixels are ink in truth? Look at these only.",
        "ink = truth > 0, then the mean of predicted[ink] == truth[ink].",
    ),
)
def what_counts(ink_accuracy):
    """Judge the measure on a few pixels whose shares all differ."""
    truth = np.array([[[0, 0, 0], [3, 3, 3]], [[0, 0, 8], [8, 0, 0]]])
    predicted = np.array([[[0, 5, 2], [3, 3, 4]], [[0, 0, 0], [8, 0, 0]]])
    result = ink_accuracy(truth, predicted)
    if result is None:
        return wrong("It returns nothing.", what_counts.hints[0])
    if np.isclose(result, 3 / 5):
        return right("Predicting paper everywhere gets 0 now, so nobody can do well by doing nothing.")
    known = {
        np.mean(truth == predicted): ("You count paper, too.", "Most pixels are paper, and they are easy."),
        np.mean((predicted == truth)[predicted > 0]): (
            "You look at pixels that the network calls ink.",
            "Take the pixels that are ink in truth.",
        ),
        np.mean(predicted[truth > 0] > 0): (
            "Ink that has the wrong digit counts as right.",
            "The class must be the same.",
        ),
    }
    of_images = np.mean([np.mean((s == t)[t > 0]) for s, t in zip(predicted, truth, strict=True)])
    if np.isclose(result, of_images):
        return wrong("That is a mean of the images' shares.", "Take all ink pixels of all images together.")
    hint = next((words for value, words in known.items() if np.isclose(result, value)), None)
    return wrong(*hint) if hint else wrong(f"It returns {result}; expected 3 of 5.", what_counts.hints[1])


@exercise(
    "8.2",
    "Shapes by heart",
    baseline="zoo.build and a look at the summary, which need no thought.",
    hints=(
        "Halve the sides once per pooling, double the filters once per level.",
        "28, 14, 7 and 16, 32, 64. Concatenate puts the channels of both inputs side by side.",
    ),
)
def shapes_by_heart(bottom_shape, joined_shape):
    """Judge two shapes, with or without the batch's None."""
    if not all(isinstance(shape, (tuple, list)) for shape in (bottom_shape, joined_shape)):
        return wrong("One of them is not a shape.", "Three numbers in brackets: (height, width, channels).")
    bottom, joined = (tuple(side for side in shape if side) for shape in (bottom_shape, joined_shape))
    if (bottom, joined) == ((7, 7, 64), (28, 28, 32)):
        return right(
            "The sides are 28, 14, 7, the filters 16, 32, 64. At the top, 16 channels are from the skip, 16 from below."
        )
    if bottom[-2:] == (7, 7) and bottom[:1] != (7,):
        return wrong(f"{bottom} has its channels in front.", "Expected (height, width, channels).")
    if bottom[:2] != (7, 7):
        return wrong(f"{bottom} is not the bottom.", "There are two poolings on the way.")
    if bottom != (7, 7, 64):
        return wrong(
            f"{bottom} does not have the channels of the bottom.", "Each level has twice the filters of the one above."
        )
    known = {
        (28, 28, 16): "Concatenate adds nothing up: it puts channels side by side.",
        (14, 14, 64): "That is the first Concatenate; the last is at full size.",
    }
    return wrong(f"{joined} is not the last joined shape.", known.get(joined, shapes_by_heart.hints[1]))


@exercise(
    "8.3",
    "Where the numbers are",
    baseline="the sum of all four, which network.count_params() tells.",
    hints=(
        "Which lines of the printed list belong to which part? There are 4, 2, 6 and 1 of them.",
        "Bottom: the two Conv2D at (2, 2, 32). Up: from the first Conv2DTranspose on, without the last line.",
    ),
)
def where_the_numbers_are(parameters, network):
    """Judge the parameters of the four parts."""
    missing = {"down", "bottom", "up", "output"} - set(parameters)
    if missing:
        return wrong(f"The dict lacks {sorted(missing)}.", "It has the keys down, bottom, up and output.")
    expected = parameters_of(network)
    off = [name for name in expected if int(parameters[name]) != expected[name]]
    if not off:
        return right(f"The bottom alone holds {expected['bottom'] / sum(expected.values()):.0%} of them.")
    words = f"Not right yet: {', '.join(off)}."
    if sum(parameters.values()) > sum(expected.values()):
        return wrong(words, "Together they are more than the network has; is something counted twice?")
    if off == ["up"]:
        return wrong(words, "A Conv2DTranspose is a layer of the way up and has weights, too.")
    if "bottom" in off:
        return wrong(words, "At the bottom are the convolutions whose output is 2 x 2: two of them.")
    return wrong(words, where_the_numbers_are.hints[0])


@exercise(
    "8.4",
    "The receptive field",
    baseline="counting squares on paper.",
    hints=(
        "Two numbers go through the list: field and jump, both 1 at the start.",
        "For each step: field += (size - 1) * jump, then jump *= stride.",
    ),
)
def the_receptive_field(receptive_field):
    """Judge the field of some stacks of layers."""
    result = receptive_field([(3, 1)])
    if result is None:
        return wrong("It returns nothing.", the_receptive_field.hints[0])
    if result == 4:
        return wrong("For one convolution of size 3 it returns 4 pixels.", "Each layer adds (size - 1) jumps.")
    if result == 2:
        return wrong(
            "For one convolution of size 3 it returns 2 pixels.",
            "Without a layer a number depends on itself alone: 1 pixel.",
        )
    steps = [(3, 1), (2, 2), (3, 1), (5, 2), (3, 1)]
    expected, field = field_of(steps), receptive_field(steps)
    if result == 3 and field == expected:
        return right("Depth adds pixels; pooling multiplies what later layers add.")
    if field == 1 + sum(size - 1 for size, _ in steps):
        return wrong(f"For {steps} it returns {field}.", "After a pooling, neighbours are further apart: use the jump.")
    if field == field_of(steps, jump_first=True):
        return wrong(
            f"For {steps} it returns {field}.", "A layer's stride counts for later layers: change the jump afterwards."
        )
    return wrong(f"For {steps} it returns {field}; expected {expected}.", the_receptive_field.hints[1])


@exercise(
    "8.5",
    "A small U",
    baseline="a list of layers, which has no skip.",
    hints=(
        "fine = layers.Conv2D(8, 3, padding='same', activation='relu')(scaled), and so on; name what you use twice.",
        "layers.Concatenate()([fine, layers.UpSampling2D(4)(coarse)]), then Conv2D(11, 1, activation='softmax').",
    ),
)
def a_small_u(small):
    """Judge the graph of a network by what it joins."""
    shape = tuple(small.output_shape[1:])
    if shape != (8, 8, 11):
        return wrong(
            f"For one image it returns the shape {shape}.", "Expected full size, 8 x 8, with 11 classes per pixel."
        )
    joins = joined_ways(small)
    if not joins:
        return wrong("It has no layer that joins two tensors.", "Concatenate takes a list of tensors.")
    if not any(len(ways) == 2 for ways in joins):
        which = "come from below" if joins[0] == {True} else "are at full size all the way"
        return wrong(f"Both inputs of the join {which}.", "One should be `fine`, the other the upsampled `coarse`.")
    fault = fault_of_convolutions(small)
    if fault:
        return wrong(*fault)
    if not says_probabilities(small):
        return wrong("The 11 outputs of a pixel are not probabilities.", "They should sum to one: use softmax.")
    return right("A skip puts both side by side: what is in the image, and where.")


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


def joined_ways(model):
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
    """Tell whether the outputs of each pixel sum to one; asks the model only where its last layer does not tell."""
    import keras

    last = getattr(getattr(model.layers[-1], "activation", None), "__name__", "")
    if last in ("softmax", "linear"):
        return last == "softmax"
    images = np.random.default_rng(0).uniform(0, 16, size=(2, *model.input_shape[1:])).astype("float32")
    predicted = keras.ops.convert_to_numpy(model(images))
    return np.allclose(predicted.sum(axis=-1), 1, atol=1e-3)


def fault_of_convolutions(model):
    """Return (what is wrong, hint) of a small U-Net's convolutions, None if they are right."""
    sides = [layer.output.shape[1] for layer in model.layers if type(layer).__name__ == "Conv2D"]
    if sides.count(model.input_shape[1]) < 2:
        return (
            "No convolution works at full size before the join.",
            "`fine` is a Conv2D on the images, before the skip.",
        )
    if not any(side < model.input_shape[1] for side in sides):
        return "No convolution works after the pooling.", "`coarse` is a Conv2D after the pooling."
    if not networks.all_bend(model, but_last=True):
        return "A convolution has no activation.", 'activation="relu"'
    return None
