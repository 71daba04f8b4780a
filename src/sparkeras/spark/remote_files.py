"""The bytes of one file at any path that Spark reads: ``hdfs://``, ``s3a://``, a server's own disk.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkeras.spark.error_messages import is_missing_path

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_CHUNK_BYTES = 16 * 2**20  # a Connect client takes messages of 128 MiB at most


def read(spark: SparkSession, path: str) -> bytes | None:
    """Return the bytes of a file, or of all files of a folder, by one small Spark job; None if there is none."""
    try:
        rows = spark.read.format("binaryFile").load(path)
        numbered = rows.selectExpr("path", "content", f"explode(sequence(0, int(length div {_CHUNK_BYTES}))) AS number")
        chunks = numbered.selectExpr(
            "path", "number", f"substring(content, number * {_CHUNK_BYTES} + 1, {_CHUNK_BYTES}) AS chunk"
        )
        return b"".join(row.chunk for row in chunks.orderBy("path", "number").toLocalIterator())
    except Exception as error:
        if is_missing_path(error):
            return None
        raise
