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
        "A row of `new` may stand anywhere in `known`, and all of its numbers must be equal.",
        "row.tobytes() makes one value of a row. A set of those of `known` can be asked with `in`.",
    ),
)
def find_the_twins(twins):
    """Judge a function that finds rows of one table in another."""
    known = np.array([[1.0, 2], [3, 4], [5, 6], [1, 6], [2, 2], [0, 9], [0, 1]], "float32")
    new = np.array([[5.0, 6], [3, 4], [1, 4], [6, 5], [8, 9], [8, 9], [3, 4.25]], "float32")
    said = twins(known, new)
    if said is None:
        return wrong("It returns nothing.", find_the_twins.hints[0])
    if np.shape(said) != (7,):
        return wrong(f"For 7 new rows the result has the shape {np.shape(said)}.", "Expected one value for each row.")
    said = np.asarray(said).astype(bool).tolist()
    known_errors = {  # the numbers of the rows that are said to be twins
        (1,): "You compare rows at the same place only; a twin may stand anywhere.",
        (0, 1, 2, 3): "Row [1, 4] is new, but its numbers occur in different rows of `known`.",
        (0, 1, 2, 4, 5, 6): "A single number in common does not make a twin; all of them must agree.",
        (0, 1, 3): "[6, 5] is not [5, 6]: numbers belong to their columns.",
        (0, 1, 4, 5): "[8, 9] is twice in `new`; it is no twin unless `known` has it.",
        (0, 1, 6): "[3, 4.25] is near [3, 4]; a twin is equal.",
    }
    found = tuple(place for place, twin in enumerate(said) if twin)
    if found == (0, 1):
        return right("Equal in every number, wherever they stand. This belongs before every split.")
    hint = known_errors.get(found, find_the_twins.hints[1])
    return wrong(f"For rows of which the first two have a twin it says {said}.", hint)


