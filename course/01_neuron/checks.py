"""Lesson 1: a neuron, its bend, and a layer of them.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong


@exercise(
    "1.1",
    "By hand",
    baseline="the exact value; a computer does this sum some billion times per second.",
    hints=("Multiply each input by its weight, add all of it and the bias.", "z = w @ x + b, then np.tanh(z)."),
)
def by_hand(output, x, w):
    """Judge the output of one neuron."""
    z = w @ x + 0.6
    known = {
        float(z): ("That is the sum before the activation.", "Send it through np.tanh."),
        float(np.tanh(w @ x)): ("The bias is missing.", "Add b to the sum, then bend."),
        float(np.tanh(x) @ w + 0.6): ("You bent the inputs.", "The activation comes after the sum, once."),
    }
    if np.shape(output) != ():
        return wrong(f"The output has the shape {np.shape(output)}.", "A neuron says one number: w @ x adds up.")
    if np.isclose(output, np.tanh(z), atol=5e-3):  # two decimals will do
        return right(f"The sum is {z:.2f}, and tanh bends it to {np.tanh(z):.3f}.")
    said = next((words for value, words in known.items() if np.isclose(output, value, atol=2e-3)), None)
    return wrong(*said) if said else wrong(f"{output:.4g} is not it.", "w @ x is 1.4 - 0.6 - 0.25. And then?")


@exercise(
    "1.2",
    "A leak",
    baseline="a plain ReLU, whose slope below zero is zero.",
    hints=("np.where(condition, a, b) takes from a where the condition holds, else from b.",),
)
def a_leak(leaky_relu):
    """Judge a leaky ReLU."""
    z = np.array([[-4.0, -1.0, -0.5], [0.0, 0.5, 3.0]])
    expected = np.where(z > 0, z, 0.2 * z)
    try:
        said = leaky_relu(z, 0.2)
    except ValueError as error:
        return wrong(f"It ends in: {error}", "'if' and 'max' ask once for a whole array; np.where, for each number.")
    if said is None:
        return wrong("It returns nothing.", a_leak.hints[0])
    if np.shape(said) != z.shape:
        return wrong(f"It gives the shape {np.shape(said)} for {z.shape}.", "Each number keeps its place.")
    if np.allclose(said, expected):
        return right("Above zero nothing changes, below a slope is left.")
    if np.allclose(said, np.maximum(0, z)):
        return wrong("That is a plain ReLU.", "The slope below zero is to be `slope`, not nothing.")
    if np.allclose(np.where(z > 0, z, 0.1 * z), said):
        return wrong("leaky_relu(z, 0.2) still takes a tenth.", "It says the same whatever `slope` is: use it.")
    if np.allclose(np.where(z > 0, z, -0.2), said):
        return wrong("Below zero it always says the same.", "It should grow with z: slope times z.")
    return wrong(f"leaky_relu({z[0].tolist()}, 0.2) is {np.asarray(said)[0].tolist()}.", a_leak.hints[0])


@exercise(
    "1.3",
    "Softmax",
    baseline="equal probabilities for all classes, which know nothing.",
    hints=(
        "Subtract each row's largest score first; then the largest power is exp(0) = 1.",
        "keepdims=True keeps the column that each row is divided by: z.max(axis=1, keepdims=True).",
    ),
)
def softmax_of_rows(softmax):
    """Judge a softmax over rows."""
    scores = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    powers = np.exp(scores)
    expected = powers / powers.sum(axis=1, keepdims=True)
    said = softmax(scores)
    if said is None:
        return wrong("It returns nothing.", softmax_of_rows.hints[0])
    if np.shape(said) != scores.shape:
        return wrong(f"It gives the shape {np.shape(said)} for {scores.shape}.", softmax_of_rows.hints[1])
    if np.allclose(said, powers / powers.sum()):
        return wrong("The whole table sums to one.", "Each row is a case of its own: axis=1.")
    if np.allclose(said, powers / powers.sum(axis=0)):
        return wrong("In your result each column sums to one.", "Rows are cases, columns are classes: axis=1.")
    if not np.allclose(said, expected):
        return wrong(
            f"For scores 1, 2, 3 it says {np.round(np.asarray(said)[0], 3).tolist()}.", "exp, then divide by the sum."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        small, large = np.asarray(softmax(np.array([[0.0, 1.0], [1000.0, 1001.0]])))
    if not np.allclose(large, [0.26894142, 0.73105858]):
        return wrong(f"Scores of 1000 and 1001 give {large.tolist()}.", "exp(1000) is infinite: subtract first.")
    if not np.allclose(small, large):
        return wrong(
            f"Beside a row of 1000 and 1001, scores of 0 and 1 give {small.tolist()}.",
            "exp(-1001) is 0. Subtract the largest of each row, not of the table.",
        )
    return right("Each row sums to one, and large scores are no trouble: every library does it this way.")


@exercise(
    "1.4",
    "How many numbers",
    baseline="784 x 10 + 10 = 7,850 of a network without a hidden layer.",
    hints=("Each neuron has a weight per input and one bias.", "The first layer: (784 + 1) x 100."),
)
def how_many_numbers(parameters):
    """Judge the number of parameters of 784-100-10."""
    if not isinstance(parameters, (int, np.integer)):
        return wrong(f"parameters is of type {type(parameters).__name__}.", "A whole number.")
    hints = {
        79_400: "You left out the 110 biases, one per neuron.",
        78_500: "The second layer has weights, too: 100 inputs, 10 neurons.",
        79_402: "Every neuron has a bias of its own.",
    }
    if parameters == 79_510:
        return right("785 x 100 + 101 x 10 = 79,510; model.summary() in Keras says the same.")
    return wrong(f"{parameters:,} is not it.", hints.get(parameters, how_many_numbers.hints[0]))


@exercise(
    "1.5",
    "Two are one",
    baseline="nothing: both sides must agree for every input.",
    hints=("Write (x W1 + b1) W2 + b2 without brackets.", "x (W1 W2) + (b1 W2 + b2)"),
)
def two_are_one(W, b, W1, b1, W2, b2):
    """Judge the one layer that two layers without activation are."""
    good_w, good_b = np.allclose(W, W1 @ W2) if np.shape(W) == (2, 2) else False, np.allclose(b, b1 @ W2 + b2)
    if good_w and good_b:
        return right("Nine plus eight numbers say no more than six: without a bend, depth is an illusion.")
    if not good_w:
        return wrong(
            f"W is not it (its shape: {np.shape(W)}).", "Rows go through first W1, then W2: which product is that?"
        )
    if np.allclose(b, b2):
        return wrong("W is right, b is not: b1 is lost.", "What does the second layer make of the first one's bias?")
    return wrong("W is right, b is not.", "The first bias goes through W2 like everything else of the first layer.")


@exercise(
    "1.6",
    "The riddle, solved by hand",
    baseline="the straight line's accuracy, about 0.5.",
    hints=(
        "hidden has a row per input and a column per neuron: the column of u = x1 + x2 is (1, 1).",
        "Columns: (1, 1), (-1, -1), (1, -1), (-1, 1). out adds the first two and takes the others away.",
    ),
)
def by_thought(hidden, out, xor):
    """Judge the weights of a network that solves XOR."""
    if np.shape(hidden) != (2, 4) or np.shape(out) != (4,):
        return wrong(f"hidden has the shape {np.shape(hidden)}, out {np.shape(out)}.", "Expected (2, 4) and (4,).")
    said = np.maximum(0, xor.x_test @ np.asarray(hidden)) @ np.asarray(out) > 0
    share = float(np.mean(said == xor.y_test))
    if share > 0.99:
        return right(f"{share:.0%} of the test points: twelve numbers, set by thought, beat every straight line.")
    if share < 0.01:
        return wrong("Every point gets the other class.", "You have it the other way round: turn the signs of `out`.")
    if said.all() or not said.any():
        return wrong("It always says the same class.", "|u| counts for the class, |v| against it.")
    return wrong(f"{share:.0%} of the test points are right.", by_thought.hints[0])
