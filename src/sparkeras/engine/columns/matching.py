"""Match columns with a model's inputs or outputs, by name or by order.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from sparkeras.engine.columns.field import Field
from sparkeras.errors import InvalidColumnError
from sparkeras.spark.names import listed

if TYPE_CHECKING:
    from sparkeras.engine.columns.signature import Columns, Row


def match(columns: Columns, ends: Mapping[str, Row] | None, role: str, idle: Collection[str] = ()) -> list[Field]:
    """Return one Field per input or output.

    Parameters
    ----------
    columns : str, list of str or dict
        By name or in order.
    ends : dict or None
        Inputs or outputs of the model's signature.
    role : str
        ``"input"`` or ``"label"``.
    idle : collection of str
        Outputs without loss and metric: they may be left out, and get a field without columns.
    """
    plural = "inputs" if role == "input" else "outputs"
    idle = [name for name in ends or () if name in idle]
    if isinstance(columns, Mapping):
        unknown = [name for name in columns if ends and name not in ends]
        missing = [name for name in ends or () if name not in columns and name not in idle]
        if unknown or missing:
            raise InvalidColumnError(
                f"The model's {plural} are {listed(ends or ())}; got columns for {listed(columns)}. Name each of them "
                "once."
            )
        return [Field(name, role, _tuple(columns.get(name, ())), _shape(ends, name)) for name in ends or columns]
    in_order = _tuple(columns)
    names = list(ends) if ends else [role]
    if idle and len(in_order) == len(names) - len(idle):
        busy = [name for name in names if name not in idle]
        return match(dict(zip(busy, in_order, strict=True)), ends, role, idle)
    if len(names) == 1:
        return [Field(names[0], role, in_order, _shape(ends, names[0]))]
    if len(in_order) != len(names):
        raise InvalidColumnError(
            f"The model has {len(names)} {plural} ({listed(names)}) and got {len(in_order)} column(s). "
            f"Give {{{plural[:-1]} name: column}}."
        )
    return [Field(name, role, (column,), _shape(ends, name)) for name, column in zip(names, in_order, strict=True)]


def _shape(ends: Mapping[str, Row] | None, name: str) -> tuple[int | None, ...] | None:
    shape = ends[name]["shape"] if ends else None
    return None if shape is None else tuple(shape)


def _tuple(columns: str | Sequence[str]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns)
