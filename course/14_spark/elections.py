"""The last exercises of lesson 14: a file read right, and who won which state.

Runs on: driver.
"""

import csv
from collections import Counter, defaultdict

from sparkeras.course.exercise import Mistake, exercise, right, wrong


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
    mistakes=(
        Mistake("rows dropped", 'votes = first_try.dropna(subset=["votes"])', "are lost"),
        Mistake("zeros filled in", "votes = first_try.fillna(0)", "still moved"),
        Mistake(
            "a header that is none",
            "votes = spark.read.csv(elections_file, schema=SCHEMA, escape='\"', header=True)",
            "has no header",
        ),
        Mistake(
            "no names", "votes = spark.read.csv(elections_file, inferSchema=True, escape='\"')", "names of its columns"
        ),
    ),
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
            f"It has {found} rows; the file has {rows}.", "Some candidates are lost. Mend the reading instead."
        )
    if known < rows:
        return wrong(f"{rows - known} rows have a party that is none.", "Their cells are still moved by one.")
    if whole < rows:
        return wrong(f"{rows - whole} rows have no votes.", read_it_right.hints[1])
    return right(f"All {rows:,} rows have their votes.")


SUMS = 'sums = votes.where("year = 2020").groupBy("state", "party").agg(F.sum("votes").alias("votes"))\n'
BEST = 'best = sums.groupBy("state").agg(F.max_by("party", "votes").alias("party"))\n'
WON = 'won = {row["party"]: row["count"] for row in best.groupBy("party").count().collect()}'


@exercise(
    "14.6",
    "States, not votes",
    baseline="the share of all votes, which does not decide.",
    hints=(
        "Group by state and party and add up the votes; then group by state alone and take max_by.",
        'best.groupBy("party").count().collect() gives rows with ["party"] and ["count"].',
    ),
    mistakes=(
        Mistake(
            "all votes added up",
            SUMS + 'won = {row[0]: row[1] for row in sums.groupBy("party").sum("votes").collect()}',
            "sums of votes",
        ),
        Mistake("no year", SUMS.replace('.where("year = 2020")', "") + BEST + WON, "of all years"),
        Mistake("rows counted", SUMS + "best = sums\n" + WON, "where a party stood"),
    ),
)
def states_not_votes(won, elections_file):
    """Judge the number of states that each party won in 2020."""
    if not isinstance(won, dict) or not all(isinstance(number, (int, float)) for number in won.values()):
        return wrong("won is no dict of party and number.", '{row["party"]: row["count"] for row in ...collect()}')
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
            f"Together these are {sum(won.values())} states.", "That is where a party stood, not where it won."
        )
    ever: dict[str, Counter] = defaultdict(Counter)
    for (_, state), found in votes.items():
        ever[state] += found
    if won == dict(Counter(max(found, key=found.get) for found in ever.values())):
        return wrong(f"It says {won}.", 'These are the votes of all years together. where("year = 2020") comes first.')
    return wrong(f"It says {won}.", states_not_votes.hints[0])
