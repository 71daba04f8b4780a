# ---
# jupyter:
#   lesson:
#     title: "Spark: map and reduce"
#     about: words, weather and elections; rows in partitions, lazy evaluation, and DataFrames beside pandas
#     reading: 30
#     exercises: 60
#     data: [shakespeare, temperatures, elections]
#     figures:
#       words: {value: 204062, within: 0, format: ",.0f"}
#       the: {value: 6283, within: 0, format: ",.0f"}
#       coldest: {value: -8.6, within: 0.001, format: ".1f"}
#       broken_rows: {value: 15, within: 0, format: ".0f"}
#       states_2020: {value: 26, within: 0, format: ".0f"}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 14. Spark: map and reduce
#
# **What you will do.** You count the words of Shakespeare's plays, find the coldest month of 26 weather stations, and
# count an election, with a program that would do the same on a hundred machines. You find out which sums may be divided
# among machines and which may not, when Spark computes anything at all, and how a file with odd quotation marks loses
# rows without an error.
#
# **Time.** 30 minutes of reading, 60 of exercises. **The figure to reach:** the coldest month of all stations, with a mean
# minimum of {fig:coldest} degrees C, found by functions of your own.
#
# ## What Spark is
#
# Spark is a program that divides rows among *tasks*. A task is a piece of work on one part of the rows. Tasks run at the
# same time, on the cores of your laptop or on a thousand machines; your program does not change. The program that you
# write is the *driver*; it sends functions to where the rows are, and small results come back.
#
# `start_spark()` starts Spark on this machine with two tasks at a time (in a program of your own: `from sparkeras import
# session`, then `session.get_or_start("local[2]")`). Its Java process takes some seconds to start, once.

# %%
import operator
import re
import time

import matplotlib.pyplot as plt
import pandas as pd
from pyspark.sql import functions as F

from sparkeras.course import check, figure, path_of, pick, start_spark

plt.style.use("tableau-colorblind10")
spark = start_spark()

# %% [markdown]
# ## Words
#
# `textFile` gives the lines of a file as an *RDD*, a collection of rows that lies in pieces called *partitions*. It has
# no columns; a row is any Python object, here a line of text.
#
# Two verbs do nearly all the work:
#
# - **map**: a function of *one* row. It needs no other row, so every task can go ahead alone. `flatMap` is a map that
#   gives several rows for one, as a line gives words; `filter` keeps some rows.
# - **reduce**: a function that makes *one* of *two*, again and again, until one is left. `reduceByKey` does so for the
#   rows of each key.

# %%
lines = spark.sparkContext.textFile(path_of("shakespeare"))
print(lines.getNumPartitions(), "partitions")
for line in lines.take(4):
    print(repr(line))

# %% [markdown]
# ### Exercise 14.1: the words of a line
#
# Write `words(line)`: the list of a line's words in lower case. A word is made of letters and apostrophes, as in "know't";
# commas and other marks are no part of it, and an empty line has no words. (`re.findall` gives all parts of a text that
# match a pattern; `[a-z']` matches one letter or apostrophe, and `+` means one or more of them.)


# %% tags=["exercise", "14.1"]
def words(line):
    """Return the words of a line, in lower case."""
    ### BEGIN SOLUTION
    return re.findall(r"[a-z']+", line.lower())
    ### END SOLUTION


# %% tags=["check"]
check("14.1")

# %% [markdown]
# Now the count. Each word becomes a pair `(word, 1)`, and the ones of equal words are added up. No task needs to know what
# the others found, until the sums of each word meet.

# %%
if words("a line") is not None:
    pairs = lines.flatMap(words).map(lambda word: (word, 1))
    counts = pairs.reduceByKey(operator.add).cache()
    top = counts.takeOrdered(1000, key=lambda pair: -pair[1])
    figure("14.words", counts.values().sum())
    figure("14.the", dict(top).get("the", 0))
    picture, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
    left.bar(*zip(*top[:12]))
    left.set(title="The commonest words", xlabel="word", ylabel="how often")
    right.loglog(range(1, len(top) + 1), [count for _, count in top])
    right.set(title="Place and count fall in step", xlabel="place of the word", ylabel="how often")
    plt.show()

