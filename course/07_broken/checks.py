"""Lesson 7: a broken model, and a first script.

Runs on: driver.
"""

import numpy as np

from sparkeras.course import networks
from sparkeras.course.exercise import exercise, right, wrong

SLOWEST = 1e-4  # a learning rate below it gets nowhere in a lesson's time


@exercise(
    "7.1",
    "The measure",
    baseline="always predicting the mean of the labels: R^2 of exactly 0.",
    hints=(
        "Two sums of squares: label minus predicted, and label minus the labels' mean.",
        "1 - np.sum((label - predicted) ** 2) / np.sum((label - label.mean()) ** 2)",
    ),
)
def the_measure(r_squared):
    """Judge R^2 by predictions that are about twice too large, and by perfect ones."""
    label = np.array([1.0, 2.0, 4.0, 9.0])
    predicted = 2 * label + np.array([0.0, 1.0, -1.0, 0.0])
    left, variation = np.sum((label - predicted) ** 2), np.sum((label - label.mean()) ** 2)
    result = r_squared(label, predicted)
    if result is None:
        return wrong("It returns nothing.", the_measure.hints[0])
    if np.isclose(result, 1 - left / variation):
        if np.isclose(r_squared(label, label), 1):
            return right("1 is perfect, 0 is as good as the mean, and worse models are below 0.")
        return wrong("For perfect predictions it does not return 1.", the_measure.hints[1])
    if np.isclose(result, left / variation):
        return wrong("Perfect predictions get 0.", "That is the share that is not explained: return 1 minus it.")
    if np.isclose(result, np.corrcoef(label, predicted)[0, 1] ** 2):
        return wrong(
            "Predictions that are twice too large get a good score.",
            "That is the squared correlation, which ignores wrong units.",
        )
    if np.isclose(result, 1 - left / np.sum((predicted - predicted.mean()) ** 2)):
        return wrong("You divide by the spread of the predictions.", "Compare with the mean of the labels.")
    return wrong(
        f"For labels {label.tolist()} and predictions {predicted.tolist()} it returns {result}.", the_measure.hints[1]
    )


@exercise(
    "7.2",
    "The best that tanh can do",
    baseline="the mean of the labels: R^2 of 0.",
    hints=(
        "tanh is never above 1, and each label is. Which output is nearest to all of them?",
        "r_squared(y_test, np.ones_like(y_test))",
    ),
)
def best_of_tanh(best_with_tanh, y_test):
    """Judge the R^2 of always predicting 1."""
    best = float(best_with_tanh)
    if np.isclose(best, r_squared(y_test, np.ones_like(y_test)), rtol=1e-3):
        return right(f"{best:.2f} is the best that a tanh output can reach, however it is trained.")
    known = (
        (1.0, "1 would be perfect.", f"No label is within the range of tanh: they begin at {y_test.min():.1f}."),
        (0.0, "0 is the R^2 of the mean.", f"This network cannot predict the mean, {y_test.mean():.1f}."),
        (
            r_squared(y_test, 0 * y_test),
            "That is the R^2 of always predicting 0.",
            "tanh has an output that is nearer to all labels.",
        ),
    )
    cause = next((words for value, *words in known if np.isclose(best, value, rtol=1e-3)), None)
    return wrong(*cause) if cause else wrong(f"{best:.4g} is not right.", best_of_tanh.hints[0])


@exercise(
    "7.3",
    "How long would it take",
    baseline="10 epochs, at a learning rate of 0.01.",
    hints=(
        "How many steps are 5 / 1e-6? How many steps does an epoch have?",
        "2,000 rows in batches of 32 are 63 steps per epoch.",
    ),
)
def how_long(epochs_needed):
    """Judge the number of epochs; 62, 62.5 or 63 steps each."""
    epochs = float(epochs_needed)
    if 79_000 <= epochs <= 81_000:
        return right("About 80,000 epochs. With a learning rate of 0.01 it is about 8.")
    if np.isclose(epochs, 5e6, rtol=0.01):
        return wrong(f"{epochs:,.0f} is the number of steps.", "An epoch has many of them: one for each 32 rows.")
    if np.isclose(epochs, 2500, rtol=0.01):
        return wrong("You count one step for each row.", "Weights change once per batch of 32.")
    if epochs < 1:
        return wrong("That is less than one epoch.", "The distance divided by the length of a step gives the steps.")
    return wrong(
        f"{epochs:,.0f} is not right.", "Divide the distance by the length of a step, then by the steps per epoch."
    )


