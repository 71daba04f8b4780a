"""For ``check`` only: the task that looks at the values of one partition (``value_check``).

Runs on: Spark task.
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from sparkeras.engine.columns.field import Field
from sparkeras.engine.columns.label_limits import Limits
from sparkeras.engine.shards.inspection import Inspection
from sparkeras.errors import SparkerasError

SCHEMA = "answer string"


def look(payload: tuple[list[Field], dict[str, Limits]], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield one row of JSON: the facts of an Inspection of a partition's rows, or the error that ended it.

    Beside the facts: ``infinite``, the rows with an infinite number in an input, by field key.
    """
    fields, limits = payload
    inspection = Inspection(fields, limits)
    inputs = [field.key for field in fields if field.role == "input"]
    infinite = dict.fromkeys(inputs, 0)
    try:
        for batch in batches:
            if batch.num_rows:
                arrays = inspection.read(batch)
                for key in inputs:
                    infinite[key] += _infinite_rows(arrays[key])
        answer: dict[str, Any] = {"facts": inspection.facts, "infinite": infinite}
    except SparkerasError as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    yield pa.RecordBatch.from_pydict({"answer": [json.dumps(answer)]})


def _infinite_rows(array: np.ndarray) -> int:
    if array.dtype.kind != "f":
        return 0
    return int(np.isinf(array).any(axis=tuple(range(1, array.ndim))).sum())
