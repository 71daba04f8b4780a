"""Lesson 14: words, weather and elections by map and reduce.

Runs on: driver.
"""

import csv
import random
from collections import Counter, defaultdict
from functools import reduce

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong

LINES = {
    "Speak, speak; the KING!": ["speak", "speak", "the", "king"],
    "We know't, we know't.": ["we", "know't", "we", "know't"],
    'Well-met: "ho!" -- [Exit 2]?': ["well", "met", "ho", "exit"],
    "": [],
    "'Tis rock'n'roll": ["'tis", "rock'n'roll"],
}


@exercise(
    "14.1",
    "The words of a line",
    baseline="line.split(), for which 'King' and 'king,' are two words.",
    hints=("First line.lower(), then all matches of a pattern.", 're.findall(r"[a-z\']+", line.lower())'),
)
def words_of_a_line(words):
    """Judge a function that gives a line's words."""
    result = {line: words(line) for line in LINES}
    if any(each is None for each in result.values()):
        return wrong("It returns nothing.", words_of_a_line.hints[0])
    if any(isinstance(each, str) for each in result.values()):
        return wrong("It returns one string.", "A list of words is needed: flatMap makes a row of each.")
    result = {line: list(each) for line, each in result.items()}
    if result == LINES:
        return right("Equal words are equal strings now, and an empty line has no words.")
    found = [word for each in result.values() for word in each]
    line = next(line for line in LINES if result[line] != LINES[line])
    message = f"{line!r} gives {result[line]}."
    if "" in found:
        return wrong(message, "An empty string is not a word: re.findall with a + in its pattern gives none.")
    if any(word != word.lower() for word in found) or "peak" in found:
        return wrong(message, "A capital letter makes another word: use line.lower() first.")
    if any(mark in word for word in found for mark in ',;.!"[]?:-2'):
        return wrong(
            message, "Punctuation or digits are left in the words. Which pattern has letters and apostrophes only?"
        )
    if len(found) < sum(map(len, LINES.values())):
        return wrong(message, "A word that is there twice is two rows: return a list, not a set.")
    if any(len(word) == 1 for word in found if word not in ("t", "n")):
        return wrong(message, "These are single letters: a + after the brackets matches a whole word.")
    return wrong(message, "In \"know't\" an apostrophe belongs to the word: [a-z'] has it.")


@exercise(
    "14.2",
    "A mean that can be divided",
    baseline="(a + b) / 2, whose result depends on the number of partitions.",
    hints=("a and b are pairs: a[0] is a sum, a[1] a number of rows.", "Add the sums, and add the numbers of rows."),
)
def a_mean_that_can_be_divided(combine):
    """Judge a reduce of pairs (sum, rows) over many ways to divide the same rows."""
    one = combine((2.0, 1), (5.0, 1))
    if one is None:
        return wrong("It returns nothing.", a_mean_that_can_be_divided.hints[0])
    if np.shape(one) == ():
        return wrong("It returns one number.", "The next call needs a pair again; divide at the very end.")
    if np.shape(one) != (2,):
        return wrong(f"It returns {one!r} for (2.0, 1) and (5.0, 1).", "A plus joins two tuples. Add what they hold.")
    if not np.isclose(one[0], 7.0):
        return wrong(
            f"For (2.0, 1) and (5.0, 1) it returns {one!r}.", "The first number is not a sum any more: 2 + 5 is 7."
        )
    rng = random.Random(0)
    numbers = [rng.uniform(-9, 9) for _ in range(40)]
    for _ in range(20):
        edges = sorted(rng.sample(range(1, 40), 4))
        parts = [numbers[i:j] for i, j in zip([0, *edges], [*edges, 40], strict=True)]
        rng.shuffle(parts)
        total, rows = reduce(combine, [reduce(combine, [(t, 1) for t in part]) for part in parts])
        if not np.allclose((total, rows), (sum(numbers), 40)):
            message = f"40 rows in 5 parts give ({total:.2f}, {rows}), expected ({sum(numbers):.2f}, 40)."
            return wrong(message, "b may stand for many rows, not for one: what does b[1] say?")
    return right("Twenty ways to divide 40 rows, one result. A pair (sum, rows) can be reduced, a mean cannot.")