@exercise(
    "7.4",
    "A bend detector",
    baseline="zero, for everything that is a straight line.",
    hints=(
        "Three calls of say: on a, on b, and on their middle, (a + b) / 2.",
        "np.mean(np.abs(say((a + b) / 2) - (say(a) + say(b)) / 2))",
    ),
)
def a_bend_detector(bend):
    """Judge a bend detector on a straight line with a bias, and on functions that bend."""
    a, b = np.array([[0.0, 4.0], [-3.0, 1.0], [2.0, 2.0]]), np.array([[1.0, -4.0], [3.0, 1.0], [-5.0, 2.0]])
    middle = (a + b) / 2
    line, cube = (lambda x: x @ np.array([1.0, -2.0]) + 3), (lambda x: x[:, 0] ** 3)
    result = bend(line, a, b)
    if result is None:
        return wrong("It returns nothing.", a_bend_detector.hints[0])
    if np.isclose(result, np.mean(np.abs(line(a + b) - line(a) - line(b)))):
        return wrong("For a straight line with a bias it is not zero.", "Take the middle, (a + b) / 2, not the sum.")
    if np.isclose(result, np.mean(np.abs(line(middle) - line(a) - line(b)))):
        return wrong("For a straight line it is not zero.", "The middle of both outputs is half of their sum.")
    if not np.isclose(result, 0):
        return wrong(f"For a straight line it returns {result}.", a_bend_detector.hints[1])
    differences = cube(middle) - (cube(a) + cube(b)) / 2
    result = bend(cube, a, b)
    if np.allclose(result, np.mean(np.abs(differences))):
        return right(
            "It is zero for straight lines and above zero for all else, whatever the network looks like inside."
        )
    if np.isclose(abs(result), abs(np.mean(differences))):
        return wrong("Differences above and below zero cancel each other.", "Take absolute values before the mean.")
    return wrong(
        f"For x**3 it returns {result}; expected {np.mean(np.abs(differences)):.4g}.", a_bend_detector.hints[1]
    )


@exercise(
    "7.5",
    "The mended network",
    baseline="the mean of the labels, R^2 of 0; asked is more than 0.5.",
    hints=(
        "Go through the table: five signs, five cures.",
        "Normalization(mean=x_train.mean(), variance=x_train.var()), ReLU twice, Dense(1), Adam(0.01), mse.",
    ),
)
def the_mended_network(mended, x_test, y_test):
    """Judge by the result on test rows; where it is not reached, name the first fault that is left."""
    predicted = outputs_of(mended, x_test)
    if predicted.size != len(y_test):
        return wrong(
            f"For {len(y_test)} images it returns the shape {predicted.shape}.",
            "One number per image: Dense(1) at the end.",
        )
    quality = r_squared(y_test, predicted.ravel())
    if quality > 0.5:
        return right(f"R^2 is {quality:.3f} on images that it has not seen.")
    found = fault_of_inputs(mended, x_test) or fault_of_layers(mended) or fault_of_training(mended)
    if found:
        return wrong(f"R^2 is {quality:.2f}. {found[0]}", found[1])
    span = (
        f"Its predictions go from {predicted.min():.3g} to {predicted.max():.3g}, the labels up to {y_test.max():.3g}"
    )
    return wrong(
        f"R^2 is {quality:.2f}. {span}.", "Was it trained on y_train, unchanged? mended.fit(x_train, y_train, ...)"
    )


