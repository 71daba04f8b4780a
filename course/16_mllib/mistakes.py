"""Wrong answers that learners give in lesson 16."""

from sparkeras.course.exercise import Mistake


def _chi(formula):
    start = "expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0, keepdims=True) / observed.sum()\n"
    return f"{start}return {formula}"


NEAREST = "nearest = ((points[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)\n"


COUNTS = 'counts = frame.groupBy("prediction", "cultivar").count()\n'


def _tree(inputs="names", metric=', metricName="accuracy"', rows="test"):
    return (
        f'assembler = VectorAssembler(inputCols={inputs}, outputCol="features")\n'
        'tree = Pipeline(stages=[assembler, DecisionTreeClassifier(labelCol="cultivar", maxDepth=3)]).fit(train)\n'
        f'evaluator = MulticlassClassificationEvaluator(labelCol="cultivar"{metric})\n'
        f"accuracy = evaluator.evaluate(tree.transform({rows}))"
    )


MISTAKES = {
    "16.1": (
        Mistake("of the training rows", "r2 = line.summary.r2", "has learned from"),
        Mistake("the correlation", "r2 = np.corrcoef(predicted, truth)[0, 1] ** 2", "correlation"),
        Mistake(
            "the share of what is left",
            "r2 = np.sum((predicted - truth) ** 2) / np.sum((truth.mean() - truth) ** 2)",
            "not explained",
        ),
    ),
    "16.2": (
        Mistake("another metric", _tree(metric=""), "metricName"),
        Mistake("training rows", _tree(rows="train"), "seen before"),
        Mistake("the label among the inputs", _tree(inputs='[*names, "cultivar"]'), "answer itself"),
    ),
    "16.3": (
        Mistake("divided by observed", _chi("((observed - expected) ** 2 / observed).sum()"), "by the expected counts"),
        Mistake("no squares", _chi("((observed - expected) / expected).sum()"), "cancel"),
        Mistake("not divided", _chi("((observed - expected) ** 2).sum()"), "Ten too many"),
        Mistake(
            "all cells alike",
            "expected = observed.mean()\nreturn ((observed - expected) ** 2 / expected).sum()",
            "sums of its row and column",
        ),
    ),
    "16.4": (
        Mistake(
            "the farthest",
            NEAREST.replace("argmin", "argmax")
            + "return np.array([points[nearest == k].mean(axis=0) if any(nearest == k) else centres[k] "
            "for k in range(len(centres))])",
            "farthest",
        ),
        Mistake(
            "sums",
            NEAREST + "return np.array([points[nearest == k].sum(axis=0) for k in range(len(centres))])",
            "Divide by",
        ),
        Mistake("all rows", "return np.array([points.mean(axis=0) for _ in centres])", "its own rows"),
        Mistake(
            "one number each",
            NEAREST + "return np.array([points[nearest == k].mean() for k in range(len(centres))])",
            "axis=0",
        ),
    ),
    "16.5": (
        Mistake("equal numbers", 'return frame.where("prediction = cultivar").count() / frame.count()', "only a name"),
        Mistake(
            "each group alike",
            COUNTS + 'shares = counts.groupBy("prediction").agg((F.max("count") / F.sum("count")).alias("share"))\n'
            'return shares.agg(F.mean("share")).first()[0]',
            "many rows",
        ),
        Mistake(
            "the other way round",
            COUNTS + 'largest = counts.groupBy("cultivar").agg(F.max("count").alias("rows"))\n'
            'return largest.agg(F.sum("rows")).first()[0] / frame.count()',
            "largest of each group",
        ),
    ),
    "16.6": (
        Mistake("counted from zero", "enough = int(np.argmax(np.cumsum(explained) >= 0.9))", "counts from 0"),
        Mistake("nine tenths of them", "enough = int(0.9 * 64)", "not alike"),
        Mistake("the others", "enough = int(np.sum(np.cumsum(explained) >= 0.9))", "after that point"),
    ),
}