# %% [markdown]
# **What the result means.** The plays have {fig:words} words, and {fig:the} of them are "the". On the right both axes are
# logarithmic, and from about the tenth word on the curve is nearly a straight line: the tenth word is about eight times as
# frequent as the hundredth. That words fall in such steps is known as Zipf's law.
#
# ## What may be divided
#
# A reduce makes one of two. Which two meet first? That depends on how the rows are divided, and on which task is ready
# first. So the function must not care: `f(f(a, b), c)` must equal `f(a, f(b, c))` (it is *associative*), and `f(a, b)`
# must equal `f(b, a)` (it is *commutative*). Sums and maxima are so. What about these two?

# %%
for partitions in (1, 2, 4, 8):
    numbers = spark.sparkContext.parallelize(range(1, 11), partitions)
    minus = numbers.reduce(lambda a, b: a - b)
    middle = numbers.reduce(lambda a, b: (a + b) / 2)
    print(f"{partitions} partition(s): a - b gives {minus}, (a + b) / 2 gives {middle:.2f}")

# %% [markdown]
# The same rows, the same program, and other results for another number of partitions: not an error in sight. The mean of
# 1 to 10 is 5.5, and none of the four is it. A mean of means counts the rows that come last most.
#
# A mean can be divided all the same, if one carries along more than the mean.
#
# ### Exercise 14.2: a mean that can be divided
#
# Each row `t` has become the pair `(t, 1)`. Write `combine(a, b)`, which makes one such pair of two, so that in the end it
# is (the sum of all rows, the number of rows), however the rows were divided.


# %% tags=["exercise", "14.2"]
def combine(a, b):
    """Return one pair (sum, rows) of two."""
    ### BEGIN SOLUTION
    return a[0] + b[0], a[1] + b[1]
    ### END SOLUTION


# %% tags=["check"]
check("14.2")

# %%
if combine((1, 1), (2, 1)) is not None:
    for partitions in (1, 8):
        numbers = spark.sparkContext.parallelize(range(1, 11), partitions)
        total, rows = numbers.map(lambda t: (t, 1)).reduce(combine)
        print(f"{partitions} partition(s): {total / rows}")

# %% [markdown]
# This is how networks are trained on many machines, too: each machine adds up the slopes of its rows, the sums are added
# up, and one division makes the mean. Lesson 17 does that.
#
# ## Weather
#
# Each of 26 British weather stations has a file of its months: year, month, the mean of the daily maxima and of the daily
# minima. The files are as weather services write them: `---` where nothing was measured, a `*` after an estimated value.
# `wholeTextFiles` gives each file as a pair of path and text.

# %%
MONTH = re.compile(r"\s+[12]\d{3}\s")  # a line that begins with a year


def months_of(file):
    """Return (station, year, month, highest, lowest) of each line of a station's file; all of it as text."""
    _, text = file
    station, *others = text.splitlines()
    return [(station, *line.split()[:4]) for line in others if MONTH.match(line)]


months = spark.sparkContext.wholeTextFiles(path_of("temperatures")).flatMap(months_of).cache()
print(f"{months.count():,} months")
for month in [*months.take(2), *months.filter(lambda month: "*" in month[4]).take(2)]:
    print(month)

# %% [markdown]
# ### Exercise 14.3: the coldest month of each station
#
# Set `coldest` to a dictionary from each station's name to its lowest mean minimum, as a number of degrees. Take `filter`,
# `map` and `reduceByKey`; `collectAsMap()` at the end brings pairs to the driver as a dictionary. Look at what the cells
# hold before you compare them.

