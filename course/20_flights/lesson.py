# ---
# jupyter:
#   lesson:
#     title: "A messy table: flights"
#     about: columns that nobody knows in advance, gaps, texts, times of day, and what a good model still cannot know
#     reading: 30
#     exercises: 55
#     data: [flights]
#     figures:
#       not_arrived: {value: 0.028, within: 0.001, format: ".1%"}
#       late_share: {value: 0.2438, within: 0.001, format: ".2f"}
#       leak: {value: 0.8989, within: 0.002, format: ".2f"}
#       by_chance: {value: 0.756, within: 0.004, format: ".2f"}
#       by_days: {value: 0.5, within: 0.0, format: ".2f"}
#       late_first: {value: 0.2183, within: 0.002, format: ".2f"}
#       late_again: {value: 0.3228, within: 0.002, format: ".2f"}
#       linear: {value: 0.671, within: 0.01, format: ".2f", full: true}
#       tabular: {value: 0.72, within: 0.012, format: ".2f", full: true}
#       top_predicted: {value: 0.63, within: 0.05, format: ".2f", full: true}
#       top_share: {value: 0.49, within: 0.03, format: ".2f", full: true}
#       surprise: {value: 0.541, within: 0.005, format: ".2f", full: true}
#       surprise_predicted: {value: 0.2, within: 0.05, format: ".2f", full: true}
#       later: {value: 0.616, within: 0.025, format: ".2f", full: true}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 20. A messy table: flights
#
# **What you will do.** You get a table as an airport has it: texts, gaps, times of day, and columns that nobody knows
# before the plane has left. You ask which flights will arrive more than 15 minutes late. You find out what must not be
# used, put days aside for the test, and turn texts, gaps and times into numbers by hand. Then one line does the same for
# all columns on Spark, and a network learns from them.
#
# **Time.** 30 minutes of reading, 55 of exercises. **The figure to reach:** an area under the ROC curve of about
# {fig:tabular} on test days. Giving each flight the same chance has 0.50, and a linear model of the same columns
# {fig:linear}. What these numbers mean comes below.

# %%
from collections import Counter

import keras
import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
from pyspark.sql import Window
from pyspark.sql import functions as F
from scipy.stats import rankdata

import sparkeras
from sparkeras import features, zoo
from sparkeras.course import check, figure, path_of, pick, start_spark

plt.style.use("tableau-colorblind10")
spark = start_spark()

# %% [markdown]
# ## Look before you train
#
# All flights that left New York in 2013, from the US Bureau of Transportation Statistics. The file has a header. Gaps are
# written as `NA`, and Spark has to be told so (`nullValue`): otherwise one `NA` makes a column of numbers a column of
# texts. The first look at any table is the same: which columns, of which type, how many gaps, how many different values.

# %%
table = spark.read.csv(path_of("flights"), header=True, inferSchema=True, nullValue="NA").cache()
counts = [F.count(name).alias(f"{name} there") for name in table.columns]
different = [F.approx_count_distinct(name).alias(f"{name} different") for name in table.columns]
of_columns, first = table.agg(F.count("*").alias("rows"), *counts, *different).first(), table.first()
rows = of_columns["rows"]
print(f"{rows:,} flights")
print(f"{'column':15} {'type':10} {'missing':>8} {'different':>10}   first")
for name, kind in table.dtypes:
    missing, values = 1 - of_columns[f"{name} there"] / rows, of_columns[f"{name} different"]
    print(f"{name:15} {kind:10} {missing:8.1%} {values:10,}   {first[name]}")

# %% [markdown]
# What one can see, and would not see in an error message:
#
# - `dep_time` 517 is no amount: it is 5:17 in the morning. After 559 comes 600.
# - `time_hour` is another clock: universal time, 5 hours ahead of New York in winter and 4 in summer.
# - `year` is the same in each row. Nothing can be learned from it.
# - `day` seems to have 32 values. They are counted approximately: to count them exactly, Spark would have to keep them all.
# - `tailnum`, the sign on the plane, has some 4,000 values. Most planes fly often, some only once.
# - {fig:not_arrived} of the flights have no `arr_delay`: they were cancelled, or landed elsewhere. Nobody can say
#   whether they were late. They are left out below, so the question is: *which of the flights that arrive will be late?*
#   A gap in the answer always changes the question a little. Say it aloud.

