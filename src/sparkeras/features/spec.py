"""The column spec of a table: each column with what was learned of it, and the arrays that a model gets of a row.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sparkeras.errors import InvalidColumnError, InvalidParamError
from sparkeras.features.blocks import Block
from sparkeras.features.kinds import KINDS, Learned
from sparkeras.features.label import Label

VERSION = 1
NUMBERS, IDS = "numbers", "ids"


@dataclass(frozen=True)
class Features:
    """What was learned of the columns of a table, and how a model gets them.

    A model has up to three kinds of inputs: ``"numbers"`` (all numbers of a row), ``"ids"`` (all its ids), and one for
    the words of each text column; see ``inputs``.

    Attributes
    ----------
    columns : tuple of Learned
    left_out : dict of str to str
        Columns that are not used, with the reason.
    label : Label or None
    rows : int
        From which it was learned.
    """

    columns: tuple[Learned, ...]
    left_out: dict[str, str]
    label: Label | None
    rows: int

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of a DataFrame that are read, each once."""
        return tuple(dict.fromkeys(name for column in self.columns for name in column.sources))

    @property
    def blocks(self) -> dict[str, Block]:
        """The inputs of a model by name: each a Block of columns side by side."""
        numbers = tuple(column for column in self.columns if column.numbers)
        ids = tuple(column for column in self.columns if column.ids and column.kind != "text")
        texts = (column for column in self.columns if column.kind == "text")
        blocks = {NUMBERS: numbers, IDS: ids} | {column.sources[0]: (column,) for column in texts}
        return {_input_name(name): Block(parts) for name, parts in blocks.items() if parts}

    @property
    def target(self) -> Label | None:
        """The label, as training reads it."""
        return self.label

    def encode(self, table: Mapping[str, pa.Array] | pa.Table | pa.RecordBatch) -> dict[str, np.ndarray]:
        """Return the arrays that a model gets for the rows of Arrow columns, by the name of its input.

        Raises
        ------
        InvalidColumnError
            If a column is missing, or holds what cannot be encoded.
        """
        held = table if isinstance(table, Mapping) else dict(zip(table.schema.names, table.columns, strict=True))
        columns = {name: _column(held, name) for name in self.sources}
        arrays = {}
        for name, block in self.blocks.items():
            arrays[name], invalid = block.encode(columns)
            if invalid.any():
                raise InvalidColumnError(block.explain(columns))
        return arrays

    def described(self) -> list[dict[str, str]]:
        """Return ``column``, ``kind``, ``learned`` and ``becomes`` of each column, those that are left out last."""
        used = [
            {
                "column": " x ".join(each.sources),
                "kind": each.kind,
                "learned": each.learned(),
                "becomes": each.becomes(),
            }
            for each in self.columns
        ]
        return used + [
            {"column": name, "kind": "left out", "learned": reason, "becomes": ""}
            for name, reason in self.left_out.items()
        ]

    def __str__(self) -> str:
        """The lines of ``described`` as a table."""
        lines = [list(line.values()) for line in self.described()]
        lines.insert(0, ["column", "kind", "learned", "becomes"])
        widths = [max(len(line[place]) for line in lines) for place in range(4)]
        return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)

    def to_json(self) -> str:
        """Return the spec as JSON, see ``from_json``."""
        columns = [{"kind": column.kind, **dataclasses.asdict(column)} for column in self.columns]  # type: ignore
        label = dataclasses.asdict(self.label) if self.label else None
        saved = {"version": VERSION, "rows": self.rows, "columns": columns, "left_out": self.left_out, "label": label}
        return json.dumps(saved, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Features:
        """Open a spec that ``to_json`` wrote.

        Raises
        ------
        InvalidParamError
            If it is damaged, or of a newer version.
        """
        try:
            saved = json.loads(text)
            require_readable(saved["version"])
            columns = tuple(_opened(dict(each)) for each in saved["columns"])
            label = Label.opened(saved["label"]) if saved["label"] else None
            return cls(columns, dict(saved["left_out"]), label, int(saved["rows"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, InvalidParamError):
                raise
            raise InvalidParamError(f"The saved features are damaged ({error!r}). Learn them again.") from error

    def digest(self) -> str:
        """Return a hash of all that was learned."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def require_readable(version: int) -> None:
    """Raise InvalidParamError for features that were saved by a newer sparkeras."""
    if version > VERSION:
        raise InvalidParamError(
            f"These features were saved in version {version} of their format, and this sparkeras reads up to "
            f"{VERSION}. Upgrade it: pip install --upgrade sparkeras"
        )


def _opened(saved: dict[str, Any]) -> Learned:
    kind = KINDS[saved.pop("kind")][1]
    values = {name: _as_tuple(value) for name, value in saved.items()}
    return kind(**values)


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value


def _column(columns: Mapping[str, Any], name: str) -> pa.Array:
    if name not in columns:
        raise InvalidColumnError(f"Column {name!r} is missing; the model was trained with it.")
    column = columns[name]
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _input_name(column: str) -> str:
    """Return a name that Keras takes for an input."""
    return column.replace("/", "_")
