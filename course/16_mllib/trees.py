"""Lesson 16's decision tree: its columns, its rows, its depth, and the share that it gets right.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import Mistake, exercise, right, wrong


def _tree(inputs="names", metric=', metricName="accuracy"', rows="test"):
    return (
        f'assembler = VectorAssembler(inputCols={inputs}, outputCol="features")\n'
        'tree = Pipeline(stages=[assembler, DecisionTreeClassifier(labelCol="cultivar", maxDepth=3)]).fit(train)\n'
        f'evaluator = MulticlassClassificationEvaluator(labelCol="cultivar"{metric})\n'
        f"accuracy = evaluator.evaluate(tree.transform({rows}))"
    )


def _hits(tree, rows):
    said = np.array(tree.transform(rows).select("prediction", "cultivar").collect())
    return float(np.mean(said[:, 0] == said[:, 1]))


@exercise(
    "16.2",
    "A tree of three questions",
    baseline="0.39, the share of the commonest cultivar among the test rows.",
    hints=(
        'Pipeline(stages=[assembler, DecisionTreeClassifier(labelCol="cultivar", maxDepth=3)]).fit(train)',
        'MulticlassClassificationEvaluator(labelCol="cultivar", metricName="accuracy")',
    ),
    mistakes=(
        Mistake("another metric", _tree(metric=""), "metricName"),
        Mistake("training rows", _tree(rows="train"), "seen before"),
        Mistake("the label among the inputs", _tree(inputs='[*names, "cultivar"]'), "answer itself"),
    ),
)
def a_tree(tree, accuracy, train, test):
    """Judge a fitted tree and its accuracy."""
    if not hasattr(tree, "transform"):
        return wrong(f"{type(tree).__name__} is a plan.", "fit(train) makes the model.")
    if not hasattr(tree, "stages"):
        return wrong(f"{type(tree).__name__} is no pipeline.", a_tree.hints[0])
    return _grown(tree, train) or _measured_share(tree, accuracy, train, test)


def _grown(tree, train):
    """Return what is wrong with a pipeline's inputs, its tree or its rows, or None."""
    inputs = [name for stage in tree.stages if stage.hasParam("inputCols") for name in stage.getInputCols()]
    if "cultivar" in inputs:
        return wrong("The cultivar is among the inputs.", "Then the tree asks for the answer itself.")
    if len(inputs) != len(train.columns) - 1:
        return wrong(f"It sees {len(inputs)} of {len(train.columns) - 1} columns.", "inputCols=names")
    depth = max((stage.depth for stage in tree.stages if hasattr(stage, "depth")), default=None)
    if depth is None:
        return wrong("There is no tree in it.", a_tree.hints[0])
    if depth > 3:
        return wrong(f"It asks up to {depth} questions.", "maxDepth=3 stops it after three.")
    if tree.stages[-1]._java_obj.rootNode().impurityStats().count() != train.count():
        return wrong("It has not learned from the training rows alone.", "fit(train): test rows are to test with.")
    return None


def _measured_share(tree, accuracy, train, test):
    """Judge the accuracy of a tree."""
    share = _hits(tree, test)
    if np.isclose(accuracy, share, atol=6e-4):  # F1 differs in the third digit
        return right(f"{share:.0%} of {test.count()} wines; the commonest cultivar has 39 %.")
    if np.isclose(accuracy, _hits(tree, train), atol=1e-6):
        return wrong(f"{accuracy:.3f} is of wines that the tree has seen before.", "Ask it for the test rows.")
    if np.isclose(accuracy, 1 - share, atol=6e-3):
        return wrong(f"{accuracy:.3f} is the share of wrong answers.", "1 minus it.")
    return wrong(
        f"{accuracy:.3f} is not the share of right answers.",
        'Do not round it. The default is F1: metricName="accuracy".',
    )
