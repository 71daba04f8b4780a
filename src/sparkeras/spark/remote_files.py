"""The bytes of one file at any path that Spark reads: ``hdfs://``, ``s3a://``, a server's own disk.

Runs on: driver.
"""

_CHUNK_BYTES = 16 * 2**20  # a Connect client takes messages of 128 MiB at most


def read(spark, path):
    """Return the bytes of a file, or of all files of a folder, by one small Spark job; None if there is none."""
    try:
        rows = spark.read.format("binaryFile").load(path)
        numbered = rows.selectExpr("path", "content", f"explode(sequence(0, int(length div {_CHUNK_BYTES}))) AS number")
        chunks = numbered.selectExpr(
            "path", "number", f"substring(content, number * {_CHUNK_BYTES} + 1, {_CHUNK_BYTES}) AS chunk"
        )
        return b"".join(row.chunk for row in chunks.orderBy("path", "number").toLocalIterator())
    except Exception as error:  # Spark's own kinds differ between classic and Connect
        if "PATH_NOT_FOUND" in str(error):
            return None
        raise
