"""The columns of a table as a run shows them: for each that is left out, how to use it all the same.

Runs on: driver.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql.types import DataType, StructType

    from sparkeras.features import Features

DROPPED, UNNAMED = "left out by request", "not among --features"
_ENDS = {DROPPED: "to use it, leave --drop away", UNNAMED: "to use it, name it too"}


def described(spec: Features, schema: StructType) -> list[dict[str, str]]:
    """Return ``spec.described``; a column that is left out has in ``becomes`` the option that overrules it."""
    lines = spec.described()
    for line in lines:
        if line["kind"] == "left out" and not line["becomes"]:
            line["becomes"] = _overruled(line["column"], line["learned"], schema)
    return lines


def _overruled(column: str, reason: str, schema: StructType) -> str:
    if reason in _ENDS:
        return _ENDS[reason]
    kind = _kind(schema[column].dataType) if column in schema.names else None
    return f"to use it: --kind {shlex.quote(f'{column}={kind}')}" if kind and "missing" not in reason else ""


def _kind(type_: DataType) -> str | None:
    """Return the kind that a column of a type can always be."""
    name = type_.typeName()
    if name in ("array", "struct", "map", "binary", "variant") or type(type_).__name__.endswith("UDT"):
        return None  # no kind takes it
    return "category" if name in ("string", "char", "varchar", "boolean", "time") else "number"
