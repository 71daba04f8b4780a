"""What the checks of lesson 10 know of places, networks and early stopping, and the wrong answers that learners give.

Runs on: driver.
"""

import numpy as np

from sparkeras import plots
from sparkeras.course.checks import images
from sparkeras.course.exercise import right, wrong

# Pairs of places: London and Sydney, both sides of the date line, Oslo and Helsinki, a pole and the equator.
A = np.array([[51.5, -0.13], [10.0, 179.0], [59.91, 10.75], [90.0, 0.0]])
B = np.array([[-33.87, 151.21], [10.0, -179.0], [60.17, 24.94], [0.0, 70.0]])

BY_TEST_ROWS = """stopping = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
network.fit(x_fit, y_fit, validation_data=(x_test, y_test), epochs=2, batch_size=32, callbacks=[stopping], verbose=0)"""


def circle(unit="np.radians", cosines="np.cos(lat_a) * np.cos(lat_b)", factor="2 * 6371"):
    """Return an answer to 10.1 with a part of the formula made otherwise."""
    return f"""(lat_a, lon_a), (lat_b, lon_b) = {unit}(a).T, {unit}(b).T
h = np.sin((lat_b - lat_a) / 2) ** 2 + {cosines} * np.sin((lon_b - lon_a) / 2) ** 2
return {factor} * np.arcsin(np.sqrt(np.clip(h, 0, 1)))"""


def judge_distance(distance_km):
    """Judge a function of distances by four pairs of places."""
    said, expected = distance_km(A, B), plots.great_circle_km(A, B)
    if said is None:
        return wrong("It returns nothing.", "First both arrays in radians, then the formula. a[:, 0] are latitudes, "
                     "a[:, 1] longitudes.")  # fmt: skip
    said = np.asarray(said, float)
    if said.shape != (4,):
        return wrong(f"For four pairs it gives the shape {said.shape}.", "One distance per row: (rows,).")
    if np.allclose(said, expected, rtol=0.005):
        return right("London to Sydney 16,994 km, and across the date line 219 km.")
    told = f"London to Sydney are 16,994 km; it says {said[0]:,.0f}. Oslo to Helsinki are 790; it says {said[2]:,.0f}."
    if np.allclose(said, 111 * np.hypot(*(A - B).T), rtol=0.02):
        return wrong(told, "Pythagoras is for a flat map. Follow the formula.")
    if np.allclose(2 * said, expected, rtol=0.005):
        return wrong(told, "Everywhere half of it: is the 2 in front of R there?")
    if abs(said[3] / expected[3] - 1) > 0.005 and abs(said[2] / expected[2] - 1) > 0.5 and said[2] > expected[2]:
        lat, lon = np.radians(A - B).T
        flat = 2 * 6371 * np.arcsin(np.sqrt(np.clip(np.sin(lat / 2) ** 2 + np.sin(lon / 2) ** 2, 0, 1)))
        if np.allclose(said, flat, rtol=0.005):
            return wrong(told, "Too far near the poles: cos(lat) of both places belongs to the second part.")
    (lat_a, lon_a), (lat_b, lon_b) = A.T, B.T  # as they come, in degrees
    h = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    if np.allclose(said, 2 * 6371 * np.arcsin(np.sqrt(np.clip(h, 0, 1))), rtol=0.005):
        return wrong(told, "np.sin takes radians: np.radians(a), np.radians(b).")
    return wrong(told, "Part by part: latitude is column 0; halves, squares, both cosines, the root, 2 R.")


def always(place):
    """Return an answer to 10.2 with another place."""
    return f"mean_km = plots.great_circle_km(y_test, np.broadcast_to({place}, y_test.shape)).mean()"


def network(rows="fit", last=None):
    """Return an answer to 10.3 with the numbers of other rows, or another last layer."""
    usual = f"keras.layers.Normalization(mean=y_{rows}.mean(axis=0), variance=y_{rows}.var(axis=0), invert=True)"
    return f"""made = keras.Sequential([
    keras.Input((x_fit.shape[1],)),
    keras.layers.Normalization(mean=x_{rows}.mean(axis=0), variance=x_{rows}.var(axis=0)),
    keras.layers.Dense(256, activation="relu"),
    keras.layers.Dense(2),
    {usual if last is None else last}
])
made.compile(optimizer="adam", loss="mae")
return made"""