# %%
figure("20.not_arrived", 1 - of_columns["arr_delay there"] / rows)

# %% [markdown]
# ## What is known in advance
#
# The prediction is wanted on the evening before. At that time the table has no departure yet. A column that is filled in
# later may be in the file, and it will not be there on the day you need it. Using it is called a *leak*: something of the
# answer leaks into the question.
#
# ### Exercise 20.1: known before departure
#
# Set `known` to a list of the names of all columns that are known before the plane leaves. The timetable (`sched_...`) is
# made months ahead; `hour` and `minute` are the parts of `sched_dep_time`; the plane is assigned on the day before.
# `air_time` is the minutes from leaving the ground to touching it, `distance` the miles between the airports.

# %% tags=["exercise", "20.1"]
known = None
### BEGIN SOLUTION
after = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]
known = [name for name in table.columns if name not in after]
### END SOLUTION

# %% tags=["check"]
check("20.1")

# %% [markdown]
# Now the label, and two columns that say more than the raw ones:
#
# - `departs`: date and time of the planned departure, on New York's clock, as *one* column of time.
# - `since_last`: how many hours before, by the timetable, the same plane left New York earlier that day. A plane that has
#   been to Boston and back may bring its delay along. Most planes leave New York once a day: they have a gap here.

# %%
minute_of_day = F.col("hour") * 60 + F.col("minute")
earlier = Window.partitionBy("tailnum", "month", "day").orderBy(minute_of_day)
since_last = (minute_of_day - F.lag(minute_of_day).over(earlier)) / 60
flights = (
    table.withColumn("departs", F.make_timestamp_ntz("year", "month", "day", "hour", "minute", F.lit(0)))
    .withColumn("since_last", F.when(F.col("tailnum").isNotNull(), since_last))
    .filter("arr_delay IS NOT NULL")  # after the look back: a flight that was cancelled stood in the timetable, too
    .withColumn("late", F.when(F.col("arr_delay") > 15, "yes").otherwise("no"))
    .cache()
)
flights.select("departs", "carrier", "tailnum", "origin", "dest", "since_last", "late").show(5)


# %% [markdown]
# ## Days apart
#
# `randomSplit` (lesson 15) would toss a coin for each flight. Here that would be wrong. On a day of snow nearly all flights are late:
# with a coin, half of a snowy hour is in the training rows, and tells about the other half. Tomorrow there
# is no such half. So whole days are put aside: those whose number in the month can be divided by 5. What belongs together
# (a day, a patient, a customer) has to be on one side of a split.

# %%
train, test = flights.filter("day % 5 != 0"), flights.filter("day % 5 = 0")


def arrays(frame, *names):
    """Return {name: array} of columns of a DataFrame, through Arrow."""
    rows = frame.select(*names).toArrow()
    return {name: rows[name].to_numpy() for name in names}


seen = arrays(flights, "month", "day", "hour", "origin", "dep_delay", "since_last", "late")
is_late, is_test = seen["late"] == "yes", seen["day"] % 5 == 0
print(f"{np.sum(~is_test):,} flights of training days, {np.sum(is_test):,} of test days")
figure("20.late_share", is_late[~is_test].mean())

