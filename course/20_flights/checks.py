"""Lesson 20: what a messy table needs before a network can learn from it.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong

AT_DEPARTURE, AT_ARRIVAL = ("dep_time", "dep_delay"), ("arr_time", "air_time")
OF_TASTE = ("year", "tailnum")  # the one is constant, the other may change in the last hour


@exercise(
    "20.1",
    "Known before departure",
    baseline="dep_delay alone, which orders flights with an AUC of about 0.90, when they have already left.",
    hints=(
        "Ask of each column: who writes it into the table, and when?",
        "Five columns are known only once the plane has left or landed; table.columns without them is the answer.",
    ),
)
def known_before(known, table):
    """Judge the list of columns that a prediction may use."""
    if isinstance(known, str) or not all(isinstance(name, str) for name in known):
        return wrong(f"known is {known!r}.", "Expected a list of the names of columns.")
    strange = [name for name in known if name not in table.columns]
    if strange:
        return wrong(f"The table has no column {strange[0]!r}.", "Take the names from table.columns.")
    if "arr_delay" in known:
        return wrong("arr_delay is among them.", "The label is made of it: it is the answer itself.")
    early = [name for name in known if name in AT_DEPARTURE]
    if early:
        return wrong(f"{early[0]} is among them.", "It is written when the plane leaves the gate, late or not.")
    late = [name for name in known if name in AT_ARRIVAL]
    if late:
        return wrong(f"{late[0]} is among them.", "It is measured on the way, so nobody knows it before the landing.")
    not_yet = ("arr_delay", *AT_DEPARTURE, *AT_ARRIVAL, *OF_TASTE)
    missing = [name for name in table.columns if name not in (*known, *not_yet)]
    if missing:
        return wrong(f"{missing[0]} is not among them.", "Timetable and route are known in advance, and may be used.")
    return right(f"{len(known)} columns are there on the evening before; five are not.")


@exercise(
    "20.2",
    "The area, from ranks",
    baseline="0.5, an order by chance.",
    hints=(
        "ranks = rankdata(score); then ranks[late] are those of the late flights.",
        "(ranks[late].sum() - n * (n + 1) / 2) / (n * m), with n = late.sum() and m = (~late).sum().",
    ),
)
def area_from_ranks(auc):
    """Judge an area under the ROC curve."""
    score = np.array([0.4, 0.1, 0.4, 0.8, 0.3, 0.9, 0.4, 0.2])
    late = np.array([True, False, False, True, False, False, True, False])
    result, answer = auc(score, late), area(score, late)
    if result is None:
        return wrong("It returns nothing.", area_from_ranks.hints[0])
    if np.ndim(result):
        return wrong(f"It returns the shape {np.shape(result)}.", "Expected one number: the ranks are summed up.")
    if np.isclose(result, answer):
        return right(f"A late flight is above a punctual one in {result:.0%} of the pairs of the example.")
    message = f"For 3 late and 5 punctual flights it is {result:.3g}."
    n, m = late.sum(), (~late).sum()
    known = (
        (1 - answer, "That is the share of pairs that the punctual flight wins: sum the ranks of the late ones."),
        (answer + (n + 1) / 2 / m, "Subtract the least that the sum of n ranks can be: n * (n + 1) / 2."),
        (np.mean((score > 0.5) == late), "That is the accuracy at one threshold; the area measures the whole order."),
        (answer * m / len(late), "Divide by the pairs of a late and a punctual flight, n * m."),
    )
    hint = next((hint for value, hint in known if np.isclose(result, value)), None)
    # Where equal scores have ranks of their own, by chance, each tie is won or lost.
    if hint is None and abs(result - answer) <= 0.5 * _ties(score, late) + 1e-9:
        hint = "Equal scores share the mean of their ranks: rankdata."
    return wrong(message, hint or area_from_ranks.hints[1])


def _ties(score, late):
    """Return the share of pairs of a late and a punctual flight with equal scores."""
    return np.mean(score[late][:, None] == score[~late][None, :])


def area(score, late):
    """Return the area under the ROC curve by looking at all pairs."""
    above = score[late][:, None] - score[~late][None, :]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


@exercise(
    "20.3",
    "Ids",
    baseline="one id for all values that are not frequent: then a gap, a new airport and a rare one are the same.",
    hints=(
        "Count the values of learned_from without None first: a Counter. Which have at least `at_least`?",
        "A dict: 2 for each value of learned_from, then 3, 4, ... for frequent ones; .get(value, 1) for the others.",
    ),
)
def ids_by_hand(ids_of):
    """Judge ids that keep missing, unknown and rare apart."""
    learned = [*(["LAX"] * 2), *(["SFO"] * 4), None, None, None, None, None, "ORD", *(["ATL"] * 3)]
    values = ["SFO", "ATL", "LAX", "ORD", "BOS", "BOS", "BOS", None]
    try:
        result = ids_of(np.array(values, object), np.array(learned, object), 2)
    except (KeyError, TypeError) as error:
        return wrong(f"It raises an error: {error}", "A value may be None, or one that learned_from does not have.")
    if result is None:
        return wrong("It returns nothing.", ids_by_hand.hints[0])
    result = np.asarray(result)
    if result.shape != (len(values),):
        return wrong(f"8 values give the shape {result.shape}.", "Expected an id per value: (8,).")
    ids = result.tolist()
    if ids == [3, 4, 5, 2, 1, 1, 1, 0]:
        return right("Missing, unknown and rare have an id each, and so has every frequent value.")
    return wrong(f"The ids of {values} are {ids}.", _why(ids))


def _why(ids):
    """Return the hint for wrong ids of 20.3's example."""
    frequent, rare, unknown, missing = ids[:3], ids[3], ids[4], ids[7]
    if unknown >= 3:
        return "BOS is not in learned_from, so it is unknown: count the values of learned_from alone."
    if missing >= 3 or frequent[0] == 4:
        return "None is often in learned_from, but it is no value: leave it out when you count."
    if missing == unknown:
        return "A gap is not an unknown value: None gets 0, and BOS gets 1."
    if rare == unknown:
        return "ORD is in learned_from, once: rare, 2. BOS is not there at all: unknown, 1."
    if rare >= 3:
        return "ORD is once in learned_from, less often than at_least: rare, 2."
    if frequent != sorted(frequent):
        return "The commonest value gets 3: here SFO, then ATL, then LAX."
    if frequent[0] != 3:
        return "0, 1 and 2 are taken, so the commonest value gets 3: start=3."
    return ids_by_hand.hints[1]


