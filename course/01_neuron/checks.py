"""Lesson 1: a neuron, its activation, and a layer of them.

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
        float(np.tanh(w @ x)): ("The bias is missing.", "Add b to the sum, then apply tanh."),
        float(np.tanh(x) @ w + 0.6): ("You applied tanh to the inputs.", "The activation comes after the sum, once."),
    }
    if np.shape(output) != ():
        return wrong(
            f"The output has the shape {np.shape(output)}.", "A neuron has one output: w @ x adds up the products."
        )
    if np.isclose(output, np.tanh(z), atol=5e-3):  # two decimals will do
        return right(f"The sum is {z:.2f}, and tanh of it is {np.tanh(z):.3f}.")
    cause = next((words for value, words in known.items() if np.isclose(output, value, atol=2e-3)), None)
    return (
        wrong(*cause)
        if cause
        else wrong(f"{output:.4g} is not right.", "w @ x is 1.4 - 0.6 - 0.25. Add b and apply tanh.")
    )


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
        result = leaky_relu(z, 0.2)
    except ValueError as error:
        return wrong(
            f"It raises an error: {error}", "'if' and 'max' test the whole array once; np.where tests each number."
        )
    if result is None:
        return wrong("It returns nothing.", a_leak.hints[0])
    if np.shape(result) != z.shape:
        return wrong(
            f"For the shape {z.shape} it returns {np.shape(result)}.", "The result has one number for each number of z."
        )
    if np.allclose(result, expected):
        return right("Above zero nothing changes; below zero a small slope remains.")
    if np.allclose(result, np.maximum(0, z)):
        return wrong("That is a plain ReLU.", "The slope below zero should be `slope`, not 0.")
    if np.allclose(np.where(z > 0, z, 0.1 * z), result):
        return wrong(
            "leaky_relu(z, 0.2) has a slope of 0.1.", "The result is the same whatever `slope` is: use the parameter."
        )
    if np.allclose(np.where(z > 0, z, -0.2), result):
        return wrong("Below zero the result is constant.", "It should grow with z: slope times z.")
    return wrong(f"leaky_relu({z[0].tolist()}, 0.2) is {np.asarray(result)[0].tolist()}.", a_leak.hints[0])


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
    result = softmax(scores)
    if result is None:
        return wrong("It returns nothing.", softmax_of_rows.hints[0])
    if np.shape(result) != scores.shape:
        return wrong(f"For the shape {scores.shape} it returns {np.shape(result)}.", softmax_of_rows.hints[1])
    if np.allclose(result, powers / powers.sum()):
        return wrong("The whole table sums to one, and not each row.", "Each row is an example: axis=1.")
    if np.allclose(result, powers / powers.sum(axis=0)):
        return wrong("In your result each column sums to one.", "Rows are examples, columns are classes: axis=1.")
    if not np.allclose(result, expected):
        return wrong(
            f"For the scores 1, 2, 3 it returns {np.round(np.asarray(result)[0], 3).tolist()}.",
            "exp, then divide by the sum.",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        small, large = np.asarray(softmax(np.array([[0.0, 1.0], [1000.0, 1001.0]])))
    if not np.allclose(large, [0.26894142, 0.73105858]):
        return wrong(f"Scores of 1000 and 1001 give {large.tolist()}.", "exp(1000) is infinite: subtract first.")
    if not np.allclose(small, large):
        return wrong(
            f"Next to a row with the scores 1000 and 1001, the scores 0 and 1 give {small.tolist()}.",
            "exp(-1001) is 0. Subtract the largest of each row, not of the table.",
        )
    return right("Each row sums to one, and large scores cause no overflow. Libraries compute it this way.")


@exercise(
    "1.4",
    "How many numbers",
    baseline="784 x 10 + 10 = 7,850 of a network without a hidden layer.",
    hints=("Each neuron has a weight per input and one bias.", "The first layer: (784 + 1) x 100."),
)
def how_many_numbers(parameters):
    """Judge the number of parameters of 784-100-10."""
    if not isinstance(parameters, (int, np.integer)):
        return wrong(f"parameters is of type {type(parameters).__name__}.", "Expected a whole number.")
    hints = {
        79_400: "You left out the 110 biases, one per neuron.",
        78_500: "The second layer has weights, too: 100 inputs, 10 neurons.",
        79_402: "Every neuron has a bias of its own.",
    }
    if parameters == 79_510:
        return right("785 x 100 + 101 x 10 = 79,510; model.summary() in Keras says the same.")
    return wrong(f"{parameters:,} is not right.", hints.get(parameters, how_many_numbers.hints[0]))


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
        return right(
            "Two layers with 17 parameters compute no more than one with 6: without an activation, depth adds nothing."
        )
    if not good_w:
        return wrong(
            f"W is not right (its shape: {np.shape(W)}).",
            "A row goes through first W1, then W2: which matrix product is that?",
        )
    if np.allclose(b, b2):
        return wrong(
            "W is right, but b is not: b1 is missing.", "What does the second layer do with the bias of the first?"
        )
    return wrong("W is right, but b is not.", "b1 is part of the first layer's output, so it goes through W2 as well.")


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
    predicted = np.maximum(0, xor.x_test @ np.asarray(hidden)) @ np.asarray(out) > 0
    share = float(np.mean(predicted == xor.y_test))
    if share > 0.99:
        return right(
            f"{share:.0%} of the test points are right: twelve weights, set by hand, beat every straight line."
        )
    if share < 0.01:
        return wrong(
            "Every point gets the other class.", "The classes are the other way round: change the signs of `out`."
        )
    if predicted.all() or not predicted.any():
        return wrong("It always predicts the same class.", "|u| should increase the output, |v| should decrease it.")
    return wrong(f"{share:.0%} of the test points are right.", by_thought.hints[0])
