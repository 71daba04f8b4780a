"""Lesson 8: a U-Net, read and taken apart.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.checks import skips
from sparkeras.course.exercise import Mistake, exercise, right, wrong


@exercise(
    "8.1",
    "What counts",
    baseline="paper everywhere: right for 0.68 of all pixels, and for none that is ink.",
    hints=(
        "Which pixels are ink in truth? Look at these only.",
        "ink = truth > 0, then the mean of said[ink] == truth[ink].",
    ),
    mistakes=(
        Mistake("all pixels", "return np.mean(truth == said)", "paper, too"),
        Mistake("ink as said", "ink = said > 0\nreturn np.mean(said[ink] == truth[ink])", "the network calls ink"),
        Mistake("any digit", "return np.mean(said[truth > 0] > 0)", "wrong digit"),
    ),
)
def what_counts(ink_accuracy):
    """Judge the measure on a few pixels whose shares all differ."""
    truth = np.array([[[0, 0, 0], [3, 3, 3]], [[0, 0, 8], [8, 0, 0]]])
    said = np.array([[[0, 5, 2], [3, 3, 4]], [[0, 0, 0], [8, 0, 0]]])
    result = ink_accuracy(truth, said)
    if result is None:
        return wrong("It returns nothing.", what_counts.hints[0])
    if np.isclose(result, 3 / 5):
        return right("Paper everywhere gets 0 from it, so the measure cannot be met by doing nothing.")
    known = {
        np.mean(truth == said): ("You count paper, too.", "Most pixels are paper, and they are easy."),
        np.mean((said == truth)[said > 0]): ("You look at pixels that the network calls ink.", "Take the true ink."),
        np.mean(said[truth > 0] > 0): ("Ink that has the wrong digit counts as right.", "The class must be the same."),
    }
    of_images = np.mean([np.mean((s == t)[t > 0]) for s, t in zip(said, truth, strict=True)])
    if np.isclose(result, of_images):
        return wrong("That is a mean of the images' shares.", "Take all ink pixels of all images together.")
    hint = next((words for value, words in known.items() if np.isclose(result, value)), None)
    return wrong(*hint) if hint else wrong(f"It says {result}; expected 3 of 5.", what_counts.hints[1])


@exercise(
    "8.2",
    "Shapes by heart",
    baseline="zoo.build and a look at the summary, which need no thought.",
    hints=(
        "Halve the sides once per pooling, double the filters once per level.",
        "28, 14, 7 and 16, 32, 64. Concatenate puts the channels of both inputs side by side.",
    ),
    mistakes=(
        Mistake("filters as above", "bottom_shape, joined_shape = (7, 7, 16), (28, 28, 32)", "twice the filters"),
        Mistake("one pooling", "bottom_shape, joined_shape = (14, 14, 32), (28, 28, 32)", "two poolings"),
        Mistake("added", "bottom_shape, joined_shape = (7, 7, 64), (28, 28, 16)", "side by side"),
        Mistake("the first one", "bottom_shape, joined_shape = (7, 7, 64), (14, 14, 64)", "first Concatenate"),
    ),
)
def shapes_by_heart(bottom_shape, joined_shape):
    """Judge two shapes, with or without the batch's None."""
    if not all(isinstance(shape, (tuple, list)) for shape in (bottom_shape, joined_shape)):
        return wrong("One of them is no shape.", "Three numbers in brackets: (height, width, channels).")
    bottom, joined = (tuple(side for side in shape if side) for shape in (bottom_shape, joined_shape))
    if (bottom, joined) == ((7, 7, 64), (28, 28, 32)):
        return right("28, 14, 7 and 16, 32, 64; at the top 16 from the skip and 16 from below.")
    if bottom[-2:] == (7, 7) and bottom[:1] != (7,):
        return wrong(f"{bottom} has its channels in front.", "Height, width, channels.")
    if bottom[:2] != (7, 7):
        return wrong(f"{bottom} is not the bottom.", "There are two poolings on the way.")
    if bottom != (7, 7, 64):
        return wrong(f"{bottom} has not the channels of the bottom.", "Each level has twice the filters.")
    known = {
        (28, 28, 16): "Nothing is added up: channels stand side by side.",
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
    mistakes=(
        Mistake("up without Conv2DTranspose", skips.parts(up="sum(counts[7:9]) + sum(counts[10:12])"), "Transpose is"),
        Mistake("first of the bottom to the way down", skips.parts("sum(counts[:5])", "counts[5]"), "two of them"),
        Mistake("output within the way up", skips.parts(up="sum(counts[6:])"), "counted twice"),
    ),
)
def where_the_numbers_are(parameters, network):
    """Judge the parameters of the four parts."""
    missing = {"down", "bottom", "up", "output"} - set(parameters)
    if missing:
        return wrong(f"The dict lacks {sorted(missing)}.", "It has the keys down, bottom, up and output.")
    expected = skips.parameters_of(network)
    off = [name for name in expected if int(parameters[name]) != expected[name]]
    if not off:
        return right(f"The bottom alone holds {expected['bottom'] / sum(expected.values()):.0%} of them.")
    words = f"Not right yet: {', '.join(off)}."
    if sum(parameters.values()) > sum(expected.values()):
        return wrong(words, "Together they are more than the network has; is something counted twice?")
    if off == ["up"]:
        return wrong(words, "A Conv2DTranspose is a layer of the way up and learns, too.")
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
    mistakes=(
        Mistake("no jump", skips.field("field += size - 1"), "further apart"),
        Mistake("jump first", skips.field("jump *= stride\nfield += (size - 1) * jump"), "afterwards"),
        Mistake("size not less one", skips.field("field += size * jump\njump *= stride"), "size - 1"),
        Mistake("from zero", skips.field("field += (size - 1) * jump\njump *= stride", "0, 1"), "itself"),
    ),
)
def the_receptive_field(receptive_field):
    """Judge the field of some stacks of layers."""
    result = receptive_field([(3, 1)])
    if result is None:
        return wrong("It returns nothing.", the_receptive_field.hints[0])
    if result == 4:
        return wrong("One convolution of 3 sees 4 pixels by it.", "Each layer adds (size - 1) jumps.")
    if result == 2:
        return wrong("One convolution of 3 sees 2 pixels by it.", "Without a layer a number sees itself: 1 pixel.")
    steps = [(3, 1), (2, 2), (3, 1), (5, 2), (3, 1)]
    expected, said = skips.field_of(steps), receptive_field(steps)
    if result == 3 and said == expected:
        return right("Depth adds pixels; pooling multiplies what later layers add.")
    if said == 1 + sum(size - 1 for size, _ in steps):
        return wrong(f"For {steps} it says {said}.", "After a pooling, neighbours are further apart: use the jump.")
    if said == skips.field_of(steps, jump_first=True):
        return wrong(
            f"For {steps} it says {said}.", "A layer's stride counts for later layers: change the jump afterwards."
        )
    return wrong(f"For {steps} it says {said}; expected {expected}.", the_receptive_field.hints[1])