def _measured(months, cell):
    """Return {station: [numbers]} of a cell of the months where something was measured."""
    found = defaultdict(list)
    for month in months.collect():
        if month[cell] != "---":
            found[month[0]].append(float(month[cell].rstrip("*#")))
    return found


@exercise(
    "14.3",
    "The coldest month of each station",
    baseline="the last month that each station measured, 2.5 degrees in the mean.",
    hints=(
        'Leave out "---" by filter, make pairs (station, number) by map, then reduceByKey(min).collectAsMap().',
        'float(month[4].rstrip("*#")) makes a number of "-1.3*".',
    ),
)
def the_coldest_month(coldest, months):
    """Judge the lowest mean minimum of each station."""
    lows, highs = _measured(months, 4), _measured(months, 3)
    if not isinstance(coldest, dict):
        return wrong(f"coldest is of type {type(coldest).__name__}.", "A dict: collectAsMap() makes one of pairs.")
    if coldest.keys() != lows.keys():
        return wrong(f"It has {len(coldest)} stations; expected {len(lows)}.", "The key of each pair is the station.")
    station = max(lows, key=lambda name: len(lows[name]))
    message = f"{station}: {coldest[station]!r}."
    as_text = {name: min(f"{low}" for low in found) for name, found in lows.items()}
    if any(isinstance(value, str) for value in coldest.values()):
        return wrong(message, 'As text "-0.1" is less than "-8.6": make numbers first, with float.')
    known = [
        ({name: min(found) for name, found in lows.items()}, None),
        ({name: float(text) for name, text in as_text.items()}, 'As text "-0.1" is less than "-8.6": float first.'),
        ({name: max(found) for name, found in lows.items()}, "That is the highest of the minima: which function?"),
        (
            {name: min(found) for name, found in highs.items()},
            "month[3] holds the maxima of the days, month[4] minima.",
        ),
        ({name: found[-1] for name, found in lows.items()}, "Without reduceByKey the last month of a station wins."),
    ]
    for expected, hint in known:
        if np.allclose([coldest[name] for name in lows], [expected[name] for name in lows]):
            if hint:
                return wrong(message, hint)
            name = min(coldest, key=coldest.get)
            return right(f"Coldest of all: {name}, {coldest[name]} degrees.")
    return wrong(message, the_coldest_month.hints[0])


@exercise(
    "14.4",
    "Each month once",
    baseline="three passes over all months, one per action.",
    hints=(
        "Cache the numbers that all three actions need, before the first action.",
        "highs = recipe.filter(...).map(...).cache(), then highs.count(), highs.max(), highs.mean().",
    ),
)
def each_month_once(number, warmest, mean_high, looked_at, months):
    """Judge three figures and how often the months were looked at."""
    highs = [high for found in _measured(months, 3).values() for high in found]
    rows = months.count()
    if number == rows:
        return wrong(f"There are {rows} months, but not all have a maximum.", "Leave out what was not measured.")
    estimated = sum("*" in month[3] for month in months.collect())
    if estimated and number == len(highs) - estimated:
        return wrong(f"{estimated} maxima have a star, and you left them out.", "An estimate is a value: rstrip('*#').")
    if number != len(highs):
        return wrong(f"There are {number} maxima; expected {len(highs)}.", "They are in the fourth cell: month[3].")
    if not np.isclose(warmest, max(highs)):
        return wrong(f"number is right, warmest is not: {warmest}.", "The largest maximum: highs.max().")
    if not np.isclose(mean_high, np.mean(highs), atol=0.05):
        return wrong(f"number and warmest are right, mean_high is not: {mean_high}.", "highs.mean()")
    times = looked_at.value / rows
    if times < 1:
        words = f"The counter saw only {looked_at.value:,} of {rows:,} months."
        return wrong(words, "Begin with recipe, which counts, not with months.")
    if times == 1:
        return right(f"{rows:,} months, each looked at once, however many figures were asked for.")
    if times > 2.5:
        return wrong(f"The months were looked at {times:.0f} times.", "That is once per action. cache() keeps rows.")
    return wrong(f"The months were looked at {times:.1f} times.", "The cache comes too late, after the first action.")


