"""Wrong answers that learners give in lesson 15."""

from sparkeras.course.exercise import Mistake

LEAK = 'assembler = VectorAssembler(inputCols=[*TOTALS, "value"], outputCol="features")\n'


GOOD = 'assembler = VectorAssembler(inputCols=TOTALS, outputCol="features")\n'


FIT = 'line = Pipeline(stages=[assembler, LinearRegression(labelCol="value")])'


def ratios_answer(rooms="rooms / households", bedrooms="bedrooms / rooms", people="people / households", verb="*"):
    """Return an answer to 15.5 with other formulas or columns."""
    return (
        f'return frame.selectExpr("{verb}", "{rooms} AS rooms_per_household", '
        f'"{bedrooms} AS bedrooms_per_room", "{people} AS people_per_household")'
    )


def nearby_answer(rows="train", key='["cell_x", "cell_y"]', how='"left"', fill="of_all"):
    """Return an answer to 15.6 with other rows, key, join or filling."""
    return (
        f'of_cell = with_cell({rows}).groupBy("cell_x", "cell_y").agg(F.mean("value").alias("nearby"))\n'
        'of_all = train.agg(F.mean("value")).first()[0]\n'
        f'return with_cell(frame).join(of_cell, {key}, {how}).fillna({fill}, ["nearby"])'
    )


MISTAKES = {
    "15.1": (
        Mistake("no types", "houses = spark.read.csv(houses_file).toDF(*COLUMNS)", "is text"),
        Mistake(
            "whole numbers",
            'houses = spark.read.csv(houses_file, schema=", ".join(f"{name} int" for name in COLUMNS))',
            "NULL",
        ),
        Mistake(
            "another order",
            'houses = spark.read.csv(houses_file, schema=", ".join(f"{n} double" for n in sorted(COLUMNS)))',
            "first line of the file",
        ),
        Mistake("no names", "houses = spark.read.csv(houses_file, inferSchema=True)", "without names"),
    ),
    "15.2": (
        Mistake(
            "no root",
            'mean = train.agg(F.mean("value")).first()[0]\n'
            'mean_error = test.agg(F.mean((F.col("value") - mean) ** 2)).first()[0]',
            "squared dollars",
        ),
        Mistake(
            "absolute errors",
            'mean = train.agg(F.mean("value")).first()[0]\n'
            'mean_error = test.agg(F.mean(F.abs(F.col("value") - mean))).first()[0]',
            "absolute errors",
        ),
        Mistake(
            "the test rows' mean", 'mean_error = test.agg(F.stddev_pop("value")).first()[0]', "not known in advance"
        ),
        Mistake("training rows", 'mean_error = train.agg(F.stddev("value")).first()[0]', "error on the training rows"),
    ),
    "15.3": (
        Mistake("the label among the inputs", f"{LEAK}{FIT}.fit(train)", "cannot be among"),
        Mistake("all rows", f"{GOOD}{FIT}.fit(houses)", "test rows, too"),
        Mistake("not fitted", f"{GOOD}{FIT}", "not fitted yet"),
    ),
    "15.4": (
        Mistake(
            "the summary for both",
            "train_rmse = test_rmse = line.stages[-1].summary.rootMeanSquaredError",
            "rows that the line has learned from",
        ),
        Mistake(
            "no root",
            'evaluator = RegressionEvaluator(labelCol="value", metricName="mse")\n'
            "train_rmse, test_rmse = [evaluator.evaluate(line.transform(part)) for part in (train, test)]",
            "the R stands for",
        ),
        Mistake(
            "absolute errors",
            'evaluator = RegressionEvaluator(labelCol="value", metricName="mae")\n'
            "train_rmse, test_rmse = [evaluator.evaluate(line.transform(part)) for part in (train, test)]",
            "absolute errors",
        ),
        Mistake(
            "exchanged",
            'evaluator = RegressionEvaluator(labelCol="value", metricName="rmse")\n'
            "train_rmse, test_rmse = [evaluator.evaluate(line.transform(part)) for part in (test, train)]",
            "other way round",
        ),
    ),
    "15.5": (
        Mistake("upside down", ratios_answer("households / rooms"), "upside down"),
        Mistake("per person", ratios_answer("rooms / people"), "per person"),
        Mistake("columns lost", ratios_answer(verb="value"), "are gone"),
        Mistake("bedrooms per household", ratios_answer(bedrooms="bedrooms / households"), "of all rooms"),
    ),
    "15.6": (
        Mistake("all rows", nearby_answer(rows="houses"), "are part of these means"),
        Mistake("rows lost", nearby_answer(how='"inner"'), "leaves out"),
        Mistake("zero where unknown", nearby_answer(fill="0"), "do not cost 0"),
        Mistake("the frame's own values", nearby_answer(rows="frame"), "the frame's own values"),
    ),
}
