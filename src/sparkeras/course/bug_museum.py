"""The bug museum: four mistakes of a known program, each as a switch, each with a picture of its effect.

Runs on: driver.

The program trained a network on Spark that got 84 % of its training images right and scored near zero on some digits of
the test; its report called that overfitting. It was none: training and test were both wrong, as the pictures show.
"""

from __future__ import annotations

import copy
import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkeras import datasets, plots
from sparkeras.files.atomic import moved
from sparkeras.scratch.activations import ACTIVATIONS
from sparkeras.scratch.building import build
from sparkeras.scratch.on_spark import Blocks
from sparkeras.scratch.optimizers import BoldDriver
from sparkeras.scratch.training import Plan, fit
from sparkeras.spark import session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from sparkeras.scratch.network import Network

    History = dict[str, list[float]]  # cost, accuracy and seconds of each epoch

HIDDEN, FRACTION = 64, 0.7


def with_activation(network: Network, name: str) -> Network:
    """Return a copy of a network with another activation in its hidden layers, for which it was not trained."""
    other = copy.deepcopy(network)
    *hidden, last = other.layers
    kinds = tuple(kind for kind in ACTIVATIONS.values() if kind is not ACTIVATIONS["linear"])
    other.layers = [*(ACTIVATIONS[name]() if isinstance(layer, kinds) else layer for layer in hidden), last]
    return other


def rounded(y: np.ndarray) -> np.ndarray:
    """Return True for outputs nearer to 1 than to 0, each by itself: a row may have no class, or several."""
    return np.round(y).astype(bool)


def largest(y: np.ndarray) -> np.ndarray:
    """Return True for the largest output of each row: a row has one class."""
    return np.arange(y.shape[1]) == y.argmax(axis=1)[:, None]


class Museum:
    """All exhibits, from a few trainings on one data set.

    Parameters
    ----------
    spark : SparkSession
    arrays : datasets.Arrays
        Labels are classes.
    epochs : int
    seed : int
    """

    def __init__(self, spark: SparkSession, arrays: datasets.Arrays, epochs: int = 100, seed: int = 0) -> None:
        if arrays.num_classes is None:
            raise ValueError("The museum needs labels that are classes; these are amounts.")
        self.spark, self.arrays, self.epochs, self.seed = spark, arrays, epochs, seed
        self.x, self.x_test = arrays.scaled(arrays.x_train), arrays.scaled(arrays.x_test)
        one_hot = np.eye(arrays.num_classes, dtype=np.float32)
        self.t, self.t_test = one_hot[arrays.y_train], one_hot[arrays.y_test]

    def open(self, folder: str | Path) -> dict[str, Any]:
        """Train, draw ``activation.png``, ``rounding.png``, ``steps.png``, ``partitions.png``; return the figures.

        The figures are in ``museum.json`` as well. The folder is created; files in it are replaced.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        slots = max(2, session.slots(self.spark) or 1)
        network, undone = self._train(slots, BoldDriver())
        _, alone = self._train(1, BoldDriver())
        _, kept = self._train(slots, BoldDriver(undo=False))
        _, sampled = self._train(slots, BoldDriver(), FRACTION)
        figures = {
            "data": self.arrays.name,
            "epochs": self.epochs,
            "seed": self.seed,
            "training accuracy": undone["accuracy"][-1],
            "activation": self._activation(folder / "activation.png", network),
            "rounding": self._rounding(folder / "rounding.png", network),
            "steps": self._steps(folder / "steps.png", undone, kept, sampled),
            "partitions": self._partitions(folder / "partitions.png", slots, undone, alone),
        }
        text = json.dumps(figures, indent=1) + "\n"
        moved(folder / "museum.json", lambda whole: whole.write_text(text, encoding="utf-8"))
        return figures

    def _train(self, partitions: int, optimizer: BoldDriver, fraction: float = 1.0) -> tuple[Network, History]:
        sizes = [self.x.shape[1], HIDDEN, self.t.shape[1]]
        network = build(sizes, "tanh", "sigmoid", "half_squares", start="half", seed=self.seed)
        frame = datasets.frame_from_arrays(self.spark, self.x, self.t)
        with Blocks(frame, partitions=partitions) as blocks:
            plan = Plan(fraction=fraction, seed=self.seed)
            return network, fit(network, optimizer, blocks, self.epochs, plan)

    def _scores(self, predicted: np.ndarray) -> list[float]:
        """Return the F1 of each class."""
        from sklearn.metrics import f1_score

        scores: list[float] = f1_score(self.t_test.astype(bool), predicted, average=None, zero_division=0).tolist()
        return scores

    def _activation(self, path: Path, network: Network) -> dict[str, float]:
        predictions = {
            "tanh, as it was trained": largest(network.forward(self.x_test)),
            "sigmoid": largest(with_activation(network, "sigmoid").forward(self.x_test)),
        }
        self._draw_scores(path, "Trained with tanh, asked with another activation", predictions)
        return {name: self._accuracy(predicted) for name, predicted in predictions.items()}

    def _rounding(self, path: Path, network: Network) -> dict[str, float]:
        y = network.forward(self.x_test)
        predictions = {"the largest output": largest(y), "each output rounded": rounded(y)}
        self._draw_scores(path, "Ten outputs: one answer, or ten", predictions)
        classes = rounded(y).sum(axis=1)
        shares = {"no class": float((classes == 0).mean()), "several classes": float((classes > 1).mean())}
        return {name: self._accuracy(predicted) for name, predicted in predictions.items()} | shares

    def _steps(self, path: Path, undone: History, kept: History, sampled: History) -> dict[str, float]:
        """Compare ways to treat a step that raised the cost.

        Costs of two samples of rows also differ by chance; the Bold Driver halves its rate for that, too, and the more
        often the smaller the samples are.
        """
        curves = {
            "bad steps undone": undone["cost"],
            "bad steps kept": kept["cost"],
            f"undone, {FRACTION:g} of the rows a step": sampled["cost"],
        }
        title = "The bold driver brakes when the cost rose"
        moved(path, lambda whole: plots.draw_curves_compared(whole, curves, title=title, x="epoch", y="cost per row"))
        return {name: values[-1] for name, values in curves.items()}

    def _partitions(self, path: Path, slots: int, several: History, alone: History) -> dict[str, float]:
        seconds = {1: alone["seconds"], slots: several["seconds"]}
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

    def _accuracy(self, predicted: np.ndarray) -> float:
        """Return the share of rows whose predicted classes are exactly the true one."""
        return float((predicted == self.t_test.astype(bool)).all(axis=1).mean())

    def _draw_scores(self, path: Path, title: str, predictions: Mapping[str, np.ndarray]) -> None:
        groups = [str(number) for number in range(self.t.shape[1])]
        values = {name: self._scores(predicted) for name, predicted in predictions.items()}
        moved(
            path,
            lambda whole: plots.draw_bars_compared(whole, groups, values, title=title, x="class", y="F1 on test rows"),
        )
