"""One setting: its names, its default, its check and its description.

Runs on: driver, Spark task, training process.
"""

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """One setting: ``param`` is its Spark spelling, ``argument`` its Python one; ``convert(name, value)`` checks."""

    param: str
    argument: str
    default: Any
    convert: Callable[[str, Any], Any]
    doc: str

    @property
    def may_be_none(self) -> bool:
        """Only a setting whose default is None may be None; ``label=None``: the model learns without labels."""
        return self.default is None or self.argument == "label"


def declared(param: str, default: Any, check: Callable[..., Any], doc: str, **bounds: Any) -> Any:
    """Return a field of ``table.Settings`` with its Setting; the default is checked as a value of the user is."""
    convert = functools.partial(check, **bounds)
    entry = Setting(param, "", default, convert, doc)
    return dataclasses.field(default=None if default is None else convert(param, default), metadata={"setting": entry})
