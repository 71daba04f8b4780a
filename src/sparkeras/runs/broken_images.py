"""Which files of a folder of images are none: told by name once a training has met them.

Runs on: driver.
"""

import contextlib

from sparkeras.errors import InvalidColumnError, SparkerasError
from sparkeras.files import image_files
from sparkeras.spark import tasks

MOST = 3  # files named


def holds_images(frame):
    """Tell whether the features of a DataFrame are the bytes of image files."""
    return frame.schema["features"].dataType.typeName() == "binary"


@contextlib.contextmanager
def named(rows):
    """Add the paths of broken files to the error that they caused; a context round a training on ``rows``."""
    try:
        yield
    except Exception as error:
        # An action on a prediction raises Spark's own error, with ours inside.
        ours = error if isinstance(error, SparkerasError) else tasks.explain(error)
        if not isinstance(ours, InvalidColumnError) or not holds_images(rows) or "path" not in rows.columns:
            raise
        found = _broken(rows)
        if not found:
            raise
        raise InvalidColumnError(
            f"Empty or broken: {', '.join(found)}. Delete such files, or leave them out by --invalid skip."
        ) from error


def _broken(rows):
    found = []
    for row in rows.select("path", "features").toLocalIterator():
        if row.features is None or image_files.opened(bytes(row.features)) is None:
            found.append(row.path.removeprefix("file:"))
        if len(found) > MOST:
            return [*found[:MOST], "and more"]
    return found