@exercise(
    "7.6",
    "Complete the script",
    baseline="0.10, one class for all digits; asked is an accuracy of 0.85.",
    hints=(
        "Three things: images to rows of 64, values from 0 to 1, a loss for labels that are class numbers.",
        'images.reshape(-1, 64) / 16; Dense(10, activation="softmax"); loss="sparse_categorical_crossentropy"; fit.',
    ),
)
def complete_the_script(rows_train, rows_test, reader, digits):
    """Judge by accuracy on test digits; where it is not reached, say what is missing."""
    rows, wanted = np.asarray(rows_test), tuple(reader.input_shape[1:])
    if rows.shape[1:] != wanted or np.shape(rows_train)[1:] != wanted:
        return wrong(f"rows_test holds {rows.shape[1:]} per image; the network expects {wanted}.", "Use reshape.")
    predicted = outputs_of(reader, rows)
    if predicted.shape != (len(digits.y_test), 10):
        return wrong(
            f"For the test digits it returns the shape {predicted.shape}.", "Ten numbers per image, one per class."
        )
    accuracy = float(np.mean(predicted.argmax(axis=1) == digits.y_test))
    largest = max(rows.max(), np.max(rows_train))
    if largest > 2 and not any(type(each).__name__ in ("Rescaling", "Normalization") for each in reader.layers):
        words = f"Its accuracy is {accuracy:.2f}. Its inputs go up to {largest:.0f}."
        return wrong(words, "Divide training rows and test rows by the largest value of a pixel.")
    if accuracy >= 0.85:
        return right(f"Its accuracy on test digits is {accuracy:.2f}, with a loss, rows of numbers and a scaling.")
    words = f"Its accuracy is {accuracy:.2f}."
    if not reader.compiled or reader.loss is None:
        return wrong(f"{words} It has no loss.", "Without one, fit moves no weight and shows a loss of 0.")
    if is_straight(reader.layers[-1]) and not getattr(reader.loss, "from_logits", False):
        return wrong(
            f"{words} Its outputs are not probabilities.", "A softmax at the end, or from_logits=True in the loss."
        )
    return wrong(
        f"{words} No part is missing.",
        "Was it trained, and long enough? reader.fit(rows_train, digits.y_train, epochs=5)",
    )


def outputs_of(model, rows):
    """Return a model's outputs for rows, without compiling it."""
    import keras

    return keras.ops.convert_to_numpy(model(np.asarray(rows, dtype="float32")))


def r_squared(label, predicted):
    """Return the share of the labels' variation that the predictions explain."""
    return 1 - float(np.sum((label - predicted) ** 2) / np.sum((label - label.mean()) ** 2))


def is_straight(layer):
    """Tell whether a layer has an activation that does nothing."""
    return getattr(getattr(layer, "activation", None), "__name__", "") == "linear"


def fault_of_inputs(model, rows):
    """Return (what is wrong, hint) of what reaches the first convolution, None if it is scaled."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            break
        rows = outputs_of(layer, rows)
    mean, spread = float(np.mean(rows)), float(np.std(rows))
    if abs(mean) < 3 * spread < 300:
        return None
    if abs(mean) > 100:
        return f"The first convolution still sees counts of {mean:,.0f}.", "Standardise them in a layer before it."
    words = f"After your scaling the pixels have a mean of {mean:.3g} and a spread of {spread:.2g}."
    return words, "Their differences are still small beside their mean: subtract the mean, then divide by the spread."


def fault_of_layers(model):
    """Return (what is wrong, hint) of the activations, None if they are fine."""
    if not networks.all_bend(model):
        return "A convolution has no activation.", 'Without one the network is linear: activation="relu".'
    end = getattr(getattr(model.layers[-1], "activation", None), "__name__", "")
    if end in ("tanh", "sigmoid", "softmax"):
        return f"The output has the activation {end}.", "No label lies in the range of that function: leave it out."
    return None


def fault_of_training(model):
    """Return (what is wrong, hint) of the loss and the learning rate, None if they are fine."""
    if not model.compiled or model.loss is None:
        return "It has no loss.", 'compile(optimizer=..., loss="mse"), then fit.'
    name = getattr(model.loss, "name", None) or getattr(model.loss, "__name__", None) or str(model.loss)
    if "entropy" in name:
        return f"Its loss is {name}.", "That is for probabilities; the label here is an amount."
    rate = float(model.optimizer.learning_rate)
    if rate < SLOWEST:
        return f"Its learning rate is {rate:.0e}.", "Probe 3: how many epochs would that take? Try 0.01."
    return None