# %% [markdown]
# ## A baseline, and a measure
#
# A share of {fig:late_share} of the training flights is late. Always saying "in time" is right in three of four cases, and no use to
# anybody. So accuracy is a poor measure here. What one wants is an *order*: the flights most likely to be late first.
#
# The *area under the ROC curve* (AUC) measures an order. Take a late flight and a punctual one by chance. How often does
# the late one have the higher score? Equal scores count half. 1 is a perfect order. 0.5 is what chance gets, and what
# everybody gets who gives each flight the same score. (The curve is drawn from the same order: go down the list, one step
# up for each late flight, one to the right for each punctual one. The area below it is this share.)
#
# Comparing all pairs would take long. Ranks are quicker: give the lowest score the rank 1, the next one 2, and so on;
# equal scores share the mean of their ranks. With $n$ late flights, $m$ punctual ones, and $R$ the sum of the late flights' ranks
#
# $$\text{AUC} = \frac{R - n (n + 1) / 2}{n \, m}$$
#
# $n (n + 1) / 2$ is the least that $R$ can be, if the late flights are the $n$ lowest. What is above it counts the pairs
# that a late flight wins.
#
# ### Exercise 20.2: the area, from ranks
#
# Write `auc(score, late)`. `score` is an array of numbers, `late` an array of True and False. `rankdata(score)` gives the ranks,
# with means for equal scores.


# %% tags=["exercise", "20.2"]
def auc(score, late):
    """Return the share of pairs of a late and a punctual flight in which the late one has the higher score."""
    ### BEGIN SOLUTION
    ranks = rankdata(score)
    n, m = late.sum(), (~late).sum()
    return (ranks[late].sum() - n * (n + 1) / 2) / (n * m)
    ### END SOLUTION


# %% tags=["check"]
check("20.2")


# %% [markdown]
# Two uses of it. First the leak: `dep_delay` alone as a score. Then the split: the score of a test flight is the share of
# late *training* flights from the same airport in the same hour of the same day; where there are none, the share of all. No model could be simpler.
# Its AUC is measured with a coin for each flight, and with days apart.


# %%
def share_of_same_hour(is_test):
    """Return the AUC, on test flights, of the share of late training flights of the same airport, day and hour."""
    flights_in = np.bincount(hour[~is_test], minlength=hour.max() + 1)
    late_in = np.bincount(hour[~is_test], weights=is_late[~is_test], minlength=hour.max() + 1)
    share = np.where(flights_in > 0, late_in / np.maximum(flights_in, 1), is_late[~is_test].mean())
    return auc(share[hour[is_test]], is_late[is_test])


airport = np.unique(seen["origin"], return_inverse=True)[1]
hour = np.unique(((seen["month"] * 100 + seen["day"]) * 100 + seen["hour"]) * 10 + airport, return_inverse=True)[1]
if auc(np.array([0.0, 1.0]), np.array([False, True])) is not None:
    figure("20.leak", auc(seen["dep_delay"][is_test], is_late[is_test]))
    figure("20.by_chance", share_of_same_hour(np.random.default_rng(0).random(len(hour)) < 0.2))
    figure("20.by_days", share_of_same_hour(is_test))

# %% [markdown]
# `dep_delay` has an AUC of {fig:leak}. It would be the best column of the table, and it is known when everybody is on
# board. If a model of yours is suddenly this good, look for such a column first.
#
# The share of the same hour has {fig:by_chance} with a coin, and {fig:by_days} with days apart: on a test day there is no training flight
# of the same hour, so each gets the same score. A clever model would find the hour in the
# columns of time, look just as good as that, and be as useless tomorrow.
#
# ## What an encoding must keep apart
#
# A network computes with numbers, so each column has to become some. This is called *encoding*. Whatever an encoding learns, it learns from training rows
# only, and then it is applied to all.
#
# A text such as `dest` gets an id per airport, and a vector per id, as words did in lesson 12. Three cases are easily thrown together, and
# they are different things:
#
# | id | case | what the model knows |
# |---|---|---|
# | 0 | *missing*: there is no value | what flights without a value did |
# | 1 | *unknown*: training rows never had it | nothing; a new airport |
# | 2 | *rare*: training rows had it, but too seldom | what rare airports have in common |
# | 3, 4, ... | *frequent* values, the commonest first | what this airport did |
#
# ### Exercise 20.3: ids
#
# Write `ids_of(values, learned_from, at_least)`: an array of ids of `values`. A value is frequent if it is at least
# `at_least` times in `learned_from`. None is missing, in both. The order of values that are equally frequent does not matter.