# %% tags=["exercise", "14.3"]
coldest = None
### BEGIN SOLUTION
lows = months.filter(lambda month: month[4] != "---").map(lambda month: (month[0], float(month[4].rstrip("*#"))))
coldest = lows.reduceByKey(min).collectAsMap()
### END SOLUTION

# %% tags=["check"]
check("14.3")

# %%
if coldest is not None:
    figure("14.coldest", min(coldest.values()))
    ranked = sorted(coldest.items(), key=lambda pair: pair[1])
    plt.figure(figsize=(9, 5))
    plt.barh(*zip(*ranked))
    plt.title("The coldest month of each station")
    plt.xlabel("mean daily minimum of that month (degrees C)")
    plt.ylabel("station")
    plt.tight_layout()
    plt.show()

# %% [markdown]
# ## When does Spark work?
#
# `map`, `filter` and `reduceByKey` compute nothing. They write down what to do, and Spark begins when somebody asks for a
# result: `count`, `collect`, `sum`, `take`, writing a file. The first kind are called *transformations*, the second kind
# *actions*. This is *lazy evaluation*. It lets Spark see the whole recipe before it begins, and skip what nobody asks for.
#
# It has a price: each action runs the recipe from its beginning. An *accumulator* shows it, a number that tasks add to.

# %%
calls = spark.sparkContext.accumulator(0)


def noted(row):
    """Return the row, and note that somebody asked for it."""
    calls.add(1)
    return row


watched = spark.sparkContext.parallelize(range(100), 2).map(noted)
print("after map:", calls.value)
watched.count()
print("after count:", calls.value)
watched.sum()
print("after sum:", calls.value)

# %% [markdown]
# `cache()` says: keep the rows in memory once they have been computed. It is lazy, too. The rows are kept when the first
# action comes by.
#
# ### Exercise 14.4: each month once
#
# From `months` you need three figures of the measured maxima (the fourth cell; leave out `---`, keep what has a star): `number`, how many there
# are; `warmest`, the highest; and `mean_high`, their mean. Each month must pass through `counted` exactly once: write on
# with `recipe`, so that in the end `looked_at` is the number of months, not three times as much.

# %% tags=["exercise", "14.4"]
looked_at = spark.sparkContext.accumulator(0)


def counted(month):
    """Return the month, and count that it was looked at."""
    looked_at.add(1)
    return month


recipe = months.map(counted)
number = warmest = mean_high = None
### BEGIN SOLUTION
highs = recipe.filter(lambda month: month[3] != "---").map(lambda month: float(month[3].rstrip("*#"))).cache()
number, warmest = highs.count(), highs.max()
mean_high = highs.sum() / number
### END SOLUTION

# %% tags=["check"]
check("14.4")

# %% [markdown]
# ## DataFrames
#
# An RDD knows nothing of its rows, so Spark can only run your Python functions on them, one row at a time. A *DataFrame*
# has columns with names and types. Its verbs are words that Spark understands: it can reorder them, read only the columns
# that are needed, and run them without Python. Use DataFrames where rows have columns, which is nearly always.
#
# | | pandas | Spark |
# |---|---|---|
# | read | `pd.read_csv(file)` | `spark.read.csv(file, schema=...)` |
# | choose rows | `t[t.year == 2020]` | `t.where("year = 2020")` |
# | choose columns | `t[["state", "votes"]]` | `t.select("state", "votes")` |
# | a new column | `t.assign(share=t.votes / t.total)` | `t.withColumn("share", F.col("votes") / F.col("total"))` |
# | a sum per group | `t.groupby("state").votes.sum()` | `t.groupBy("state").agg(F.sum("votes"))` |
# | rows | in one memory, in order | in partitions, in no order unless you ask: `orderBy` |
# | runs | at once | when you ask for a result |
# | too large for memory | ends in an error | goes to disk, or to more machines |
#
# The file below holds all votes for president of the USA from 1976 to 2020: a row per state, year and candidate. It has no
# header line, so we say what its columns are. `party` is a simplified one: DEMOCRAT, REPUBLICAN, LIBERTARIAN or OTHER.

