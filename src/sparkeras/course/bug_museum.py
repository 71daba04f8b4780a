"""The bug museum: four mistakes of a known program, each as a switch, each with a picture of what it does.

Runs on: driver.

The program trained a network on Spark that got 84 % of its training images right, scored some digits near zero in the
test, and called that overfitting. It was none: training and test were both wrong in ways that the pictures show.
"""

import copy
import json
import statistics
from pathlib import Path

import numpy as np

from sparkeras import datasets, plots
from sparkeras.files.atomic import moved
from sparkeras.scratch.activations import ACTIVATIONS
from sparkeras.scratch.building import build
from sparkeras.scratch.on_spark import Blocks
from sparkeras.scratch.optimizers import BoldDriver
from sparkeras.scratch.training import Plan, fit
from sparkeras.spark import session

HIDDEN, FRACTION = 64, 0.7


def with_activation(network, name):
    """Return a copy of a network whose hidden layers use another activation: it was not trained for that."""
    other = copy.deepcopy(network)
    *hidden, last = other.layers
    kinds = tuple(kind for kind in ACTIVATIONS.values() if kind is not ACTIVATIONS["linear"])
    other.layers = [*(ACTIVATIONS[name]() if isinstance(layer, kinds) else layer for layer in hidden), last]
    return other


def rounded(y):
    """Return which outputs are nearer to 1 than to 0, each by itself: a row may be of no class, or of several."""
    return np.round(y).astype(bool)


def largest(y):
    """Return which output is the largest of its row: each row is of one class."""
    return np.arange(y.shape[1]) == y.argmax(axis=1)[:, None]


class Museum:
    """All exhibits, from a few trainings on one data set.

    Parameters
    ----------
    spark : SparkSession
    arrays : datasets.Arrays
        Of classes.
    epochs : int
    seed : int
    """

    def __init__(self, spark, arrays, epochs=100, seed=0):
        self.spark, self.arrays, self.epochs, self.seed = spark, arrays, epochs, seed
        self.x, self.x_test = arrays.scaled(arrays.x_train), arrays.scaled(arrays.x_test)
        one_hot = np.eye(arrays.num_classes, dtype=np.float32)
        self.t, self.t_test = one_hot[arrays.y_train], one_hot[arrays.y_test]

    def open(self, folder):
        """Train, draw ``activation.png``, ``rounding.png``, ``steps.png``, ``partitions.png``; return the figures.

        The figures are in ``museum.json`` as well. The folder is made; files in it are replaced.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        slots = max(2, session.slots(self.spark) or 1)
        network, right = self._train(slots, BoldDriver())
        _, alone = self._train(1, BoldDriver())
        _, kept = self._train(slots, BoldDriver(undo=False))
        _, sampled = self._train(slots, BoldDriver(), FRACTION)
        told = {
            "data": self.arrays.name,
            "epochs": self.epochs,
            "seed": self.seed,
            "training accuracy": right["accuracy"][-1],
            "activation": self._activation(folder / "activation.png", network),
            "rounding": self._rounding(folder / "rounding.png", network),
            "steps": self._steps(folder / "steps.png", right, kept, sampled),
            "partitions": self._partitions(folder / "partitions.png", slots, right, alone),
        }
        text = json.dumps(told, indent=1) + "\n"
        moved(folder / "museum.json", lambda whole: whole.write_text(text, encoding="utf-8"))
        return told

    def _train(self, partitions, optimizer, fraction=1.0):
        sizes = [self.x.shape[1], HIDDEN, self.t.shape[1]]
        network = build(sizes, "tanh", "sigmoid", "half_squares", start="half", seed=self.seed)
        frame = datasets.frame_from_arrays(self.spark, self.x, self.t)
        with Blocks(frame, partitions=partitions) as blocks:
            plan = Plan(fraction=fraction, seed=self.seed)
            return network, fit(network, optimizer, blocks, self.epochs, plan)

    def _scores(self, said):
        """Return the F1 of each class."""
        from sklearn.metrics import f1_score

        return f1_score(self.t_test.astype(bool), said, average=None, zero_division=0).tolist()

    def _activation(self, path, network):
        said = {
            "tanh, as it was trained": largest(network.forward(self.x_test)),
            "sigmoid": largest(with_activation(network, "sigmoid").forward(self.x_test)),
        }
        self._draw_scores(path, "Trained with tanh, asked with another activation", said)
        return {name: self._accuracy(each) for name, each in said.items()}

    def _rounding(self, path, network):
        y = network.forward(self.x_test)
        said = {"the largest output": largest(y), "each output rounded": rounded(y)}
        self._draw_scores(path, "Ten outputs: one answer, or ten", said)
        answers = rounded(y).sum(axis=1)
        shares = {"no class": float((answers == 0).mean()), "several classes": float((answers > 1).mean())}
        return {name: self._accuracy(each) for name, each in said.items()} | shares

    def _steps(self, path, undone, kept, sampled):
        """Costs of two samples differ by chance as well, and the driver brakes for that: the fewer rows, the more."""
        curves = {
            "bad steps undone": undone["cost"],
            "bad steps kept": kept["cost"],
            f"undone, {FRACTION:g} of the rows a step": sampled["cost"],
        }
        title = "The bold driver brakes when the cost rose"
        moved(path, lambda whole: plots.draw_curves_compared(whole, curves, title=title, x="epoch", y="cost per row"))
        return {name: values[-1] for name, values in curves.items()}

    def _partitions(self, path, slots, right, alone):
        seconds = {1: alone["seconds"], slots: right["seconds"]}
        medians = {count: statistics.median(each[1:] or each) for count, each in seconds.items()}
        groups = [f"{count} partition{'' if count == 1 else 's'}" for count in medians]
        values = {"seconds": list(medians.values())}
        moved(
            path,
            lambda whole: plots.draw_bars_compared(
                whole, groups, values, title=f"An epoch of {len(self.x):,} rows", y="seconds"
            ),
        )
        return dict(zip(groups, medians.values(), strict=True))

    def _accuracy(self, said):
        """Return the share of rows of which exactly what is true was said."""
        return float((said == self.t_test.astype(bool)).all(axis=1).mean())

    def _draw_scores(self, path, title, said):
        groups = [str(number) for number in range(self.t.shape[1])]
        values = {name: self._scores(each) for name, each in said.items()}
        moved(
            path,
            lambda whole: plots.draw_bars_compared(whole, groups, values, title=title, x="class", y="F1 on test rows"),
        )