# %% tags=["exercise", "20.3"]
def ids_of(values, learned_from, at_least):
    """Return an id per value: 0 missing, 1 unknown, 2 rare, from 3 on the frequent values, the commonest first."""
    ### BEGIN SOLUTION
    counts = Counter(value for value in learned_from if value is not None)
    number = dict.fromkeys(counts, 2)
    frequent = [value for value, count in counts.most_common() if count >= at_least]
    number |= {value: place for place, value in enumerate(frequent, start=3)}
    return np.array([0 if value is None else number.get(value, 1) for value in values])
    ### END SOLUTION


# %% tags=["check"]
check("20.3")

# %% [markdown]
# ## A gap among numbers
#
# `since_last` has no value where the plane leaves for the first time that day. A network cannot compute with a gap. Leaving out such rows would leave
# out three of four flights. Filling in 0 would say "it left just now". A usual number, the *median* of the training rows, does the least harm. But then nobody
# can see any more that it was a gap, and here the gap says a lot:

# %%
first_of_day = np.isnan(seen["since_last"])
figure("20.late_first", is_late[first_of_day & ~is_test].mean())
figure("20.late_again", is_late[~first_of_day & ~is_test].mean())

# %% [markdown]
# {fig:late_first} of the first flights of a day are late, {fig:late_again} of the later ones. So a second number goes
# beside the first, a *flag*: 1 where there was a gap, else 0.
#
# ### Exercise 20.4: the median and a flag
#
# Write `with_flag(values, learned_from)`. A gap is NaN in both arrays. The result has two columns, (rows, 2): the value,
# with the median of `learned_from` in place of gaps, and the flag. `np.nanmedian` leaves gaps out.


# %% tags=["exercise", "20.4"]
def with_flag(values, learned_from):
    """Return (rows, 2): values with their gaps filled by the median of other rows, and 1 where a gap was."""
    ### BEGIN SOLUTION
    gap = np.isnan(values)
    return np.stack([np.where(gap, np.nanmedian(learned_from), values), gap], axis=1)
    ### END SOLUTION


# %% tags=["check"]
check("20.4")

# %% [markdown]
# ## Time goes round
#
# A minute before midnight is 23:59, a minute after it 0:01. As numbers they are as far from each other as can be. On a
# clock they are neighbours. So give the place on the clock: go round the circle once a day, and take the sine and the cosine of the angle.
# Both are needed: 6 in the morning and 6 in the evening have the same cosine. The same goes for the day of the week, and for the day of
# the year.
#
# ### Exercise 20.5: on the clock
#
# Write `on_the_clock(times)` for times such as 517, which is 5:17. The result has two columns, (rows, 2): sine and cosine of $2 \pi$ times the part of the
# day that is over. At midnight that part is 0, at noon 0.5. `//` divides without a rest, `%` gives the rest.


# %% tags=["exercise", "20.5"]
def on_the_clock(times):
    """Return (rows, 2): sine and cosine of the place in the day of times such as 517."""
    ### BEGIN SOLUTION
    minutes = times // 100 * 60 + times % 100
    angle = 2 * np.pi * minutes / (24 * 60)
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)
    ### END SOLUTION


# %% tags=["check"]
check("20.5")

# %% [markdown]
# ## The same, for all columns at once
#
# `features.learn` looks at all rows in one Spark job and learns each column: kinds, counts of values, medians,
# gaps, the range of dates. What it learned is called a *spec* here. It is small, is kept with the model, and encodes rows in the
# same way wherever they come from.

# %%
COLUMNS = ["month", "day", "departs", "sched_dep_time", "sched_arr_time", "carrier", "origin", "dest", "distance"]
COLUMNS += ["since_last"]
few = pick(full=None, fast=4000)  # rows, for tests
train_rows, test_rows = (part.select(*COLUMNS, "late").limit(few) if few else part for part in (train, test))
spec = features.learn(train_rows, label="late", columns=COLUMNS)
print(spec)

