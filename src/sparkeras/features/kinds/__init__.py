"""The kinds of columns: how each is learned and encoded. A new kind is a file here, and a line in ``KINDS``."""

from sparkeras.features.kinds.category import Category, LearnedCategory
from sparkeras.features.kinds.date import Date, LearnedDate
from sparkeras.features.kinds.encoded import Encoded, Ids, Kind, Learned
from sparkeras.features.kinds.hashed import Hashed, LearnedHashed
from sparkeras.features.kinds.number import LearnedNumber, Number
from sparkeras.features.kinds.text import LearnedText, Text
from sparkeras.features.kinds.vector import LearnedVector, Vector

KINDS: dict[str, tuple[type[Kind], type[Learned]]] = {
    "number": (Number, LearnedNumber),
    "category": (Category, LearnedCategory),
    "date": (Date, LearnedDate),
    "text": (Text, LearnedText),
    "hashed": (Hashed, LearnedHashed),
    "vector": (Vector, LearnedVector),
}

__all__ = ["KINDS", "Category", "Date", "Encoded", "Hashed", "Ids", "Kind", "Learned", "Number", "Text", "Vector"]
