"""Which columns go to which input or output of a model, by name or by order.

Runs on: driver. Imports: ``errors`` and its own package.
"""

from sparkeras.columns.field import Field
from sparkeras.errors import InvalidColumnError
from sparkeras.spark_names import listed


def match(given, wanted, role):
    """Return one Field per input or output named by ``given``; ``wanted`` is the signature's dict or None."""
    plural = "inputs" if role == "input" else "outputs"
    if isinstance(given, dict):
        unknown = [name for name in given if wanted and name not in wanted]
        missing = [name for name in wanted or () if name not in given]
        if unknown or missing:
            raise InvalidColumnError(
                f"The model's {plural} are {listed(wanted)}; got columns for {listed(given)}. Name each of them once."
            )
        return [Field(n, role, _tuple(given[n]), _shape(wanted, n)) for n in wanted or given]
    columns = _tuple(given)
    names = list(wanted) if wanted else [role]
    if len(names) == 1:
        return [Field(names[0], role, columns, _shape(wanted, names[0]))]
    if len(columns) != len(names):
        raise InvalidColumnError(
            f"The model has {len(names)} {plural} ({listed(names)}) and got {len(columns)} column(s). "
            f"Give {{{plural[:-1]} name: column}}."
        )
    return [Field(name, role, (column,), _shape(wanted, name)) for name, column in zip(names, columns, strict=True)]


def _shape(wanted, name):
    shape = wanted[name]["shape"] if wanted else None
    return None if shape is None else tuple(shape)


def _tuple(columns):
    return (columns,) if isinstance(columns, str) else tuple(columns)
