"""Check the values of one partition for ``values``: the rows that a training would refuse.

Runs on: Spark task.
"""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from sparkeras.engine.columns.field import Field
from sparkeras.engine.columns.label_limits import Limits
from sparkeras.engine.shards.inspection import Inspection
from sparkeras.errors import SparkerasError

SCHEMA = "answer string"


def look(payload: tuple[list[Field], dict[str, Limits]], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the facts of an Inspection of a partition's rows, or the error that ended it, as one row of JSON."""
    fields, limits = payload
    inspection = Inspection(fields, limits)
    try:
        for batch in batches:
            if batch.num_rows:
                inspection.read(batch)
        answer: dict[str, Any] = {"facts": inspection.facts}
    except SparkerasError as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    yield pa.RecordBatch.from_pydict({"answer": [json.dumps(answer)]})
