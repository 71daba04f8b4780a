"""DataFrame columns to model inputs and labels: checked against the schema on the driver, decoded on the executors.

Runs on: driver, Spark task, training process.
"""

from sparkeras.engine.columns.decoding import decode, invalid_rows
from sparkeras.engine.columns.field import Field, as_a_model_takes, column_names
from sparkeras.engine.columns.planning import plan, with_label_shapes
from sparkeras.engine.columns.types import is_number, require_column
from sparkeras.spark.names import by_number

__all__ = [
    "Field",
    "as_a_model_takes",
    "by_number",
    "column_names",
    "decode",
    "invalid_rows",
    "is_number",
    "plan",
    "require_column",
    "with_label_shapes",
]
