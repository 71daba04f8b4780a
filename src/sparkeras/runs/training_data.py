"""The data of a TrainingRun, opened: arrays, images, texts as numbers, or a table whose columns are learned.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sparkeras import datasets
from sparkeras.engine.params import by_rows
from sparkeras.errors import InvalidParamError
from sparkeras.runs import models, table_columns, text_rows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from sparkeras.features import Features
    from sparkeras.runs.run_folder import RunFolder


def defaults(rows: int, model: str, is_table: bool) -> dict[str, Any]:
    """Return the settings of a training that are not the general defaults, by its number of rows and its model.

    Below 10,000 rows 40 epochs in batches of 32, of a table 20. A larger table is seen as often as makes 600,000 rows,
    2 to 40 epochs, in batches of 128 rows, of 256 from 50,000 rows.
    """
    settings = by_rows.defaults(rows, model in models.FOR_TABLES)
    # A test row may lack what no training row lacked.
    return settings | ({"handle_invalid": "skip"} if is_table else {})


@dataclass(frozen=True)
class TrainingData:
    """A data set ready to train on.

    Attributes
    ----------
    dataset : datasets.Dataset
    test_rows : DataFrame
        As the data set has them, texts too.
    words : text_rows.Words or None
        Of a data set of texts.
    spec : Features or None
        Of a table.
    counts : (int, int) or None
        Training and test rows, where they are known.
    notes : list of str
        What a person should know.
    """

    dataset: datasets.Dataset
    test_rows: DataFrame
    words: text_rows.Words | None = None
    spec: Features | None = None
    counts: tuple[int, int] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def features(self) -> Any:
        """What ``fit``, ``evaluate`` and ``predict`` take as ``features``."""
        return "features" if self.spec is None else table_columns.for_training(self.spec)

    def save(self, folder: RunFolder) -> None:
        """Write what was learned into the run's folder."""
        if self.words:
            self.words.save(folder)
        if self.spec:
            folder.file(table_columns.FILE).write_text(self.spec.to_json(), encoding="utf-8")


def load(
    name: str,
    model: str,
    spark: Callable[[], SparkSession],
    *,
    label: str | None,
    seed: int,
    image_size: int,
    kinds: Mapping[str, str],
    task: str | None,
    columns: Sequence[str] = (),
) -> TrainingData:
    """Open a data set for a model.

    Parameters
    ----------
    name, model : str
        As ``TrainingRun`` takes them.
    spark : callable
        Gives the session: it is called once the data is known to be there, or read.
    label, seed, image_size, kinds, task, columns
        As ``TrainingRun`` takes them.

    Raises
    ------
    InvalidParamError
        For kinds, a task or columns where the columns are not learned.
    """
    if model == "tabular" or (model in models.FOR_TABLES and datasets.is_raw(name)):
        table = table_columns.learn(datasets.open_table(name, spark, label, seed), kinds, task, columns)
        notes = [f"{table.unlabelled:,} rows without a label were left out"] if table.unlabelled else []
        return TrainingData(table.dataset, table.dataset.test, spec=table.spec, counts=table.counts, notes=notes)
    if kinds or task or columns:
        raise InvalidParamError(
            "'kinds', 'task' and 'columns' (--kind, --drop, --task, --features) are of the columns of a table; "
            f"{name!r} with the model {model!r} is taken as rows of numbers. Leave them away, or take the model "
            "tabular or tabm."
        )
    dataset = datasets.open_dataset(name, spark, label=label, seed=seed, image_size=image_size)
    test_rows, words = dataset.test, None
    if text_rows.holds_texts(dataset.train):
        text_rows.require_texts(model)
        words, dataset = text_rows.learn(dataset)
    return TrainingData(dataset, test_rows, words)
