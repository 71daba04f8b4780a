"""Texts of a data set as the numbers of their words, and the file of a run that keeps which word has which.

Runs on: driver.
"""

import json
from dataclasses import dataclass, replace

from sparkeras.engine.columns.texts import FIRST, Vocabulary
from sparkeras.errors import RunFolderError

FILE = "vocabulary.json"
SIZE = 10_000  # ids of an Embedding


@dataclass(frozen=True)
class Words:
    """The words that a model knows, and how many of a text it reads; a ``whole`` text is one category."""

    words: tuple
    length: int
    whole: bool = False

    @property
    def size(self):
        """Ids that an Embedding needs."""
        return len(self.words) + FIRST

    def ids(self, texts):
        """Return strings as an int32 array, (texts, length)."""
        import pyarrow as pa

        return Vocabulary(self.words, self.whole).ids(pa.array(texts, pa.string()), self.length)[0]

    def numbered(self, frame):
        """Return a DataFrame whose texts in ``features`` are ids; others stay as they are."""
        from sparkeras.engine.columns import vocabulary

        if not holds_texts(frame):
            return frame
        return vocabulary.number(frame, "features", Vocabulary(self.words, self.whole), self.length)

    def save(self, folder):
        """Write the file of a RunFolder."""
        text = json.dumps({"length": self.length, "whole": self.whole, "words": self.words}, ensure_ascii=False)
        folder.file(FILE).write_text(text, encoding="utf-8")


def holds_texts(frame):
    """Tell whether the features of a DataFrame are texts."""
    return "features" in frame.columns and frame.schema["features"].dataType.typeName() == "string"


def learn(data):
    """Return (Words of a Dataset's training texts, the Dataset with ids in place of texts)."""
    from sparkeras.engine.columns import vocabulary

    length = vocabulary.usual_length(data.train, "features")
    found = vocabulary.build(data.train, "features", SIZE, whole=length == 1)
    words = Words(found.words, length, found.whole)
    frames = {"train": words.numbered(data.train), "test": words.numbered(data.test)}
    return words, replace(data, **frames, input_shape=(words.length,))


def of_run(run):
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
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Words(tuple(kept["words"]), int(kept["length"]), bool(kept.get("whole", False)))
    except (ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"'{path}' is damaged ({error}). Train again.") from error
