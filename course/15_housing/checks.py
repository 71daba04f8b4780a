"""Lesson 15: what houses cost, by a line and a forest in Spark.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong

from . import reference


@exercise(
    "15.1",
    "A schema",
    baseline="a table of texts with the columns _c0 to _c8, which is what Spark makes without a schema.",
    hints=(
        "spark.read.csv(houses_file, schema=...), with a text such as 'longitude double, latitude double, ...'.",
        '", ".join(f"{name} double" for name in COLUMNS) makes that text.',
    ),
)
def a_schema(houses, houses_file):
    """Judge the DataFrame of all blocks."""
    if not hasattr(houses, "dtypes") or not hasattr(houses, "collect"):
        return wrong(f"houses is of type {type(houses).__name__}.", "A DataFrame of Spark: spark.read.csv(...).")
    with open(houses_file, encoding="utf-8") as file:
        lines = file.read().splitlines()
    if sorted(houses.columns) != sorted(reference.COLUMNS):
        named = ", ".join(houses.columns)
        return wrong(f"Its columns are {named}.", "The file has no header, so its columns come without names.")
    types = dict(houses.dtypes)
    texts = [name for name, kind in types.items() if kind == "string"]
    if texts:
        return wrong(f"The column {texts[0]!r} is text.", "Text cannot be added up: give each column its type.")
    first = houses.first().asDict()
    expected = dict(zip(reference.COLUMNS, map(float, lines[0].split(",")), strict=True))
    holes = [name for name, value in first.items() if value is None]
    if holes:
        words = f"The type {types[holes[0]]} cannot hold '41.000000', and Spark raises no error. Use double."
        return wrong(f"{holes[0]!r} of the first row is NULL.", words)
    if np.allclose(
        [first[name] for name in reference.COLUMNS], [float(cell) for cell in lines[1].split(",")], rtol=1e-5
    ):
        return wrong("The first line of the file is missing.", "It is not a header: leave out header=True.")
    off = [name for name, value in first.items() if not np.isclose(value, expected[name], rtol=1e-5)]
    if off:
        words = f"A schema names columns by their place. The first line of the file: {lines[0]}"
        return wrong(f"{off[0]!r} of the first row is {first[off[0]]}.", words)
    if houses.count() != len(lines):
        return wrong(f"It has {houses.count():,} rows, the file {len(lines):,} lines.", "There is no header to skip.")
    return right(f"{len(lines):,} blocks, nine numbers each, and not one is missing.")


@exercise(
    "15.2",
    "The mean",
    baseline="nothing; this is the number that every model has to beat.",
    hints=(
        "One number of the training rows: train.agg(F.mean('value')).first()[0].",
        "Value minus that number, squared, the mean over the test rows, and the root of it: F.sqrt.",
    ),
)
def the_mean(mean_error, train, test):
    """Judge the RMSE on test rows of the training rows' mean."""
    values, tested = (reference.table(part)["value"] for part in (train, test))
    off, error = tested - values.mean(), float(mean_error)
    # Both means are close, so the two errors differ in the sixth digit only.
    if np.isclose(error, np.std(tested), rtol=1e-9) and not np.isclose(error, np.sqrt(np.mean(off**2)), rtol=1e-9):
        return wrong("That is the error of the test rows' own mean.", "It is not known in advance: train.agg(...).")
    if np.isclose(error, np.sqrt(np.mean(off**2)), rtol=1e-4):
        return right(f"Always predicting {values.mean():,.0f} has an RMSE of {error:,.0f} dollars.")
    if np.isclose(error, np.mean(off**2), rtol=1e-3):
        return wrong(f"{error:.4g} are squared dollars.", "Take the root.")
    if np.isclose(error, np.mean(np.abs(off)), rtol=1e-4):
        return wrong(f"{error:,.0f} is the mean of the absolute errors.", "Square them first; the root comes last.")
    if np.isclose(error, np.std(values), rtol=1e-3):
        return wrong(f"{error:,.0f} is the error on the training rows.", "Compare with the test rows.")
    return wrong(f"{error:,.0f} is not right.", the_mean.hints[1])