# %% [markdown]
# `year`, `hour`, `minute` and `time_hour` are left out by hand, as `departs` has them all. So are `flight` and `tailnum`: there
# are thousands of them with a few dozen flights each, and a network learns such ids by heart. (Try it: the AUC falls a little.)
#
# Compare the spec with what you wrote. `spec.encode` gives the arrays that a model gets: `numbers` and `ids`, a row per flight.

# %%
of_train, of_test = arrays(train_rows, *COLUMNS, "late"), arrays(test_rows, *COLUMNS, "late")
late_train, late_test = of_train.pop("late") == "yes", of_test.pop("late") == "yes"


def encoded(spec, rows):
    """Return a model's inputs for {column: array}."""
    return spec.encode({name: pa.array(values) for name, values in rows.items()})


mine, theirs = {}, encoded(spec, of_test)
column_of = {
    name: array[:, place] for key, array in theirs.items() for place, name in enumerate(spec.blocks[key].names)
}
if with_flag(np.zeros(1), np.zeros(1)) is not None:
    filled = with_flag(of_test["since_last"], of_train["since_last"])
    mine |= {"since_last": filled[:, 0], "since_last missing": filled[:, 1]}
if on_the_clock(np.zeros(1)) is not None:
    clock = on_the_clock(of_test["sched_dep_time"])
    mine |= {"departs sine of day": clock[:, 0], "departs cosine of day": clock[:, 1]}
