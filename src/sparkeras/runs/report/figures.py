"""Metrics of a model per class or of a regression, and its main figure beside a baseline.

Runs on: driver.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkeras.runs.report.rows import TestRows, class_text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Metrics = list[dict[str, Any]]  # the lines of metrics.csv

_OF_A_GAN = {"real_judged_real", "real_said_real"}  # a metric of the zoo's GAN, and its name in 0.1.0


def are_of_a_gan(figures: Mapping[str, Any]) -> bool:
    """Tell whether a run's figures are those of a GAN of the zoo."""
    return not _OF_A_GAN.isdisjoint(figures)


@dataclass(frozen=True)
class Headline:
    """The main figure: its name, its value, and the baseline, which a model that learnt nothing gets.

    ``share``: a share of 1, shown as per cent, and no number in the label's units. ``rising`` figures are the
    better the larger they are. ``remark`` explains a figure that is neither good nor bad by itself.
    """

    name: str
    value: float
    baseline: float
    baseline_words: str
    share: bool = False
    rising: bool = True
    remark: str = ""

    @property
    def text(self) -> str:
        """The figure as people read it."""
        return figure_text(self.value, self.share)

    @property
    def baseline_text(self) -> str:
        """The baseline as people read it."""
        return figure_text(self.baseline, self.share)

    @property
    def verdict(self) -> str:
        """The baseline as a sentence, with a hint where the model does not beat it."""
        beaten = self.value > self.baseline if self.rising else self.value < self.baseline
        hint = "" if beaten else " This model did no better: more epochs, another learning rate or scaled features?"
        return f" is what {self.baseline_words} gets on the same rows.{self.remark or hint}"


def figure_text(value: float | None, share: bool = False) -> str:
    """Return a figure as text: ``97.2 %`` for a share, else four digits; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    if share:
        # Cut, not rounded, near 1: "100 %" is for a model without a mistake
        return f"{math.floor(1e4 * value) / 100:.2f} %" if 0.99 <= value < 1 else f"{100 * value:.1f} %"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}" if abs(value) < 1e9 else f"{value:.3e}"


def classes_of(test: TestRows, num_classes: int | None = None) -> np.ndarray:
    """Return the class numbers, sorted: those of the data set and any that appear among the test rows."""
    seen = np.union1d(test.label, test.prediction)
    return seen if num_classes is None else np.union1d(seen, np.arange(num_classes))


def class_metrics(test: TestRows, classes: Sequence[int] | np.ndarray, names: Sequence[str] = ()) -> Metrics:
    """Return one dict per class: class, precision, recall, f1, support; NaN where a class leaves one undefined."""
    from sklearn.metrics import precision_recall_fscore_support

    columns = precision_recall_fscore_support(test.label, test.prediction, labels=classes, zero_division=np.nan)
    lines = zip(classes, *(column.tolist() for column in columns), strict=True)
    return [
        {"class": class_text(value, names), "precision": precision, "recall": recall, "f1": f1, "support": support}
        for value, precision, recall, f1, support in lines
    ]


def regression_metrics(test: TestRows, known_mean: ArrayLike | None = None) -> Metrics:
    """Return one dict per figure: figure, value. Figures of several targets are means over the targets.

    The baselines predict ``known_mean``: the mean of the training labels, one number per target; where it is
    not known, the test labels' own mean, which is a little harder to beat.
    """
    from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

    label, prediction = test.label.astype(float), test.prediction.astype(float)
    mean = np.broadcast_to(label.mean(axis=0) if known_mean is None else np.asarray(known_mean), label.shape)
    if np.isfinite(prediction).all():
        squared, absolute = mean_squared_error(label, prediction), mean_absolute_error(label, prediction)
        r2 = r2_score(label, prediction) if len(label) > 1 else np.nan
    else:
        squared = absolute = r2 = np.nan
    figures = {
        "mean_squared_error": squared,
        "mean_absolute_error": absolute,
        "r2": r2,
        "baseline_mean_squared_error": mean_squared_error(label, mean),
        "baseline_mean_absolute_error": mean_absolute_error(label, mean),
    }
    return [{"figure": name, "value": float(value)} for name, value in figures.items()]


def headline(test_figures: Mapping[str, Any], metrics: Metrics) -> Headline:
    """Return the Headline of a run.

    Parameters
    ----------
    test_figures : dict
        ``figures.test`` of the summary, Keras' own names.
    metrics : list of dict
        The lines of ``metrics.csv``: they tell a regression from classes, and fill in a figure Keras did not count.
    """
    if metrics and "figure" in metrics[0]:
        return _regression_headline(test_figures, {line["figure"]: line["value"] for line in metrics})
    supports = [line["support"] or 0 for line in metrics]
    total = sum(supports) or math.nan
    right = sum((line["recall"] or 0) * line["support"] for line in metrics if line["support"])
    accuracies = [name for name in test_figures if name == "acc" or (name.endswith("accuracy") and "top" not in name)]
    if are_of_a_gan(test_figures):
        remark = " The nearer, the better made images pass for real ones, or the weaker is the network that judges."
        return Headline("of made and real images told apart", right / total, 0.5, "tossing a coin", True, remark=remark)
    baseline = max(supports, default=math.nan) / total
    always = "always saying the commonest class"
    value = _number(test_figures[accuracies[0]]) if accuracies else right / total
    area = _number(test_figures.get("auc"))  # of two classes; where one is rare, accuracy says little
    remark = "" if math.isnan(area) else f" Area under the ROC curve: {area:.3f}; guessing gets 0.5."
    return Headline("test accuracy", value, baseline, always, share=True, remark=remark)


def _regression_headline(test_figures: Mapping[str, Any], metrics: Mapping[str, float]) -> Headline:
    absolute = [test_figures[name] for name in ("mean_absolute_error", "mae") if name in test_figures]
    squared_fit = [test_figures[name] for name in ("r2", "r2_score") if name in test_figures]
    if squared_fit and not absolute:
        return Headline("test r²", _number(squared_fit[0]), 0.0, "always saying the mean")
    value = absolute[0] if absolute else metrics["mean_absolute_error"]
    baseline = _number(metrics["baseline_mean_absolute_error"])
    return Headline("test mean absolute error", _number(value), baseline, "always saying the mean", rising=False)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