# %%
NAMES = ["year", "state", "postal", "fips", "census", "icpsr", "office", "candidate", "party_long"]
NAMES += ["writein", "votes", "total", "version", "notes", "party"]
NUMBERS = {"year", "fips", "census", "icpsr", "votes", "total"}
SCHEMA = ", ".join(f"{name} {'int' if name in NUMBERS else 'string'}" for name in NAMES)
elections_file = path_of("elections")
first_try = spark.read.csv(elections_file, schema=SCHEMA)
first_try.select("year", "state", "candidate", "votes", "party").show(3, truncate=False)
without = first_try.where("votes IS NULL")
figure("14.broken_rows", without.count())
without.select("year", "state", "candidate", "party_long", "votes", "party").show(2, truncate=False)

# %% [markdown]
# {fig:broken_rows} rows have no votes, and nobody said a word. Their candidate has a nickname in quotation marks and a
# comma behind it. The file doubles such marks, and Spark ends the cell too early: the cells behind it move by one, and the number of
# votes is looked for where there is none.
#
# ### Exercise 14.5: read it right
#
# Set `votes` to the DataFrame of this file with all its rows and no moved cells. In this file a quotation mark within a
# cell is *escaped* by another quotation mark. Spark's default for `escape` is a backslash.

# %% tags=["exercise", "14.5"]
votes = None
### BEGIN SOLUTION
votes = spark.read.csv(elections_file, schema=SCHEMA, escape='"')
### END SOLUTION

# %% tags=["check"]
check("14.5")

# %% [markdown]
# ### Exercise 14.6: states, not votes
#
# A president is not elected by the sum of all votes: nearly every state gives all its say to the party that is first
# there. Set `won` to a dictionary: for each party that won any state in 2020, how many it won. (Washington, D.C. is one of
# the 51 states of this file.) You need two steps: the votes of each party in each state, then the best party of each
# state. `F.max_by("party", "votes")` gives the party of the row with the most votes.

# %% tags=["exercise", "14.6"]
won = None
### BEGIN SOLUTION
sums = votes.where("year = 2020").groupBy("state", "party").agg(F.sum("votes").alias("votes"))
best = sums.groupBy("state").agg(F.max_by("party", "votes").alias("party"))
won = {row["party"]: row["count"] for row in best.groupBy("party").count().collect()}
### END SOLUTION

# %% tags=["check"]
check("14.6")

# %%
if votes is not None and won is not None:
    figure("14.states_2020", max(won.values()))
    big = votes.where("party IN ('DEMOCRAT', 'REPUBLICAN')").groupBy("year").pivot("party").agg(F.sum("votes") / 1e6)
    by_year = big.orderBy("year").toPandas()  # twelve rows: small enough for the driver
    axes = by_year.plot(x="year", y=["DEMOCRAT", "REPUBLICAN"], marker="o")
    axes.set(title="Votes for president", xlabel="year", ylabel="votes (millions)", ylim=(0, None))
    plt.show()

# %% [markdown]
# ## And pandas?
#
# The same count in pandas, and the time of both. Run it twice: what is done for the first time takes longer.

# %%
began = time.perf_counter()
table = pd.read_csv(elections_file, header=None, names=NAMES)
sums_here = table[table.year == 2020].groupby(["state", "party"]).votes.sum()
print(sums_here.groupby("state").idxmax().str[1].value_counts().to_dict())
print(f"pandas: {time.perf_counter() - began:.2f} s")
if votes is not None:
    began = time.perf_counter()
    again = votes.where("year = 2020").groupBy("state", "party").agg(F.sum("votes").alias("votes"))
    again = again.groupBy("state").agg(F.max_by("party", "votes").alias("party")).groupBy("party").count()
    print({row["party"]: row["count"] for row in again.collect()})
    print(f"Spark: {time.perf_counter() - began:.2f} s")

