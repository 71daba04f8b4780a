"""Texts of a data set as the numbers of their words, and the file of a run that keeps the number of each word.

Runs on: driver.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sparkeras.engine.columns.texts import FIRST, Vocabulary
from sparkeras.errors import InvalidModelError, RunFolderError

if TYPE_CHECKING:
    import numpy as np
    from pyspark.sql import DataFrame

    from sparkeras.datasets.contract import Dataset
    from sparkeras.runs.run_folder import Run, RunFolder

FILE = "vocabulary.json"
SIZE = 10_000  # ids of an Embedding


@dataclass(frozen=True)
class Words:
    """The words that a model knows, and how many of a text it reads; a ``whole`` text is one category."""

    words: tuple[str, ...]
    length: int
    whole: bool = False

    @property
    def size(self) -> int:
        """Ids that an Embedding needs."""
        return len(self.words) + FIRST

    def ids(self, texts: Sequence[str]) -> np.ndarray:
        """Return texts as an int32 array, (texts, length)."""
        import pyarrow as pa

        return Vocabulary(self.words, self.whole).ids(pa.array(texts, pa.string()), self.length)[0]

    def numbered(self, frame: DataFrame) -> DataFrame:
        """Return a DataFrame whose texts in ``features`` are ids; others stay as they are."""
        from sparkeras.engine.columns import vocabulary

        if not holds_texts(frame):
            return frame
        return vocabulary.number(frame, "features", Vocabulary(self.words, self.whole), self.length)

    def save(self, folder: RunFolder) -> None:
        """Write the file of a RunFolder."""
        text = json.dumps({"length": self.length, "whole": self.whole, "words": self.words}, ensure_ascii=False)
        folder.file(FILE).write_text(text, encoding="utf-8")


def holds_texts(frame: DataFrame) -> bool:
    """Tell whether the features of a DataFrame are texts."""
    return "features" in frame.columns and frame.schema["features"].dataType.typeName() == "string"


def require_texts(name: str) -> None:
    """Raise InvalidModelError for a model of the zoo that reads no texts."""
    if not name.endswith(".keras") and name != "text":
        raise InvalidModelError(f"The rows are texts, and {name!r} takes numbers. Take --model text.")


def learn(data: Dataset) -> tuple[Words, Dataset]:
    """Return (Words of a Dataset's training texts, the Dataset with ids in place of texts)."""
    from sparkeras.engine.columns import vocabulary

    length = vocabulary.usual_length(data.train, "features")
    learned = vocabulary.build(data.train, "features", SIZE, whole=length == 1)
    words = Words(learned.words, length, learned.whole)
    train, test = words.numbered(data.train), words.numbered(data.test)
    return words, replace(data, train=train, test=test, input_shape=(words.length,))


def of_run(run: Run) -> Words | None:
    """Return the Words of a finished run, None if its model reads no texts.

    Raises
    ------
    RunFolderError
        If the file is damaged.
    """
    path = run.path / FILE
    if not path.is_file():
        return None
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return Words(tuple(saved["words"]), int(saved["length"]), bool(saved.get("whole", False)))
    except (ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"'{path}' is damaged ({error}). Train again.") from error
