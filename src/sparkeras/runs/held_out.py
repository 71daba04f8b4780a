"""The held-out rows of a run: their fingerprint, by which runs on the same rows are ranked, and how to read them again.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyspark.sql.functions as F

from sparkeras import datasets
from sparkeras.errors import DataError
from sparkeras.runs import table_columns
from sparkeras.spark import session
from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sparkeras.datasets.contract import Schema
    from sparkeras.runs.run_folder import Run


def facts(test: DataFrame, schema: Schema | None = None) -> dict[str, Any]:
    """Return the entries of a run's summary on its test rows.

    Parameters
    ----------
    test : DataFrame
    schema : datasets.contract.Schema, optional

    Returns
    -------
    dict
        ``test_fingerprint``: 16 hex digits, the same for the same rows in any order; ``label_names``: list of str.
    """
    # Sums, as an exclusive or would not see a row that is there twice; a decimal does not overflow.
    (total,) = test.select(F.sum(F.xxhash64(*map(quoted, test.columns)).cast("decimal(20,0)"))).collect()[0]
    return {
        "test_fingerprint": f"{int(total or 0) % 2**64:016x}",
        "label_names": list(schema.labels) if schema else [],
    }


def again(run: Run, master: str | None = None) -> datasets.Dataset:
    """Open the data set of a finished run, split as it was then.

    Raises
    ------
    DataError
        If the run does not name its data, or the test rows are others than then.
    """
    settings, data = run.summary["settings"], run.summary["data"]
    if not settings.get("data"):
        raise DataError(f"The run '{run.path}' does not say which data it was tested on, and this picture needs it.")
    name, label, seed = settings["data"], settings.get("label"), settings.get("seed") or 0
    spec = table_columns.of_run(run)
    if spec:
        table = datasets.open_table(name, lambda: session.get_or_start(master), label, seed)
        dataset = table_columns.dataset_of(table, spec)
    else:
        size = settings.get("image_size") or datasets.IMAGE_SIZE
        dataset = datasets.open_dataset(
            name, lambda: session.get_or_start(master), label=label, seed=seed, image_size=size
        )
    known, present = data.get("test_fingerprint"), facts(dataset.test)["test_fingerprint"]
    if known and known != present:
        raise DataError(f"{settings['data']!r} has other test rows than when '{run.path}' was trained. Train it again.")
    return dataset