@exercise(
    "20.4",
    "The median and a flag",
    baseline="0 in place of each gap, as if the plane had left just now.",
    hints=(
        "np.isnan(values) says where gaps are; np.where(gap, number, values) fills them.",
        "np.stack([filled, gap], axis=1), where filled has np.nanmedian(learned_from) in place of gaps.",
    ),
)
def median_and_flag(with_flag):
    """Judge filled gaps and their flag."""
    values, learned = np.array([2.0, np.nan, 7.0, np.nan]), np.array([1.0, np.nan, 4.0, 13.0, np.nan])
    given = values.copy()
    result = with_flag(values, learned)
    if result is None:
        return wrong("It returns nothing.", median_and_flag.hints[0])
    result, gap = np.asarray(result, dtype=float), np.isnan(given)
    if not np.array_equal(values, given, equal_nan=True):
        return wrong("It changes the array that it is given.", "Make a new one: np.where(gap, number, values).")
    if result.shape == (2, 4):
        return wrong("Its shape is (2, 4).", "Rows come first: np.stack(..., axis=1).")
    if result.shape != (4, 2):
        return wrong(f"4 values give the shape {result.shape}.", "Expected (4, 2): the number, and the flag beside it.")
    filled, flag = result.T
    if np.array_equal(flag, ~gap) and not np.array_equal(flag, gap):
        return wrong("The flag is 1 where there is a value.", "It says that something is missing: 1 for a gap.")
    if not np.array_equal(flag, gap):
        return wrong(f"The flags of {given.tolist()} are {flag.tolist()}.", "1 for a gap, else 0: np.isnan(values).")
    if not np.allclose(filled[~gap], given[~gap]):
        return wrong("It changes values that are there.", "Only gaps are filled: np.where(gap, number, values).")
    message = f"In place of gaps it has {filled[1]:.3g}."
    known = {
        0.0: "0 hours is a value like others, the most extreme one. Take the median.",
        6.0: "That is the mean. A few large values pull it up; take the median.",
        4.5: "That is the median of the values themselves. In the test these are test rows: take learned_from.",
    }
    if np.isnan(filled).any():
        return wrong("There are still gaps.", "np.median of an array with NaN is NaN; np.nanmedian leaves them out.")
    if np.allclose(filled[gap], 4):
        return right("The number says little where there was none, and the flag says that there was none.")
    hint = next((hint for value, hint in known.items() if np.allclose(filled[gap], value)), median_and_flag.hints[1])
    return wrong(message, hint)


