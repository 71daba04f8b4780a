"""Lesson 3: twins, rows put aside, scaling, a loss, an optimizer, and how sure one may be.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong


@exercise(
    "3.1",
    "Find the twins",
    baseline="looking at two columns of numbers by eye.",
    hints=(
        "A row of `new` may be at any place in `known`, and all of its numbers must be equal.",
        "row.tobytes() turns a row into one value. Put those of `known` into a set, and test with `in`.",
    ),
)
def find_the_twins(twins):
    """Judge a function that finds rows of one table in another."""
    known = np.array([[1.0, 2], [3, 4], [5, 6], [1, 6], [2, 2], [0, 9], [0, 1]], "float32")
    new = np.array([[5.0, 6], [3, 4], [1, 4], [6, 5], [8, 9], [8, 9], [3, 4.25]], "float32")
    result = twins(known, new)
    if result is None:
        return wrong("It returns nothing.", find_the_twins.hints[0])
    if np.shape(result) != (7,):
        return wrong(f"For 7 new rows the result has the shape {np.shape(result)}.", "Expected one value for each row.")
    result = np.asarray(result).astype(bool).tolist()
    known_errors = {  # the numbers of the rows that the function calls twins
        (1,): "You compare rows at the same place only; a twin may be at any place.",
        (0, 1, 2, 3): "Row [1, 4] is new, but its numbers occur in different rows of `known`.",
        (0, 1, 2, 4, 5, 6): "A single number in common does not make a twin; all of them must agree.",
        (0, 1, 3): "[6, 5] is not [5, 6]: numbers belong to their columns.",
        (0, 1, 4, 5): "[8, 9] is twice in `new`; it is no twin unless `known` has it.",
        (0, 1, 6): "[3, 4.25] is near [3, 4]; a twin is equal.",
    }
    found = tuple(place for place, twin in enumerate(result) if twin)
    if found == (0, 1):
        return right("Twins are equal in every number, at any place. Look for them before every split.")
    hint = known_errors.get(found, find_the_twins.hints[1])
    return wrong(f"Only the first two rows have a twin, but the result is {result}.", hint)


@exercise(
    "3.2",
    "Put rows aside",
    baseline="Keras' validation_split, which takes the last rows as they lie.",
    hints=(
        "Draw wine numbers at random, not rows. Then put aside every row whose number was drawn.",
        "shuffled = np.random.default_rng(seed).permutation(number.max() + 1); np.isin(number, shuffled[:some]).",
    ),
)
def put_rows_aside(put_aside):
    """Judge a split by chance that keeps twins together and marks at their rows."""
    x, y = table()
    parts = put_aside(x.copy(), y.copy(), 0.3, 1)
    if parts is None:
        return wrong("It returns nothing.", put_rows_aside.hints[0])
    if len(parts) != 4:
        return wrong(f"It returns {len(parts)} parts.", "Four: x_fit, y_fit, x_val, y_val.")
    return _parts(x, [np.asarray(part) for part in parts]) or _by_seed(put_aside, x, y, np.asarray(parts[2]))


def _parts(x, parts):
    """Return what is wrong with a split of 30 %, or None."""
    x_fit, y_fit, x_val, y_val = parts
    lengths = (len(x_fit), len(y_fit), len(x_val), len(y_val))
    if lengths[0] != lengths[1] or lengths[2] != lengths[3] or lengths[0] + lengths[2] != len(x):
        return wrong(
            f"The parts have {lengths} rows, the table {len(x)}.", "Expected x_fit, y_fit, x_val, y_val, each row once."
        )
    if not (belong(x_fit, y_fit) and belong(x_val, y_val)):
        return wrong(
            "Some rows have the mark of another wine.", "Choose row numbers once, and use them for x and for y."
        )
    share = lengths[2] / len(x)
    if abs(share - 0.7) < 0.08:
        return wrong("It is the other way round: 30 % should be put aside.", "Return the rows to fit first.")
    if abs(share - 0.3) > 0.08:
        return wrong(f"{share:.0%} of the rows are put aside; expected 30 %.", "round(share * count) of the wines.")
    if np.array_equal(x_val, x[-len(x_val) :]):
        return wrong("These are the last rows of the table.", "Shuffle first: a file may be sorted.")
    both = {row.tobytes() for row in x_fit} & {row.tobytes() for row in x_val}
    if both:
        return wrong(f"{len(both)} wines are in both parts.", put_rows_aside.hints[0])
    return None


def _by_seed(put_aside, x, y, x_val):
    """Judge by what other seeds give."""
    if not np.array_equal(put_aside(x.copy(), y.copy(), 0.3, 1)[2], x_val):
        return wrong("The same seed gives different rows.", "Take all random numbers from np.random.default_rng(seed).")
    if np.array_equal(put_aside(x, y, 0.3, 2)[2], x_val):
        return wrong(
            "Seeds 1 and 2 give the same rows.", "np.random.default_rng(seed) gives a different order for each seed."
        )
    return right(f"{len(x_val) / len(x):.0%} of the rows are put aside at random, and no wine is in both parts.")


@exercise(
    "3.3",
    "A layer that scales",
    baseline="columns that run from 0.99 to 1.004 beside others that run to 165.",
    hints=(
        "keras.layers.Normalization() learns mean and variance of each column by its method `adapt`.",
        "scaling = keras.layers.Normalization(); scaling.adapt(x_fit)",
    ),
)
def a_layer_that_scales(scaling, x_fit, x_train):
    """Judge a scaling layer by the rows that come out."""
    if isinstance(scaling, np.ndarray):
        return wrong("These are scaled numbers, not a layer.", "A layer is saved with the network: use Normalization.")
    if not hasattr(scaling, "get_config"):
        words = f"A {type(scaling).__name__} is not a layer of Keras."
        return wrong(words, "Only a layer is saved with the network: keras.layers.Normalization.")
    scaled, others = np.asarray(scaling(x_fit)), np.asarray(scaling(x_train))
    if np.shape(scaled) != x_fit.shape:
        return wrong(f"The scaled rows have the shape {np.shape(scaled)}.", a_layer_that_scales.hints[0])
    if is_standard(scaled):
        return right("Each column has mean 0 and standard deviation 1, learned from the rows to fit alone.")
    if np.allclose(scaled, x_fit, atol=1e-3):
        return wrong("The layer changes nothing: it has not seen any rows yet.", "Call its method adapt.")
    if is_standard(others):
        return wrong("It learned from the validation rows too.", "Validation rows must stay unseen: adapt to x_fit.")
    parts = x_fit.std(axis=0) / scaled.std(axis=0)
    if np.abs(scaled.mean(axis=0)).max() < 0.01:
        return wrong(
            "The columns' means are 0, but their standard deviations are not 1.",
            "variance is the square of the standard deviation.",
        )
    if np.ptp(parts) < 1e-3 * parts.mean():
        return wrong(
            "There is one mean for the whole table.", "Leave axis as it is, so that each column has its own mean."
        )
    return wrong(f"The columns' means are {scaled.mean(axis=0).round(2).tolist()}.", a_layer_that_scales.hints[1])


@exercise(
    "3.4",
    "The careful critic",
    baseline="the squared error, which finds too much praise as bad as too little.",
    hints=(
        "ops.where(condition, a, b) takes from a where the condition holds. When is a prediction above the mark?",
        "too_much = y_pred - y_true; three times too_much**2 where too_much > 0.",
    ),
)
def the_careful_critic(careful):
    """Judge a loss that counts too much praise three times."""
    from keras import ops

    mark, praise = np.full((2, 1), 5, "float32"), np.array([[7.0], [2.0]], "float32")
    result = careful(ops.convert_to_tensor(mark), ops.convert_to_tensor(praise))
    if result is None:
        return wrong("It returns nothing.", the_careful_critic.hints[0])
    if isinstance(result, (np.ndarray, np.generic, float)):
        return wrong(
            "The result is a NumPy number.", "Keras cannot compute gradients through NumPy: ops.where, not np.where."
        )
    result = np.asarray(ops.convert_to_numpy(result)).ravel()
    if result.shape not in ((1,), (2,)):
        return wrong(f"For 2 predictions there are {result.size} losses.", "One for each, or their mean.")
    expected = {
        "right": (12, 9),
        "It counts the other side three times: predictions below the mark.": (4, 27),
        "It treats both sides alike.": (12, 27),
        "The error is not squared.": (6, 3),
    }
    for words, losses in expected.items():
        if np.allclose(result, losses if result.size == 2 else np.mean(losses)):
            if words == "right":
                if not learns(careful):
                    return wrong(
                        "The numbers are right, but Keras cannot compute a gradient.", "Use ops only, and no NumPy."
                    )
                return right("A prediction that is 2 too high costs 12, one that is 3 too low costs 9.")
            return wrong(words, the_careful_critic.hints[1])
    return wrong(f"A mark of 5, predicted as 7 and as 2, costs {result.tolist()}.", "Expected 3 x 2 x 2 and 3 x 3.")


@exercise(
    "3.5",
    "One step with momentum",
    baseline="plain gradient descent, which forgets every move at once.",
    hints=(
        "First the new velocity: a share of the old one, and a move against the slope. Then w moves by it.",
        "velocity = momentum * velocity - rate * slope; w = w + velocity.",
    ),
)
def one_step(step):
    """Judge three steps of momentum, by the way that w goes: there are two customs for the velocity's sign and size."""
    slope = np.array([1.0, -2.0])
    if step(np.zeros(2), np.zeros(2), slope) is None:
        return wrong("It returns nothing.", one_step.hints[0])
    w, velocity, way = np.zeros(2), np.zeros(2), []
    for _ in range(3):
        w, velocity = step(w, velocity, slope, rate=0.1, momentum=0.5)
        way.append(np.array(w, float))  # w may be changed in place
    expected = -0.1 * slope * np.array([[1.0], [2.5], [4.25]])
    if np.allclose(way, expected):
        return right(
            "Moves of 1, 1.5 and 1.75 times rate x slope: the velocity grows. Keras' SGD(momentum=) does this."
        )
    if np.allclose(way, -expected):
        return wrong("w climbs: the loss grows.", "Move against the slope: use a minus sign.")
    if np.allclose(way, -0.1 * slope * np.array([[1.0], [2.0], [3.0]])):
        moved, _ = step(np.zeros(2), slope, 0 * slope, rate=0.1, momentum=0.5)
        if np.any(moved):
            return wrong(
                "The next step starts without a velocity.", "Look at the velocity that you return: is it the new one?"
            )
        return wrong(
            "It remembers nothing of the last move.", "All three moves are equal. Keep a share of the velocity."
        )
    return wrong(f"After three steps w is {way[-1].tolist()}; expected {expected[-1].tolist()}.", one_step.hints[1])


