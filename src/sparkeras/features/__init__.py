"""Columns of a table as a model gets them: learned in one Spark job, kept with the model, the same everywhere.

``describe`` and ``draw`` show a table before anything is trained; ``learn`` returns a ``Features``; ``inputs``,
``encoded`` and ``table`` begin a model for it; the others name the kind of a column.
"""

import importlib
from typing import Any

from sparkeras.features.describing import describe, draw
from sparkeras.features.kinds import Category as category
from sparkeras.features.kinds import Date as date
from sparkeras.features.kinds import Hashed as hashed
from sparkeras.features.kinds import Kind
from sparkeras.features.kinds import Number as number
from sparkeras.features.kinds import Text as text
from sparkeras.features.kinds import Vector as vector
from sparkeras.features.label import Label
from sparkeras.features.learning import learn
from sparkeras.features.spec import Features

_OF_KERAS = ("encoded", "inputs", "table")  # imported on first use, as Keras is

__all__ = [
    "Features",
    "Kind",
    "Label",
    "category",
    "date",
    "describe",
    "draw",
    "hashed",
    "learn",
    "number",
    "text",
    "vector",
    *_OF_KERAS,
]


def __getattr__(name: str) -> Any:
    if name in _OF_KERAS:
        return getattr(importlib.import_module("sparkeras.features.layers"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has: {', '.join(__all__)}.")