@exercise(
    "15.3",
    "Assemble and fit",
    baseline="the mean's RMSE on the test rows, about 117,000 dollars.",
    hints=(
        'VectorAssembler(inputCols=TOTALS, outputCol="features"), then LinearRegression(labelCol="value").',
        "line = Pipeline(stages=[assembler, regression]).fit(train)",
    ),
)
def assemble_and_fit(line, train, test):
    """Judge a fitted pipeline of a linear regression."""
    if not hasattr(line, "transform"):
        return wrong(f"{type(line).__name__} is not fitted yet.", "fit(train) makes the model.")
    inputs = [
        name for stage in getattr(line, "stages", []) if stage.hasParam("inputCols") for name in stage.getInputCols()
    ]
    if "value" in inputs:
        return wrong("The value is among the inputs.", "The label cannot be among the inputs of its own prediction.")
    if sorted(inputs) != sorted(reference.TOTALS):
        return wrong(f"Its inputs are {', '.join(inputs) or 'not assembled'}.", "Expected the columns of TOTALS.")
    predicted = np.array([row[0] for row in line.transform(test).select("prediction").collect()])
    parts = {"train": reference.table(train), "test": reference.table(test)}
    both = {name: np.concatenate([parts["train"][name], parts["test"][name]]) for name in reference.COLUMNS}
    candidates = {"train": parts["train"], "all": both, "test": parts["test"]}
    off = {
        name: reference.distance(predicted, reference.line(rows, parts["test"])) for name, rows in candidates.items()
    }
    nearest = min(off, key=off.get)
    if off[nearest] > 5000:
        return wrong(
            f"It predicts {predicted[0]:,.0f} for the first test row.",
            "Is its labelCol 'value', and is it a LinearRegression?",
        )
    if nearest != "train":
        return wrong(
            "It has learned from test rows, too.", "fit(train): a model must not have seen what it is tested on."
        )
    error = reference.distance(predicted, parts["test"]["value"])
    return right(f"With six inputs and seven parameters its RMSE on the test rows is {error:,.0f} dollars.")


@exercise(
    "15.4",
    "Two errors",
    baseline="the mean's RMSE on the test rows, about 117,000 dollars.",
    hints=(
        'evaluator = RegressionEvaluator(labelCol="value", metricName="rmse")',
        "evaluator.evaluate(line.transform(train)), and the same with test.",
    ),
)
def two_errors(train_rmse, test_rmse, line, train, test):
    """Judge the errors on training rows and test rows."""
    rows = [line.transform(part).select("prediction", "value").collect() for part in (train, test)]
    of_train, of_test = (reference.distance(*np.array(part).T) for part in rows)
    errors = float(train_rmse), float(test_rmse)
    message = f"Your errors are {errors[0]:,.0f} and {errors[1]:,.0f}."
    if np.allclose(errors, (of_train, of_test), rtol=1e-4):
        return right(
            f"Training {of_train:,.0f}, test {of_test:,.0f}; the summary of Spark's model knows the first only."
        )
    if np.allclose(errors, (of_test, of_train), rtol=1e-4):
        return wrong(message, "It is the other way round.")
    if np.allclose(errors, (of_train, of_train), rtol=1e-4):
        return wrong(message, "Both are errors on rows that the line has learned from. A summary knows no test rows.")
    if np.allclose(errors, (of_train**2, of_test**2), rtol=1e-3):
        return wrong(message, "These are squared: the R stands for root.")
    absolute = [np.mean(np.abs(np.subtract(*np.array(part).T))) for part in rows]
    if np.allclose(errors, absolute, rtol=1e-4):
        return wrong(message, 'These are means of the absolute errors: metricName="rmse".')
    return wrong(message, two_errors.hints[1])