@exercise(
    "3.2",
    "Put rows aside",
    baseline="Keras' validation_split, which takes the last rows as they lie.",
    hints=(
        "Choose wine numbers by chance, not rows. Then every row whose number was chosen is put aside.",
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
        return wrong(f"Of {len(x)} rows you return {lengths}.", "Expected x_fit, y_fit, x_val, y_val, each row once.")
    if not (belong(x_fit, y_fit) and belong(x_val, y_val)):
        return wrong("Rows carry the mark of another wine.", "Choose row numbers once, and use them for x and for y.")
    share = lengths[2] / len(x)
    if abs(share - 0.7) < 0.08:
        return wrong("It is the other way round: 30 % are to be put aside.", "Fit rows come first in what you return.")
    if abs(share - 0.3) > 0.08:
        return wrong(f"A share of {share:.0%} is put aside; 30 % was asked.", "round(share * count) of the wines.")
    if np.array_equal(x_val, x[-len(x_val) :]):
        return wrong("These are the last rows as they lie.", "Shuffle first: a file may have an order.")
    both = {row.tobytes() for row in x_fit} & {row.tobytes() for row in x_val}
    if both:
        return wrong(f"{len(both)} wines are in both parts.", put_rows_aside.hints[0])
    return None


def _by_seed(put_aside, x, y, x_val):
    """Judge by what other seeds give."""
    if not np.array_equal(put_aside(x.copy(), y.copy(), 0.3, 1)[2], x_val):
        return wrong("The same seed gives other rows.", "np.random.default_rng(seed), and nothing else by chance.")
    if np.array_equal(put_aside(x, y, 0.3, 2)[2], x_val):
        return wrong("Seeds 1 and 2 give the same rows.", "np.random.default_rng(seed) deals another order each.")
    return right(f"{len(x_val) / len(x):.0%} of the rows, by chance, no wine in both parts.")


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
        return wrong("These are scaled numbers, not a layer.", "A layer travels with the network: Normalization.")
    if not hasattr(scaling, "get_config"):
        words = f"A {type(scaling).__name__} is no layer of Keras."
        return wrong(words, "Only a layer is saved with the network: keras.layers.Normalization.")
    scaled, others = np.asarray(scaling(x_fit)), np.asarray(scaling(x_train))
    if np.shape(scaled) != x_fit.shape:
        return wrong(f"Rows come out as {np.shape(scaled)}.", a_layer_that_scales.hints[0])
    if is_standard(scaled):
        return right("Mean 0 and deviation 1 in each column, learned from rows to fit on alone.")
    if np.allclose(scaled, x_fit, atol=1e-3):
        return wrong("Rows come out as they went in: it has not seen any yet.", "adapt looks at rows.")
    if is_standard(others):
        return wrong("It learned from the validation rows too.", "They are to stand for rows that nobody saw: x_fit.")
    parts = x_fit.std(axis=0) / scaled.std(axis=0)
    if np.abs(scaled.mean(axis=0)).max() < 0.01:
        return wrong("The columns' means are 0, their deviations not 1.", "variance is the square of the deviation.")
    if np.ptp(parts) < 1e-3 * parts.mean():
        return wrong("There is one mean for the whole table.", "It should know each column's: leave axis as it is.")
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
    said = careful(ops.convert_to_tensor(mark), ops.convert_to_tensor(praise))
    if said is None:
        return wrong("It returns nothing.", the_careful_critic.hints[0])
    if isinstance(said, (np.ndarray, np.generic, float)):
        return wrong("The result is a NumPy number.", "Keras finds no slope through NumPy: ops.where, not np.where.")
    said = np.asarray(ops.convert_to_numpy(said)).ravel()
    if said.shape not in ((1,), (2,)):
        return wrong(f"For 2 predictions there are {said.size} losses.", "One for each, or their mean.")
    expected = {
        "right": (12, 9),
        "It is stricter on the other side.": (4, 27),
        "It treats both sides alike.": (12, 27),
        "The error is not squared.": (6, 3),
    }
    for words, losses in expected.items():
        if np.allclose(said, losses if said.size == 2 else np.mean(losses)):
            if words == "right":
                if not learns(careful):
                    return wrong("The numbers are right, but Keras finds no slope.", "Use ops only, no NumPy inside.")
                return right("Praise of 2 too much costs 12, of 3 too little 9.")
            return wrong(words, the_careful_critic.hints[1])
    return wrong(f"A mark of 5, predicted as 7 and as 2, costs {said.tolist()}.", "Expected 3 x 2 x 2 and 3 x 3.")


@exercise(
    "3.5",
    "One step with momentum",
    baseline="plain descent, which forgets every move at once.",
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
            "Moves of 1, 1.5 and 1.75 times rate x slope: the ball gains speed. Keras' SGD(momentum=) does this."
        )
    if np.allclose(way, -expected):
        return wrong("It climbs the hill.", "Against the slope: minus.")
    if np.allclose(way, -0.1 * slope * np.array([[1.0], [2.0], [3.0]])):
        moved, _ = step(np.zeros(2), slope, 0 * slope, rate=0.1, momentum=0.5)
        if np.any(moved):
            return wrong(
                "The next step starts without speed.", "Look at the velocity that you return: is it the new one?"
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
    said = gain(shallow, deep)
    if said is None:
        return wrong("It returns nothing.", how_sure.hints[0])
    if np.shape(said) != (2,):
        return wrong(f"It returns something of the shape {np.shape(said)}.", "Two numbers: the gain and its error.")
    by, give_or_take = (float(each) for each in said)
    s, t = np.array(shallow), np.array(deep)
    d = s - t
    if np.isclose(by, -d.mean()):
        return wrong("The gain has the wrong sign.", "The deep network's error is smaller here: above zero.")
    if not np.isclose(by, d.mean()):
        return wrong(f"The mean gain is {by:.4g} for differences {d.round(2).tolist()}.", how_sure.hints[0])
    told = {
        d.std(
            ddof=1
        ): "That is the spread of single differences. A mean of four jumps half as much: divide by the root.",
        d.std() / 2: "You divided by n. The mean took one number's freedom: ddof=1.",
        np.sqrt((s.var(ddof=1) + t.var(ddof=1)) / 4): "You took the two lists apart. Errors of one seed are pairs.",
    }
    more = gain([0.5, 0.6, 0.4, 0.7, 0.5, 0.6, 0.4, 0.7, 0.5], [0.4, 0.3, 0.5, 0.6, 0.4, 0.6, 0.2, 0.6, 0.5])
    if np.isclose(give_or_take, d.std(ddof=1) / 2) and not np.isclose(more[1], 0.35 / 9, rtol=1e-4):
        return wrong("It is right for four seeds and not for nine.", "Divide by the root of their number: len.")
    if np.isclose(give_or_take, d.std(ddof=1) / 2):
        return right(f"{by:.3f}, give or take {give_or_take:.3f}: pairs take out what the seed does to both.")
    hint = next((words for value, words in told.items() if np.isclose(give_or_take, value)), how_sure.hints[1])
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
    """Tell whether a network can be trained by a loss: Keras has to find its slope."""
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", loss)
    try:
        model.fit(np.ones((4, 1)), np.ones((4, 1)), verbose=0)
    except Exception:  # each backend has its own
        return False
    return True
