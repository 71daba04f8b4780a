"""The held-out rows of a run: which they are, so that runs are ranked on the same ones, and how to have them again.

Runs on: driver.
"""

import pyspark.sql.functions as F

from sparkeras import datasets
from sparkeras.errors import DataError
from sparkeras.spark import session


def facts(test, schema=None):
    """Return what a run's summary keeps of its test rows.

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
    total = test.select(F.sum(F.xxhash64(*test.columns).cast("decimal(20,0)"))).first()[0]
    return {
        "test_fingerprint": f"{int(total or 0) % 2**64:016x}",
        "label_names": list(schema.labels) if schema else [],
    }


def again(run, master=None):
    """Open the data set of a finished run, split as it was then.

    Returns
    -------
    datasets.Dataset

    Raises
    ------
    DataError
        If the run does not say which data it had, or there are not as many test rows as then.
    """
    settings, data = run.summary["settings"], run.summary["data"]
    if not settings.get("data"):
        raise DataError(f"The run '{run.path}' does not say which data it was tested on, and this picture needs it.")
    opened = datasets.open_dataset(
        settings["data"],
        lambda: session.get_or_start(master),
        label=settings.get("label"),
        seed=settings.get("seed") or 0,
        image_size=settings.get("image_size") or datasets.IMAGE_SIZE,
    )
    known, found = data.get("test_fingerprint"), facts(opened.test)["test_fingerprint"]
    if known and known != found:
        raise DataError(f"{settings['data']!r} has other test rows than when '{run.path}' was trained. Train it again.")
    return opened
