"""Whatever a Keras person hands to ``fit`` made a Spark DataFrame: arrays, pandas frames.

Runs on: driver.
"""

import warnings

import numpy as np

from sparkeras.errors import InvalidColumnError


def as_dataframe(data, y, settings):
    """Return ``data`` as a DataFrame with the columns that ``settings`` name.

    Parameters
    ----------
    data : DataFrame, array or pandas frame
    y : array or None
        Labels beside an array.
    settings : namespace of params.settings

    Raises
    ------
    InvalidColumnError
        For anything else, or arrays of different length.
    """
    from pyspark.sql import DataFrame

    if isinstance(data, DataFrame):
        if y is not None:
            raise InvalidColumnError("A DataFrame holds its labels in a column: give label=... instead of y.")
        return data
    from sparkeras.spark import session

    if type(data).__module__.startswith("pandas.") and y is None:
        frame = session.get_or_start().createDataFrame(data)
        _say("The pandas frame")
        return frame
    from sparkeras import datasets

    x, y = _array(data), None if y is None else _array(y)
    if settings.label is not None and y is None:
        raise InvalidColumnError("An array of features needs its labels beside it: fit(model, x, y).")
    if y is not None and len(x) != len(y):
        raise InvalidColumnError(f"x has {len(x)} rows and y has {len(y)}; each row needs its label.")
    frame = datasets.frame_from_arrays(
        session.get_or_start(), x, y, features=settings.features, label=settings.label or "label", nested=True
    )
    _say("The arrays")
    return frame


def _array(data):
    try:
        array = np.asarray(data)
    except ValueError:
        array = np.array(None)
    if array.ndim == 0 or array.dtype.kind not in "biuf":
        raise InvalidColumnError(
            f"Expected a Spark DataFrame, an array of numbers or a pandas frame; got {type(data).__name__}."
        )
    return array


def _say(what):
    # From here, not from the caller's line: Python shows the same words of one place once.
    warnings.warn(f"{what} became a Spark DataFrame; make one yourself to keep it for several calls.", stacklevel=1)