@exercise(
    "15.5",
    "Per household",
    baseline="the totals, which say how large a block is, not how large its houses are.",
    hints=(
        'F.col("rooms") / F.col("households") is one of them; frame.withColumn(name, column) adds it.',
        'frame.withColumns({"rooms_per_household": ..., "bedrooms_per_room": ..., "people_per_household": ...})',
    ),
)
def per_household(with_ratios, test):
    """Judge three ratios."""
    frame = with_ratios(test.limit(200))
    if frame is None:
        return wrong("It returns nothing.", per_household.hints[0])
    missing = [name for name in reference.RATIOS if name not in frame.columns]
    if missing:
        return wrong(f"There is no column {missing[0]!r}.", per_household.hints[1])
    lost = [name for name in reference.COLUMNS if name not in frame.columns]
    if lost:
        return wrong(f"The columns {', '.join(lost)} are gone.", "Keep all columns: withColumns, or '*'.")
    rows = reference.table(frame, [*reference.COLUMNS, *reference.RATIOS])
    wanted = {name: rows[above] / rows[below] for name, (above, below) in reference.RATIOS.items()}
    for name, ratio in wanted.items():
        result = rows[name]
        if np.allclose(result, ratio, rtol=1e-4):
            continue
        message = f"{name} of the first row is {result[0]:.3g}."
        if np.allclose(result * ratio, 1, rtol=1e-4):
            return wrong(message, "That ratio is upside down.")
        if name == "rooms_per_household" and np.allclose(result, rows["rooms"] / rows["people"], rtol=1e-4):
            return wrong(message, "That is rooms per person.")
        if name == "bedrooms_per_room":
            return wrong(message, "Which share of all rooms are bedrooms?")
        return wrong(message, f"Expected {ratio[0]:.3g}: one total divided by another of the same row.")
    return right("These three numbers do not grow with the size of the block.")


@exercise(
    "15.6",
    "What houses cost nearby",
    baseline="the line without it, about 75,700 dollars on the test rows.",
    hints=(
        'with_cell(train).groupBy("cell_x", "cell_y").agg(F.mean("value").alias("nearby")) is a table of cells.',
        'with_cell(frame).join(that_table, ["cell_x", "cell_y"], "left"), then fillna(mean, ["nearby"]).',
    ),
)
def nearby(with_nearby, train, test):
    """Judge the mean value of each row's cell."""
    frame = with_nearby(test)
    if frame is None:
        return wrong("It returns nothing.", nearby.hints[0])
    if "nearby" not in frame.columns:
        return wrong("There is no column 'nearby'.", nearby.hints[0])
    learned, tested = reference.table(train), reference.table(test)
    found = reference.table(frame, [*reference.COLUMNS, "nearby"])
    if len(found["value"]) != len(tested["value"]):
        message = f"It returns {len(found['value']):,} rows of {len(tested['value']):,}."
        return wrong(message, "An inner join leaves out cells that have no training row.")
    both = {name: np.concatenate([learned[name], tested[name]]) for name in reference.COLUMNS}
    expected = reference.nearby(found, learned)
    if np.allclose(found["nearby"], expected, rtol=1e-6):
        return right("The mean value nearby comes from training rows alone, so it is known for a new house as well.")
    strange = reference.without_cell(found, learned)
    message = f"{np.mean(~np.isclose(found['nearby'], expected)):.0%} of the test rows have another value."
    if np.allclose(found["nearby"], reference.nearby(found, both), rtol=1e-6):
        return wrong(message, "The test rows' own values are part of these means: group the training rows only.")
    if np.allclose(found["nearby"], reference.nearby(found, tested), rtol=1e-6):
        return wrong(
            message,
            "These are means of the frame's own values, which are not known for new houses: group the training rows.",
        )
    filled = found["nearby"][strange]
    if len(filled) and filled[0] and (filled == filled[0]).all():
        return wrong(
            message,
            f"For cells without a training row you fill in {filled[0]:,.0f}: take the mean over rows, not cells.",
        )
    if not np.isfinite(found["nearby"]).all() or np.allclose(found["nearby"][~strange], expected[~strange], rtol=1e-6):
        return wrong(message, "Houses in cells without a training row do not cost 0: fill in the mean of all.")
    return wrong(message, nearby.hints[1])
