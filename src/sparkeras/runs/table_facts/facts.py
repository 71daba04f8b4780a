"""The facts of a table in a run: some before its training, some after its test; they stand in ``summary.json``.

Runs on: driver.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyspark.sql.functions as F

from sparkeras.runs.table_facts import alone, importance, label_words, linear, overruling, sample
from sparkeras.runs.table_facts.sample import LABEL, Sample
from sparkeras.runs.table_facts.scores import main_figure, scores

if TYPE_CHECKING:
    from sparkeras.datasets import Dataset
    from sparkeras.features import Features
    from sparkeras.runs.table_facts.importance import Predict

Facts = dict[str, Any]  # of plain values: the entry "table" of a run's summary


class TableResult(NamedTuple):
    """What a report shows of a table.

    Attributes
    ----------
    facts : dict
    label : (rows,) array
        Of held-out rows.
    output, linear : (rows, classes) or (rows,) array
        What the model and the linear baseline predict for them; the latter may be None.
    """

    facts: Facts
    label: np.ndarray
    output: np.ndarray
    linear: np.ndarray | None


class TableFacts:
    """What is found of the table of one training.

    Parameters
    ----------
    spec : Features
    dataset : Dataset
        Its rows have the raw columns, and ``label``.
    rows, seed : int
        Training rows, and the seed of samples and shuffles.
    inferred : bool
        Whether nobody named the task.
    balance : bool
        Whether the training weighs rare classes more.
    """

    def __init__(
        self, spec: Features, dataset: Dataset, rows: int, seed: int, *, inferred: bool, balance: bool
    ) -> None:
        assert spec.label
        self.spec, self.label, self.dataset = spec, spec.label, dataset
        self.rows, self.seed, self.inferred, self.balance = rows, seed, inferred, balance

    def columns(self) -> list[dict[str, str]]:
        """Return a line per column, see ``overruling.described``."""
        return overruling.described(self.spec, self.dataset.train.schema)

    @cached_property
    def training(self) -> Sample:
        """Some training rows."""
        return sample.of_training(self.dataset.train, self.spec, self.rows, self.seed)

    @cached_property
    def strengths(self) -> dict[str, float | None]:
        """How much each column alone says of the label, see ``alone.strengths``."""
        return alone.strengths(self.training, self.seed)

    @cached_property
    def label_line(self) -> str:
        """The kind of the label in one line."""
        low, high, distinct = 0.0, 0.0, 0
        if self.label.classes is None:
            found = F.min(LABEL), F.max(LABEL), F.approx_count_distinct(LABEL)
            low, high, distinct = self.dataset.train.agg(*found).collect()[0]
        return label_words.sentence(self.label, low, high, distinct, self.inferred)

    @property
    def leaks(self) -> dict[str, float]:
        """The columns that alone give the label away, and their figure."""
        return {name: value for name, value in self.strengths.items() if value is not None and value > alone.LEAK}

    @property
    def figure_alone(self) -> str:
        """The name of the figure of ``strengths``."""
        return "r2" if self.label.classes is None else "auc"

    def warnings(self) -> Iterator[str]:
        """Yield a line on each column that gives the label away."""
        words = "R²" if self.label.classes is None else "area under the ROC curve"
        for name, value in self.leaks.items():
            drops = " ".join(f"--drop {shlex.quote(source)}" for source in name.split(" x "))
            yield (
                f"Warning: column {name} alone gives the label away ({words} {value:.3f}). Will it be known when you "
                f"predict? If not, leave it out: {drops}"
            )

    def notes(self) -> Iterator[str]:
        """Yield a line on the rarest class, where it is rare and has no more weight than others."""
        rare = label_words.rarest(self.label)
        if rare and not self.balance:
            yield (
                f"Only {label_words.percent(rare[1])} of the rows are of class {rare[0]}: --balance gives rows of rare "
                "classes more weight, so that more of them are found, at the cost of more false alarms"
            )

    def tested(self, test: Sample, output: np.ndarray, predict: Predict, name: str, test_rows: int) -> TableResult:
        """Return all facts, with the predictions for their pictures.

        Parameters
        ----------
        test : Sample
            Of held-out rows.
        output : (rows, classes) or (rows,) array
            What the model predicted for them.
        predict : callable
            See ``importance.of_columns``.
        name : str
            Of the model.
        test_rows : int
            All held-out rows.
        """
        columns, rows = importance.of_columns(test, predict, self.strengths, self.seed)
        classes = None if self.label.classes is None else len(self.label.classes)
        from_linear = linear.of_samples(self.training, test, classes, self.balance)
        lines = [("always the mean" if classes is None else "always the most frequent class", self._constant(test))]
        if from_linear is not None:
            lines.append((linear.name(classes), from_linear))
        lines.append((f"this model ({name})", output))
        facts = {
            "label": {"line": self.label_line, "shares": label_words.shares(self.label), "balance": self.balance},
            "is_uneven": self.balance or label_words.rarest(self.label) is not None,
            "columns": self.columns(),
            "alone": {"figure": self.figure_alone, "rows": self.training.rows, "columns": self.strengths},
            "warnings": list(self.warnings()),
            "notes": list(self.notes()),
            "baselines": {
                "rows": test.rows,
                "test_rows": test_rows,
                "training_rows": self.training.rows,
                "lines": [{"name": each} | scores(test.label, found) for each, found in lines],
            },
            "importance": {
                "figure": main_figure(test.label, output),
                "rows": rows,
                "columns": [each._asdict() for each in columns],
            },
        }
        return TableResult(facts, test.label, output, from_linear)

    def _constant(self, test: Sample) -> np.ndarray:
        """Return what the constant baseline predicts."""
        if self.label.classes is None:
            return np.full(test.rows, self.label.mean)
        output = np.zeros((test.rows, len(self.label.classes)))
        output[:, int(np.argmax(self.label.counts))] = 1.0
        return output