def judge_built(built, x_fit, y_fit, x_train, y_train):
    """Judge an untrained network: with zeros for all that it learns, it says the mean, with ones as biases one more."""
    import keras

    if not isinstance(built, keras.Model):
        return wrong("It returns no network.", "Five parts: Input, Normalization, Dense with ReLU, Dense(2), "
                     "Normalization(..., invert=True); then compile.")  # fmt: skip
    if tuple(built.output_shape[1:]) != (2,):
        return wrong(f"It gives {built.output_shape[1:]} per row.", "Two outputs: Dense(2).")
    if not built.compiled:
        return wrong("It is not compiled.", 'made.compile(optimizer="adam", loss="mae")')
    first = next((each for each in built.layers if isinstance(each, keras.layers.Normalization)), None)
    told_all = "It knows numbers of the validation rows, too."
    if first is None or np.size(first.mean) != x_fit.shape[1]:
        return wrong(
            "The inputs are not scaled column for column.", "Normalization of x_fit's mean and variance first."
        )
    if np.allclose(np.ravel(first.mean), x_train.mean(axis=0), atol=1e-6):
        return wrong(told_all, "Mean and variance of x_fit and y_fit.")
    if not np.allclose(np.ravel(first.mean), x_fit.mean(axis=0), atol=1e-4) or not np.allclose(
        np.ravel(first.variance), x_fit.var(axis=0), rtol=1e-3
    ):
        return wrong("The inputs' numbers are not x_fit's.", "mean=x_fit.mean(axis=0), variance=x_fit.var(axis=0)")
    fault = _plan_fault(built)
    if fault:
        return wrong(*fault)
    zero, one = _answers(built, x_fit)
    return _judge_ends(zero, one, y_fit, told_all, y_train)


def _plan_fault(built):
    """Return (what is wrong, hint) of layers, loss or optimizer, None if they are as asked."""
    dense = [layer for layer in built.layers if type(layer).__name__ == "Dense"]
    units = [layer.units for layer in dense]
    if units not in ([256, 2], [256, 1, 1]):
        return f"Its Dense layers have {units} units.", "One hidden layer of 256, then Dense(2)."
    if not images.all_bend(built, "Dense", but_last=True):
        return "The hidden layer has no activation.", 'Dense(256, activation="relu")'
    if dense[-1].activation.__name__ != "linear":
        return f"Its output ends in {dense[-1].activation.__name__}.", "Dense(2) alone: places lie on both sides of 0."
    if built.loss not in ("mae", "mean_absolute_error") and type(built.loss).__name__ != "MeanAbsoluteError":
        return "Its loss is another one.", 'loss="mae", the mean absolute error.'
    if type(built.optimizer).__name__ != "Adam":
        return f"Its optimizer is {type(built.optimizer).__name__}.", 'optimizer="adam"'
    return None


def _judge_ends(zero, one, y_fit, told_all, y_train):
    """Judge what the network says where its last Dense layer says 0, and where it says 1."""
    mean, std = y_fit.mean(axis=0), y_fit.std(axis=0)
    if np.allclose(zero, mean, rtol=1e-3) and np.allclose(one - zero, std, rtol=1e-3):
        return right("A zero means the mean place, a one is a standard deviation away from it.")
    if np.allclose(zero, 0) and np.allclose(one, 1):
        return wrong("It ends in plain numbers around zero.", "Turn them back into degrees by a last layer.")
    if np.allclose(zero, y_train.mean(axis=0), rtol=1e-5):
        return wrong(told_all, "Mean and variance of x_fit and y_fit.")
    if np.allclose(zero, y_fit.mean(), rtol=1e-3):
        return wrong("Both outputs have the same mean.", "Each column by itself: axis=0.")
    if np.allclose(zero, mean, rtol=1e-3) and np.allclose(one - zero, np.sqrt(std), rtol=1e-3):
        return wrong("A one is not a standard deviation.", "variance is its square: y_fit.var(axis=0).")
    if np.allclose(one - zero, 1 / std, rtol=1e-3):
        return wrong("The last layer goes the way in once more.", "The way out is the other way round: invert=True.")
    return wrong("Where the Dense layer says 0, the network should say the mean place of y_fit.", "See the last layer.")


