"""Lesson 16: Spark's own learners, and what they have learned.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong


@exercise(
    "16.1",
    "How much is explained",
    baseline="0, the value of always predicting the mean.",
    hints=(
        "Two sums of squares: of predicted minus truth, and of the mean of truth minus truth.",
        "1 - np.sum((predicted - truth) ** 2) / np.sum((truth.mean() - truth) ** 2)",
    ),
)
def how_much_is_explained(r2, predicted, truth, line):
    """Judge R2 on test rows."""
    left = np.sum((predicted - truth) ** 2) / np.sum((truth.mean() - truth) ** 2)
    if np.isclose(r2, 1 - left, atol=6e-4):
        return right(f"{r2:.3f}: the line is about as good as always predicting {truth.mean():.2f}.")
    message = f"{float(r2):.3f} is not right."
    if np.isclose(r2, line.summary.r2, atol=1e-6):
        return wrong(message, "The summary's value is for the rows that the line has learned from.")
    if np.isclose(r2, np.corrcoef(predicted, truth)[0, 1] ** 2, atol=1e-6):
        return wrong(
            message, "That is the squared correlation. It ignores a wrong scale or offset, and is never below zero."
        )
    if np.isclose(r2, left, atol=1e-6):
        return wrong(message, "That is the share that is not explained: return 1 minus it.")
    return wrong(message, how_much_is_explained.hints[0])


def _hits(tree, rows):
    pairs = np.array(tree.transform(rows).select("prediction", "cultivar").collect())
    return float(np.mean(pairs[:, 0] == pairs[:, 1]))


@exercise(
    "16.2",
    "A tree of three questions",
    baseline="0.39, the share of the commonest cultivar among the test rows.",
    hints=(
        'Pipeline(stages=[assembler, DecisionTreeClassifier(labelCol="cultivar", maxDepth=3)]).fit(train)',
        'MulticlassClassificationEvaluator(labelCol="cultivar", metricName="accuracy")',
    ),
)
def a_tree(tree, accuracy, train, test):
    """Judge a fitted tree and its accuracy."""
    if not hasattr(tree, "transform"):
        return wrong(f"{type(tree).__name__} is not fitted yet.", "fit(train) makes the model.")
    if not hasattr(tree, "stages"):
        return wrong(f"{type(tree).__name__} is not a fitted pipeline.", a_tree.hints[0])
    return _grown(tree, train) or _measured_share(tree, accuracy, train, test)


def _grown(tree, train):
    """Return what is wrong with a pipeline's inputs, its tree or its rows, or None."""
    inputs = [name for stage in tree.stages if stage.hasParam("inputCols") for name in stage.getInputCols()]
    if "cultivar" in inputs:
        return wrong("The cultivar is among the inputs.", "Then the tree is given the answer itself.")
    if len(inputs) != len(train.columns) - 1:
        return wrong(f"It uses {len(inputs)} of {len(train.columns) - 1} columns.", "inputCols=names")
    depth = max((stage.depth for stage in tree.stages if hasattr(stage, "depth")), default=None)
    if depth is None:
        return wrong("There is no tree in it.", a_tree.hints[0])
    if depth > 3:
        return wrong(f"It asks up to {depth} questions.", "maxDepth=3 stops it after three.")
    if tree.stages[-1]._java_obj.rootNode().impurityStats().count() != train.count():
        return wrong("It has not learned from the training rows alone.", "fit(train): keep the test rows for the test.")
    return None


def _measured_share(tree, accuracy, train, test):
    """Judge the accuracy of a tree."""
    share = _hits(tree, test)
    if np.isclose(accuracy, share, atol=6e-4):  # F1 differs in the third digit
        return right(f"{share:.0%} of {test.count()} wines; the commonest cultivar has 39 %.")
    if np.isclose(accuracy, _hits(tree, train), atol=1e-6):
        return wrong(f"{accuracy:.3f} is for wines that the tree has seen before.", "Evaluate it on the test rows.")
    if np.isclose(accuracy, 1 - share, atol=6e-3):
        return wrong(f"{accuracy:.3f} is the share of wrong answers.", "Return 1 minus it.")
    return wrong(
        f"{accuracy:.3f} is not the share of right answers.",
        'The default metric is F1: metricName="accuracy". Do not round.',
    )


@exercise(
    "16.3",
    "Chi-square by hand",
    baseline="0, the value of independent columns, apart from chance.",
    hints=(
        "observed.sum(axis=1, keepdims=True) is a column, observed.sum(axis=0, keepdims=True) a row: multiply them.",
        "expected = column * row / observed.sum(); then ((observed - expected) ** 2 / expected).sum()",
    ),
)
def chi_square_by_hand(chi_square):
    """Judge chi-square on three tables."""
    rng = np.random.default_rng(0)
    tables = [rng.integers(5, 60, shape) for shape in ((2, 10), (3, 4), (2, 2))]
    results = [chi_square(table) for table in tables]
    if any(each is None for each in results):
        return wrong("It returns nothing.", chi_square_by_hand.hints[0])
    if any(not np.isscalar(each) and np.ndim(np.asarray(each, object)) for each in results):
        return wrong("It returns more than one number.", "Chi-square is one number: the sum over all cells.")

    def of(formula):
        tables_ = [(o, o.sum(axis=1, keepdims=True) * o.sum(axis=0, keepdims=True) / o.sum()) for o in tables]
        return np.allclose(results, [formula(o, e).sum() for o, e in tables_], atol=1e-6)

    if of(lambda o, e: (o - e) ** 2 / e):
        return right("Zero means independence. How far above it chance can bring you depends on the size of the table.")
    message = f"For {tables[2].tolist()} it returns {float(results[2]):.3f}."
    if of(lambda o, e: (o - e) ** 2 / o):
        return wrong(message, "The squares are divided by the expected counts.")
    if of(lambda o, e: (o - e) / e):
        return wrong(message, "Differences above and below zero cancel: square first.")
    if of(lambda o, e: (o - e) ** 2):
        return wrong(
            message, "Ten too many of 20 are a lot, of 1,000 hardly any: divide each square by the expected count."
        )
    if of(lambda o, e: (o - e) ** 2 / e / o.size):
        return wrong(message, "Take the sum over all cells, not their mean.")
    return wrong(message, "The expected count of a cell: sums of its row and column multiplied, by the sum of all.")


