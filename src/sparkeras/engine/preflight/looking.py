"""One Spark task's look at the values of its rows for ``values``: what a training would refuse in them.

Runs on: Spark task.
"""

import json

import pyarrow as pa

from sparkeras.engine.shards.inspection import Inspection
from sparkeras.errors import SparkerasError

SCHEMA = "said string"


def look(payload, batches):
    """Yield the facts of an Inspection of a partition's rows, or the error that ended it, as one row of JSON."""
    fields, limits = payload
    inspection = Inspection(fields, limits)
    try:
        for batch in batches:
            if batch.num_rows:
                inspection.read(batch)
        said = {"facts": inspection.facts}
    except SparkerasError as error:
        said = {"error": type(error).__name__, "words": str(error)}
    yield pa.RecordBatch.from_pydict({"said": [json.dumps(said)]})