def _answers(built, x):
    """Return what it says of a row with all weights zero, and with the last biases one; puts the weights back."""
    kept, said = built.get_weights(), []
    for last in (0.0, 1.0):
        for variable in built.trainable_variables:
            variable.assign(np.zeros(variable.shape, "float32"))
        built.trainable_variables[-1].assign(np.full(built.trainable_variables[-1].shape, last, "float32"))
        said.append(built.predict(x[:1], verbose=0)[0])
    built.set_weights(kept)
    return said


def stop(result="epoch + 1, best + 1", again="0", against="losses[best]"):
    """Return an answer to 10.4 with a part made otherwise."""
    return f"""best, waited = 0, 0
for epoch, loss in enumerate(losses):
    if epoch == 0 or loss < {against}:
        best, waited = epoch, {again}
    else:
        waited += 1
        if waited == patience:
            break
return {result}"""


# Losses, patience, and where it is to stop with which best.
_COURSES = (
    ([5.0, 4.0, 6.0, 5.5, 5.2, 7.0], 3, (5, 2)),  # better than the epoch before is not better than the best
    ([5.0, 4.0, 3.0, 3.5, 3.2, 2.0, 1.0], 2, (5, 3)),  # the patience runs out before the best of all
    ([5.0, 6.0, 4.0, 5.0, 3.0, 4.0, 2.0], 2, (7, 7)),  # two in a row never happen
    ([5.0, 4.0, 3.0, 2.0, 1.0], 3, (5, 5)),  # it never runs out
    ([3.0, 3.0, 3.0, 3.0], 2, (3, 1)),  # as good is not better
    ([5.0, 4.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0], 2, (4, 2)),  # it does not wait one more
)


def judge_stop(stop_at):
    """Judge early stopping on made courses of a validation error."""
    said = [stop_at(losses, patience) for losses, patience, _ in _COURSES]
    if any(each is None for each in said):
        words = "Walk through the losses; keep the best epoch so far and the number of epochs since."
        return wrong("It returns nothing.", words)
    if any(np.shape(each) != (2,) for each in said):
        return wrong(f"It returns {said[0]!r}.", "Two numbers: the epoch where it stops, and the best one.")
    said = [tuple(int(number) for number in each) for each in said]
    expected = [each for _, _, each in _COURSES]
    if said == expected:
        return right("Patience is a number of epochs in a row without a new best.")
    if said[:2] == [(stop - 1, best - 1) for stop, best in expected[:2]]:
        return wrong(f"It says {said[3]} where each of five epochs is better.", "Epochs are counted from 1.")
    number = next(i for i, each in enumerate(expected) if said[i] != each)
    losses, patience, _ = _COURSES[number]
    told = f"For {losses} and patience {patience} it says {said[number]}; expected {expected[number]}."
    return wrong(told, _why_stopped(said, expected))


def _why_stopped(said, expected):
    """Return the hint for wrong ends of the made courses."""
    if said == [each[::-1] for each in expected]:
        return "The two numbers are exchanged: first where it stops."
    if [each for i, each in enumerate(said) if i != 4] == [each for i, each in enumerate(expected) if i != 4]:
        return "An epoch that is as good as the best one is no new best."
    if said[5] == (5, 2):
        return "It waits one epoch too long: it stops when the count equals the patience."
    if said[0] == (6, 2) and said[5] == (4, 2):
        return "A new best is one that beats the best so far, not the epoch before."
    if said[0] == (6, 2):
        return "A training that has stopped cannot see the later epochs."
    if said[0][1] > 2:
        return "Compare with the best so far, not with the epoch before."
    if said[2] != expected[2]:
        return "Patience is for epochs in a row: a new best sets the count to zero."
    return "After how many epochs without a new best does it stop, and which was the best until then?"


def stopper(arguments):
    """Return an answer to 10.5 that makes an EarlyStopping and trains nothing."""
    return f"stopping = keras.callbacks.EarlyStopping({arguments})"


def share(formula):
    """Return an answer to 10.6 with another formula of the squared errors of the network and of the mean."""
    return f"""ours = (y_test - network.predict(x_test, verbose=0)) ** 2
theirs = (y_test - y_train.mean(axis=0)) ** 2
explained = {formula}"""