if ids_of([None], [None], 2) is not None:
    mine["dest"] = ids_of(of_test["dest"], of_train["dest"], max(2, len(late_train) // 10_000))
for name, values in mine.items():
    print(f"{name:22} equal in {np.mean(np.isclose(values, column_of[name], atol=0.01)):.1%} of the test rows")

# %% [markdown]
# (Values that are equally frequent may change places, and a median of very many rows is found to a fraction of a percent.)
#
# ## Two models
#
# First a linear one, a weight per number and a number per id, all added up. `features.inputs` and `features.encoded` begin any Keras model for a spec. The
# arrays fit into memory here, so plain Keras trains it.

# %%
keras.utils.set_random_seed(0)
inputs = features.inputs(spec)
linear = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(features.encoded(spec, inputs)))
linear.compile(keras.optimizers.Adam(0.005), "binary_crossentropy")
linear.fit(encoded(spec, of_train), late_train, batch_size=512, epochs=2, verbose=0)

# %% [markdown]
# Then the network `tabular`: two dense layers above the same encoded columns, with each number also cut into 64 bins, so that an
# early morning can be something else than half of noon. This one is trained on Spark. `features=spec` means: take the columns as they are, and
# encode them where the rows enter.


# %%
def trained(spec, rows, batch=1024, epochs=2):
    """Return the network for a spec, trained on Spark."""
    keras.utils.set_random_seed(0)
    steps = epochs * -(-spec.rows // batch)
    network = zoo.build("tabular", (1,), len(spec.label.classes), table=features.table(spec), steps=steps)
    sparkeras.fit(network, rows, features=spec, epochs=epochs, batch_size=batch, verbose=0)
    return network


def chances(network, spec, rows):
    """Return a network's chance of being late, for {column: array}."""
    predicted = network.predict(encoded(spec, rows), batch_size=4096, verbose=0)
    return predicted[:, spec.label.classes.index("yes")]


network = trained(spec, train_rows)
predicted = chances(network, spec, of_test)
if auc(predicted, late_test) is not None:
    figure("20.linear", auc(linear.predict(theirs, batch_size=4096, verbose=0)[:, 0], late_test))
    figure("20.tabular", auc(predicted, late_test))

# %% [markdown]
# {fig:linear} against {fig:tabular}, from the same columns. The linear model can say "evenings are worse" and "this carrier is
# worse", and it adds the two. It cannot say "evenings in summer". (With another seed the network ends a hundredth higher or
# lower. Do not read more into the second digit than that.)
#
# ## What is a column worth?
#
# Shuffle one column of the test rows, so that each flight gets the value of another flight, and let the model predict again. If the AUC
# falls, the model used this column. Nothing is trained anew, so this is cheap. Shuffling keeps the column's values as
# they are; only what they had to do with the flight is gone.
#
# ### Exercise 20.6: how far it falls
#
# Write `importance(score, rows, late, column, rng)`. `rows` is a dict {column: array}, and `score(rows)` gives an array of scores.
# The result is the AUC on the rows as they are, minus the AUC with one column shuffled (`rng.permutation`). Leave `rows` itself as it is: the next
# column needs it.


# %% tags=["exercise", "20.6"]
def importance(score, rows, late, column, rng):
    """Return how far the AUC falls when one column is shuffled."""
    ### BEGIN SOLUTION
    shuffled = {**rows, column: rng.permutation(rows[column])}
    return auc(score(rows), late) - auc(score(shuffled), late)
    ### END SOLUTION


# %% tags=["check"]
check("20.6")

# %%
chosen = np.random.default_rng(0).permutation(len(late_test))[: pick(full=10_000, fast=300)]
some = {name: values[chosen] for name, values in of_test.items()}
rng = np.random.default_rng(1)


def chance_of_late(rows):
    """Return the chances of the network above."""
    return chances(network, spec, rows)


falls = {name: importance(chance_of_late, some, late_test[chosen], name, rng) for name in COLUMNS}
if None not in falls.values():
    order = sorted(falls, key=falls.get)
    plt.barh(order, [falls[name] for name in order])
    plt.title("What each column is worth to the network")
    plt.xlabel("fall of the AUC when the column is shuffled")
    plt.ylabel("column")
    plt.show()

# %% [markdown]
# Read it with care. It says what *this model* uses, not what makes planes late. And columns that say the same cover for each
# other: `month` and `sched_dep_time` know things that `departs` knows as well. `departs` stands far above all others.
# Remember that; we shall come back to it.
#
# ## Can its chances be believed?
#
# An order is not all. If the network gives many flights a chance of 0.3, then about three of ten of them should be late. A model of which that
# is true is called *calibrated*. Cut the test flights into ten parts by the predicted chance, and compare (left). On the right the same for whole days.

# %%
parts = np.array_split(np.argsort(predicted), 10)
figure("20.top_predicted", predicted[parts[-1]].mean())
figure("20.top_share", late_test[parts[-1]].mean())
of_day = np.unique(of_test["month"] * 100 + of_test["day"], return_inverse=True)[1]
actual_of_day = np.bincount(of_day, weights=late_test) / np.bincount(of_day)
predicted_of_day = np.bincount(of_day, weights=predicted) / np.bincount(of_day)
surprise = np.argmax(actual_of_day - predicted_of_day)
figure("20.surprise", actual_of_day[surprise])
figure("20.surprise_predicted", predicted_of_day[surprise])
date = np.flatnonzero(of_day == surprise)[0]
print(f"The day that surprised it most: month {of_test['month'][date]}, day {of_test['day'][date]}")

picture, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5))
for axes in (left, right):
    axes.plot([0, 1], [0, 1], color="gray", linestyle="--", label="as predicted")
    axes.set(xlabel="mean predicted chance", ylabel="share that was late")
left.plot([predicted[part].mean() for part in parts], [late_test[part].mean() for part in parts], "o-", label="network")
left.set_title("Ten parts of the test flights")
left.legend()
right.plot(predicted_of_day, actual_of_day, "o", markersize=4)
right.set_title("Test days: a point is a day")
plt.show()

# %% [markdown]
# Most of the ten parts lie close to the line. In the last one, where the network is most sure, it is too sure: {fig:top_predicted}
# predicted, {fig:top_share} late. Whole days are another matter. On the day that surprised it most, {fig:surprise} of the
# flights were late, and it expected {fig:surprise_predicted}. Nobody told it the weather.
#
# ## Tomorrow is not between two days
#
# Why does it do so well on some bad days, then? Look at the test days once more. The 10th lies between the 9th and the 11th, both of them in the
# training rows, and a spell of bad weather lasts for some days. `departs` holds the date, so the network has learned that the days around
# the 10th were bad. That is why this column is worth so much. But an airline on the evening of the 9th does not know the 11th.
#
# A stricter test: learn from January to October, predict November and December.