@exercise(
    "8.5",
    "A small U",
    baseline="a list of layers, which has no skip.",
    hints=(
        "fine = layers.Conv2D(8, 3, padding='same', activation='relu')(scaled), and so on; name what you use twice.",
        "layers.Concatenate()([fine, layers.UpSampling2D(4)(coarse)]), then Conv2D(11, 1, activation='softmax').",
    ),
    mistakes=(
        Mistake("no skip", skips.small("up"), "no layer that joins"),
        Mistake("the same twice", skips.small("layers.Concatenate()([up, up])"), "come from below"),
        Mistake("left small", skips.small("layers.Concatenate()([coarse, layers.MaxPooling2D(4)(fine)])"), "full size"),
        Mistake("no softmax", skips.small("layers.Concatenate()([fine, up])", activation="None"), "probabilities"),
    ),
)
def a_small_u(small):
    """Judge the graph of a network by what it joins."""
    shape = tuple(small.output_shape[1:])
    if shape != (8, 8, 11):
        return wrong(f"It gives {shape} per image.", "Back to full size, 8 x 8, with 11 classes per pixel.")
    joins = skips.joins(small)
    if not joins:
        return wrong("It has no layer that joins two ways.", "Concatenate takes a list of tensors.")
    if not any(len(ways) == 2 for ways in joins):
        which = "come from below" if joins[0] == {True} else "are at full size all the way"
        return wrong(f"Both inputs of the join {which}.", "One is to be fine, the other the coarse one, brought up.")
    fault = skips.fault(small)
    if fault:
        return wrong(*fault)
    if not skips.says_probabilities(small):
        return wrong("A pixel's 11 numbers are no probabilities.", "They are to sum to one: softmax at the output.")
    return right("What and where, side by side: that is all that a skip is.")