@exercise(
    "3.6",
    "How sure are you",
    baseline="a comparison of one run with one run.",
    hints=(
        "Both networks of a seed belong together: take the differences first.",
        "differences = np.array(shallow) - np.array(deep); their mean, and std(ddof=1) / sqrt(count).",
    ),
)
def how_sure(gain):
    """Judge a mean of differences and its standard error."""
    shallow, deep = [0.42, 0.40, 0.47, 0.41], [0.41, 0.39, 0.43, 0.41]
    result = gain(shallow, deep)
    if result is None:
        return wrong("It returns nothing.", how_sure.hints[0])
    if np.shape(result) != (2,):
        return wrong(
            f"It returns the shape {np.shape(result)}.", "Expected two numbers: the gain and its standard error."
        )
    by, give_or_take = (float(each) for each in result)
    s, t = np.array(shallow), np.array(deep)
    d = s - t
    if np.isclose(by, -d.mean()):
        return wrong(
            "The gain has the wrong sign.", "The deep network's error is smaller here, so the gain is above zero."
        )
    if not np.isclose(by, d.mean()):
        return wrong(f"The mean gain is {by:.4g} for differences {d.round(2).tolist()}.", how_sure.hints[0])
    hints = {
        d.std(ddof=1): "That is the standard deviation of single differences. For their mean, divide by the root.",
        d.std() / 2: "You divided by n. The mean comes from the same numbers, so divide by n - 1: ddof=1.",
        np.sqrt(
            (s.var(ddof=1) + t.var(ddof=1)) / 4
        ): "You treated the lists as independent. The errors of one seed are pairs.",
    }
    more = gain([0.5, 0.6, 0.4, 0.7, 0.5, 0.6, 0.4, 0.7, 0.5], [0.4, 0.3, 0.5, 0.6, 0.4, 0.6, 0.2, 0.6, 0.5])
    if np.isclose(give_or_take, d.std(ddof=1) / 2) and not np.isclose(more[1], 0.35 / 9, rtol=1e-4):
        return wrong("It is right for four seeds and not for nine.", "Divide by the root of their number: len.")
    if np.isclose(give_or_take, d.std(ddof=1) / 2):
        return right(
            f"The gain is {by:.3f}, give or take {give_or_take:.3f}. Pairs cancel what the seed does to both networks."
        )
    hint = next((words for value, words in hints.items() if np.isclose(give_or_take, value)), how_sure.hints[1])
    return wrong(f"The standard error is not {give_or_take:.4g}.", hint)


def table():
    """Return x (600, 3), a fifth of it twins, and y, which follows from the row: its sum."""
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 10, (480, 3)).astype("float32")
    x = np.concatenate([x, x[:120]])[rng.permutation(600)]
    return x, x.sum(axis=1)


def belong(x, y):
    """Tell whether each y is that of its row."""
    return x.shape[1:] == (3,) and np.allclose(x.sum(axis=1), np.ravel(y))


def is_standard(rows):
    """Tell whether each column has the mean 0 and the standard deviation 1."""
    return np.allclose(rows.mean(axis=0), 0, atol=5e-3) and np.allclose(rows.std(axis=0), 1, atol=5e-3)


def learns(loss):
    """Tell whether a network can be trained with a loss: Keras has to compute its gradient."""
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", loss)
    try:
        model.fit(np.ones((4, 1)), np.ones((4, 1)), verbose=0)
    except Exception:  # each backend has its own
        return False
    return True