@exercise(
    "20.5",
    "On the clock",
    baseline="the number itself, by which 23:59 and 0:01 are as far apart as possible.",
    hints=(
        "times // 100 are the hours and times % 100 the minutes. How many minutes of the day are over?",
        "angle = 2 * np.pi * minutes / (24 * 60), and np.stack([np.sin(angle), np.cos(angle)], axis=1).",
    ),
)
def clock(on_the_clock):
    """Judge sine and cosine of times of day."""
    times = np.array([0, 517, 600, 1259, 1830, 2359])
    hours, minutes = times // 100, times % 100
    result = on_the_clock(times)
    if result is None:
        return wrong("It returns nothing.", clock.hints[0])
    result = np.asarray(result)
    if result.shape == (2, 6):
        return wrong("Its shape is (2, 6).", "Rows come first: np.stack(..., axis=1).")
    if result.shape != (6, 2):
        return wrong(f"6 times give the shape {result.shape}.", "Expected (6, 2): a sine and a cosine per time.")
    part = (hours * 60 + minutes) / (24 * 60)
    if np.allclose(result, _circle(2 * np.pi * part), atol=1e-6):
        return right("23:59 is next to 0:00, and 5:17 is where the hand of a clock with 24 hours would be.")
    message = f"Of 517 it makes ({result[1, 0]:.3f}, {result[1, 1]:.3f})."
    known = (
        (_circle(2 * np.pi * part)[:, ::-1], "Sine and cosine are exchanged: the sine comes first."),
        (_circle(2 * np.pi * times / 2400), "517 is no quantity: an hour has 60 minutes, not 100."),
        (_circle(2 * np.pi * hours / 24), "The minutes are lost: 5:59 is nearly 6:00."),
        (_circle(2 * np.pi * part * 2), "Noon and midnight are at the same place: the circle takes 24 hours, not 12."),
        (_circle(360 * part), "np.sin takes radians: the whole circle is 2 * np.pi, not 360."),
        (_circle(part), "Once around is 2 * np.pi: multiply the part of the day by it."),
    )
    hint = next((hint for value, hint in known if np.allclose(result, value, atol=1e-6)), clock.hints[1])
    return wrong(message, hint)


def _circle(angle):
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)


@exercise(
    "20.6",
    "How far it falls",
    baseline="0, a column that the model does not use.",
    hints=(
        "Make a new dict: {**rows, column: rng.permutation(rows[column])}.",
        "auc(score(rows), late) - auc(score(shuffled), late).",
    ),
)
def how_far_it_falls(importance):
    """Judge the fall of the AUC on made-up rows, of which the model uses two columns of three."""
    rng = np.random.default_rng(0)
    rows = {name: rng.normal(size=4000) for name in ("a", "b", "unused")}
    kept = {name: values.copy() for name, values in rows.items()}

    def score(rows):
        return rows["a"] + rows["b"]

    late = score(rows) + rng.normal(size=4000) > 0
    result = importance(score, rows, late, "a", rng)
    if result is None:
        return wrong("It returns nothing.", how_far_it_falls.hints[0])
    if any(not np.array_equal(rows[name], kept[name]) for name in kept):
        return wrong("It has changed rows.", "Each later column is measured on damaged rows then: copy the dict first.")
    before = area(score(rows), late)
    fall, by_constant = (
        before - np.mean([area(score({**rows, "a": values}), late) for values in replaced])
        for replaced in ([np.roll(rows["a"], shift) for shift in (1000, 2000, 3000)], [np.zeros(4000)])
    )
    if abs(result - fall) < 0.025:
        unused = importance(score, rows, late, "unused", rng)
        if not np.isclose(unused, 0):
            return wrong(f"A column that the model does not use has {unused:.2g}.", "Shuffle the column that is named.")
        return right("The model was trained once; only what the column had to do with the flights is gone.")
    message = f"Of a made-up model's column it is {result:.2f}."
    known = (
        (-fall, "The sign is turned: the AUC before minus the AUC after."),
        (before - fall, "That is the AUC after the shuffling. By how much did it fall?"),
        (by_constant, "A constant leaves out the column. Its values should stay as they are, in another order."),
        (before - 0.5, "That is what is lost if all is shuffled: is it the label that you shuffled?"),
        (0, "Is the shuffled column the one that the model gets?"),
    )
    hint = next((hint for value, hint in known if abs(result - value) < 0.025), how_far_it_falls.hints[1])
    return wrong(message, hint)