def _counted(path):
    """Return the rows of the file, its parties, and the votes by (year, state) and party, without Spark."""
    votes: dict[tuple, Counter] = defaultdict(Counter)
    with open(path, encoding="utf-8") as file:
        rows = list(csv.reader(file))
    for row in rows:
        votes[int(row[0]), row[1]][row[14]] += int(row[10])
    return len(rows), sorted({row[14] for row in rows}), votes


@exercise(
    "14.5",
    "Read it right",
    baseline="the first try, which loses the votes of some candidates.",
    hints=("The same call as before, with one more argument.", "escape='\"'"),
)
def read_it_right(votes, elections_file):
    """Judge a DataFrame of the elections."""
    if not hasattr(votes, "selectExpr"):
        return wrong(f"votes is of type {type(votes).__module__}.", "A DataFrame of Spark: spark.read.csv(...).")
    rows, parties, _ = _counted(elections_file)
    missing = [name for name in ("year", "state", "candidate", "votes", "party") if name not in votes.columns]
    if missing:
        return wrong(f"There is no column {missing[0]!r}.", "Give the names of its columns with schema=SCHEMA.")
    listed = ", ".join(f"'{party}'" for party in parties)
    found, whole, known = votes.selectExpr("count(*)", "count(votes)", f"count_if(party IN ({listed}))").first()
    if found == rows - 1:
        return wrong(f"It has {found} rows; the file has {rows}.", "The file has no header: its first line is a row.")
    if found != rows:
        return wrong(
            f"It has {found} rows; the file has {rows}.", "Some candidates are lost. Fix how the file is read instead."
        )
    if known < rows:
        return wrong(
            f"{rows - known} rows have a party that does not exist.", "Their cells are still moved by one column."
        )
    if whole < rows:
        return wrong(f"{rows - whole} rows have no votes.", read_it_right.hints[1])
    return right(f"All {rows:,} rows have their votes.")


@exercise(
    "14.6",
    "States, not votes",
    baseline="the share of all votes, which does not decide.",
    hints=(
        "Group by state and party and add up the votes; then group by state alone and take max_by.",
        'best.groupBy("party").count().collect() gives rows with ["party"] and ["count"].',
    ),
)
def states_not_votes(won, elections_file):
    """Judge the number of states that each party won in 2020."""
    if not isinstance(won, dict) or not all(isinstance(number, (int, float)) for number in won.values()):
        return wrong("won is not a dict of party and number.", '{row["party"]: row["count"] for row in ...collect()}')
    _, _, votes = _counted(elections_file)
    now = {state: found for (year, state), found in votes.items() if year == 2020}
    expected = Counter(max(found, key=found.get) for found in now.values())
    won = {str(party): int(number) for party, number in won.items()}
    if won == dict(expected):
        first, number = expected.most_common(1)[0]
        return right(f"{first}: {number} of {len(now)}.")
    if any(number > len(now) for number in won.values()):
        return wrong(f"{max(won.values()):,} states are too many.", "These are sums of votes, or rows. Count states.")
    if won == dict(Counter(party for found in now.values() for party in found)):
        return wrong(
            f"Together these are {sum(won.values())} states.",
            "You count where a party stood for election, not where it won.",
        )
    ever: dict[str, Counter] = defaultdict(Counter)
    for (_, state), found in votes.items():
        ever[state] += found
    if won == dict(Counter(max(found, key=found.get) for found in ever.values())):
        return wrong(
            f"Your result is {won}.", 'These are the votes of all years together. where("year = 2020") comes first.'
        )
    return wrong(f"Your result is {won}.", states_not_votes.hints[0])