@exercise(
    "16.4",
    "One step of k-means",
    baseline="centres that stay where they began.",
    hints=(
        "points[:, None, :] - centres[None, :, :] has the shape (rows, k, numbers): every row minus every centre.",
        "argmin over the centres gives each row's group; points[nearest == 0].mean(axis=0) is the first new centre.",
    ),
)
def one_step(step):
    """Judge a step of k-means."""
    rng = np.random.default_rng(1)
    centres = rng.normal(0, 3, (4, 3))
    points = np.concatenate([rng.normal(centre, 1.5, (20, 3)) for centre in centres])
    result = step(points.copy(), centres.copy())
    if result is None:
        return wrong("It returns nothing.", one_step.hints[0])
    if np.shape(result) != centres.shape:
        return wrong(f"It returns the shape {np.shape(result)}; expected (4, 3).", "The mean of rows is a row: axis=0.")
    distances = ((points[:, None] - centres[None]) ** 2).sum(axis=2)

    def moved(groups, of=np.mean):
        return np.array(
            [of(points[groups == k], axis=0) if (groups == k).any() else centres[k] for k in range(len(centres))]
        )

    nearest = distances.argmin(axis=1)
    if np.allclose(result, moved(nearest)):
        return right("Finding centres is a map, taking means a reduce: that is why it runs on any number of machines.")
    message = f"The first centre moves to {np.round(np.asarray(result)[0], 2).tolist()}."
    if np.allclose(result, moved(nearest, np.sum)):
        return wrong(message, "That is the sum of its rows. Divide by their number.")
    if np.allclose(result, points.mean(axis=0)):
        return wrong(message, "All centres are at the same place. Each moves to the mean of its own rows.")
    if np.allclose(result, moved(distances.argmax(axis=1))):
        return wrong(message, "Each row joins the farthest centre: argmin, not argmax.")
    return wrong(message, one_step.hints[1])


# Group and cultivar of ten rows, for which every wrong way gives another share.
MADE = [(0, 1)] * 4 + [(0, 2)] + [(1, 0)] * 2 + [(2, 0)] * 2 + [(2, 2)]


@exercise(
    "16.5",
    "Groups and grapes",
    baseline="0.40, the share of the commonest cultivar.",
    hints=(
        'frame.groupBy("prediction", "cultivar").count() says how many rows of each cultivar a group has.',
        "Of these the largest of each group, added up over the groups, divided by all rows.",
    ),
)
def do_the_groups_agree(purity, groups):
    """Judge the purity of groups."""
    made = groups["raw"].sparkSession.createDataFrame(MADE, ["prediction", "cultivar"])
    share = purity(made)
    if share is None:
        return wrong("It returns nothing.", do_the_groups_agree.hints[0])
    message = f"For ten rows it returns {float(share):.3f}; eight of them have the commonest cultivar of their group."
    if np.isclose(share, 0.8):
        return right("Groups have no names of their own, so each gets that of its commonest cultivar.")
    if np.isclose(share, 0.1):
        return wrong(message, "A group's number is only a name: group 0 need not be cultivar 0.")
    if np.isclose(share, np.mean([4 / 5, 2 / 2, 2 / 3])):
        return wrong(message, "That counts a small group like one of many rows: add rows up, and divide once.")
    if np.isclose(share, 0.7):
        return wrong(message, "You took the largest group of each cultivar: take the largest of each group instead.")
    return wrong(message, do_the_groups_agree.hints[1])


@exercise(
    "16.6",
    "How many are enough",
    baseline="58 of the old columns, nine tenths of 64.",
    hints=(
        "np.cumsum(explained) adds them up one after the other.",
        "The first place with 0.9 or more, counted from 1.",
    ),
)
def how_many_are_enough(enough, explained):
    """Judge the number of columns that hold 90 % of the variance."""
    sums = np.cumsum(explained)
    expected = int(np.argmax(sums >= 0.9)) + 1
    if enough == expected:
        return right(f"{expected} of 64 hold {sums[expected - 1]:.1%}.")
    if enough == expected - 1:
        return wrong(
            f"{enough} columns hold {sums[enough - 1]:.1%}.",
            "NumPy counts from 0: the number of columns is one more.",
        )
    if enough in (57, 58):
        return wrong(
            f"{enough} columns hold {sums[enough - 1]:.1%}, far more.",
            "The columns are not alike: the first ones hold most.",
        )
    if enough == int(np.sum(sums >= 0.9)):
        return wrong(f"{enough} is too many.", "You counted the columns after that point instead of those before it.")
    return wrong(f"{enough} is not right.", how_many_are_enough.hints[1])