# %% [markdown]
# Spark plans, starts tasks and shuffles rows between them; for some thousand rows that is most of its time, and pandas is
# done before Spark begins. Spark pays when rows do not fit into one memory, when they lie on many machines anyway, or when
# the work on each row is heavy.
#
# Pieces have a best size, too. Here one sum runs with more and more partitions. A task takes some milliseconds to start;
# where it has little to do, that is what the time goes to.

# %%
rows = pick(full=20_000_000, fast=200_000)
seconds = {}
for partitions in (2, *pick(full=(1, 2, 8, 64, 512), fast=(1, 8))):  # the first time does not count: everything starts
    began = time.perf_counter()
    spark.range(0, rows, 1, partitions).selectExpr("sum(id % 7 * id)").collect()
    seconds[partitions] = time.perf_counter() - began
seconds = dict(sorted(seconds.items()))
plt.plot(list(seconds), list(seconds.values()), marker="o")
plt.xscale("log")
plt.xticks(list(seconds), list(seconds))
plt.ylim(0, None)
plt.title(f"One sum over {rows:,} rows")
plt.xlabel("partitions")
plt.ylabel("time (seconds)")
plt.show()

# %% [markdown] tags=["slide", "hidden"]
# ## Map and reduce
#
# - map: a function of one row; every task goes ahead alone
# - reduce: makes one of two, in any order and any grouping
# - so it must be associative and commutative: sums, maxima, pairs (sum, count); not differences, not means of means

# %% [markdown] tags=["slide", "hidden"]
# ## Lazy
#
# - a transformation writes down what to do; an action does it
# - each action begins at the beginning, unless rows are cached
# - a partition is the piece of one task: fewer than cores leave some idle, thousands cost more than they do

# %% [markdown] tags=["slide", "hidden"]
# ## DataFrames
#
# - columns with names and types: Spark can plan, and skip what nobody asks for
# - a wrong type or a moved cell becomes NULL without an error: {fig:broken_rows} rows of the elections
# - pandas for what fits into one memory

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** Which of these can be a reduce: the median, the longest word, the number of different words, the variance?
#
# *Sample answer:* The longest word at once (of two equally long ones take, say, the first of the alphabet, or the result
# depends on the order). The variance if one carries (rows, sum, sum of squares). Different words as a reduce of sets, which
# may grow as large as the data. The median not at all from small pieces; one sorts, or approximates.
#
# **Discuss:** Does floating-point addition depend on the order?
#
# *Sample answer:* Yes, in the last digits: it is not exactly associative. So the same sum on another number of partitions
# may differ by rounding, and results are compared with a tolerance.
#
# **Discuss:** Somebody calls `collect()` on all rows, and then works with a Python list. What is lost?
#
# *Sample answer:* All of the rows must fit into the driver's memory, and one core does the rest. `take`, or a reduce on
# Spark with a `collect` of the small result, keeps the work where the rows are.

# %% [markdown]
# ## What the result means
#
# You wrote functions of one row and functions that make one of two, and Spark found {fig:words} words, a coldest month of
# {fig:coldest} degrees, and {fig:states_2020} states for the winner of 2020. Nothing in them says how many machines there
# are. That is the bargain: you give up the order of the rows, and the work can be divided. Where a function does care for
# the order, there is no error, but another number each time the rows lie differently. And a lazy recipe is computed as
# often as you ask, unless you keep its rows.
#
# ## Going further
#
# - Which word follows "my" most often? Write the pairs of neighbours of each line, and count them.
# - Find the station with the largest difference between a year's warmest and coldest month, in one `reduceByKey`.
# - `votes.groupBy("state").count().explain()` shows Spark's plan. Where do rows move between tasks ("Exchange")?
# - In which states did another party win in 2020 than in 2016?
