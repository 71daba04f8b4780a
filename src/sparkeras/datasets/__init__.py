"""Data sets by name and the user's own files, as Spark DataFrames or arrays.

Runs on: driver.
"""

from typing import TYPE_CHECKING, Any

from sparkeras.datasets.cache import clean
from sparkeras.datasets.contract import Arrays, Dataset, Facts
from sparkeras.datasets.exporting import export
from sparkeras.datasets.files import local
from sparkeras.datasets.frames import frame_from_arrays
from sparkeras.datasets.image_folder import SIZE as IMAGE_SIZE
from sparkeras.datasets.loading import image_rows, load, load_arrays, open_dataset
from sparkeras.datasets.raw_tables import RawTable, is_raw, open_table, rows_of_table
from sparkeras.datasets.registry import describe, fetch, names, write_sample
from sparkeras.datasets.texts import load_text, text_of
from sparkeras.files.cache_folder import cache_folder

if TYPE_CHECKING:
    from sparkeras.datasets.image_batches import ImageBatches

__all__ = [
    "IMAGE_SIZE",
    "Arrays",
    "Dataset",
    "Facts",
    "ImageBatches",
    "RawTable",
    "cache_folder",
    "clean",
    "describe",
    "export",
    "fetch",
    "frame_from_arrays",
    "image_rows",
    "is_raw",
    "load",
    "load_arrays",
    "load_text",
    "local",
    "names",
    "open_dataset",
    "open_table",
    "rows_of_table",
    "text_of",
    "write_sample",
]


def __getattr__(name: str) -> Any:
    if name != "ImageBatches":  # it imports Keras, so it is imported when it is first used
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sparkeras.datasets.image_batches import ImageBatches

    return ImageBatches