# %%
if pick(full=True, fast=False) and auc(predicted, late_test) is not None:
    before, after = (flights.filter(f"month {which} 10").select(*COLUMNS, "late") for which in ("<=", ">"))
    spec_before = features.learn(before, label="late", columns=COLUMNS)
    of_after = arrays(after, *COLUMNS, "late")
    late_after = of_after.pop("late") == "yes"
    figure("20.later", auc(chances(trained(spec_before, before), spec_before, of_after), late_after))

# %% [markdown]
# {fig:later}, where days in between had {fig:tabular}. Both figures are right; they answer different questions. Before you
# split, ask what will be known on the day when the model is used.

# %% [markdown] tags=["slide", "hidden"]
# ## Look before you train
#
# - types, gaps, different values, and what a number means: 517 is 5:17
# - known in advance? `dep_delay` alone has an AUC of {fig:leak}, on the runway
# - whole days apart: a coin for each flight makes {fig:by_chance} of what is worth {fig:by_days}

# %% [markdown] tags=["slide", "hidden"]
# ## What an encoding keeps apart
#
# - missing, unknown, rare, frequent: an id each
# - a gap: the median of training rows, and a flag beside it
# - time of day: sine and cosine, so that 23:59 and 0:01 are neighbours
# - learned from training rows, applied to all

# %% [markdown] tags=["slide", "hidden"]
# ## What is gained, and what is not
#
# - AUC: the same chance for all 0.50, linear {fig:linear}, network {fig:tabular}
# - the same network, asked about the next two months: {fig:later}
# - the day that surprised it most: {fig:surprise} late, {fig:surprise_predicted} predicted; nobody told it the weather

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** A colleague's model for the same table has an AUC of 0.93. What do you ask?
#
# *Sample answer:* Which columns it gets: `dep_delay` alone has {fig:leak}. And how the test rows were chosen: by a coin, the same hour of the same
# day is on both sides.
#
# **Discuss:** With days apart the same hour is never on both sides. Why was the figure still too good for tomorrow?
#
# *Sample answer:* The days around a test day are training days, those after it included, and bad weather lasts for some days. For a
# forecast the training has to end before the test begins. Then {fig:later} is left of {fig:tabular}.
#
# **Discuss:** Why not leave out all rows with a gap?
#
# *Sample answer:* Three of four rows have one in `since_last`, and they are other flights than the rest: the first ones of a
# plane's day. The model would be trained for the remaining quarter, and could not be asked about the others at all.
#
# **Discuss:** Shuffling `month` hardly matters. Does the month make no difference?
#
# *Sample answer:* It does, but `departs` knows it as well. The measure says what this model loses, while it keeps all the other columns.

# %% [markdown]
# ## What the result means
#
# | | AUC |
# |---|---|
# | the same chance for all | 0.50 |
# | a linear model, on test days between training days | {fig:linear} |
# | the network, on the same days | {fig:tabular} |
# | the network, on the next two months | {fig:later} |
# | `dep_delay`, when it is too late | {fig:leak} |
#
# From the timetable alone one can put flights into a useful order, and no more. What is missing is not a larger network. The causes of a bad
# day, such as fog, snow, or a computer that failed, are not in the table. A table of the weather would help, but it has to be the
# *forecast* of the evening before: the weather as it was measured later is known too late, like `dep_delay`.
#
# The encoding was less work than the thinking: which columns are known, what a gap means, which rows belong together.
# `features.learn` does the first and cannot do the second.
#
# ## Going further
#
# - Take `departs` out of `COLUMNS`, then `month` and `day` as well. What is left of {fig:tabular}, and what of {fig:later}?
# - `kinds={"since_last": features.number(missing="impute")}` in `features.learn` leaves out the flag. Does the AUC fall?
# - Train with `flight` and `tailnum` as well. Which share of the test flights has a `tailnum` that is rare or unknown?
# - One command trains on this table: `sparkeras train --data flights`. Read its report, and see what it does with each column.
