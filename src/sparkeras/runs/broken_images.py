"""Files of a folder of images that are not images: named once a training has failed on them.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sparkeras.errors import InvalidColumnError, SparkerasError
from sparkeras.files import image_files
from sparkeras.spark import tasks

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MOST = 3  # files named


def holds_images(frame: DataFrame) -> bool:
    """Tell whether the features of a DataFrame are the bytes of image files."""
    return "features" in frame.columns and frame.schema["features"].dataType.typeName() == "binary"


@contextlib.contextmanager
def named(rows: DataFrame) -> Iterator[None]:
    """Add the paths of broken files to the error that they caused; a context around a training on ``rows``."""
    try:
        yield
    except Exception as error:
        # An action on a prediction raises Spark's own error, with ours inside.
        ours = error if isinstance(error, SparkerasError) else tasks.explain(error)
        if not isinstance(ours, InvalidColumnError) or not holds_images(rows) or "path" not in rows.columns:
            raise
        paths = _broken(rows)
        if not paths:
            raise
        raise InvalidColumnError(
            f"Empty or broken: {', '.join(paths)}. Delete such files, or leave them out by --invalid skip."
        ) from error


def _broken(rows: DataFrame) -> list[str]:
    paths: list[str] = []
    for row in rows.select("path", "features").toLocalIterator():
        if row.features is None or image_files.opened(bytes(row.features)) is None:
            paths.append(row.path.removeprefix("file:"))
        if len(paths) > MOST:
            return [*paths[:MOST], "and more"]
    return paths
