"""Which columns go to which input or output of a model, by name or by order.

Runs on: driver.
"""

from sparkeras.engine.columns.field import Field
from sparkeras.errors import InvalidColumnError
from sparkeras.spark.names import listed


def match(given, wanted, role, idle=()):
    """Return one Field per input or output.

    Parameters
    ----------
    given : str, list of str or dict
        Columns, by name or in order.
    wanted : dict or None
        Of the model's signature.
    role : str
        ``"input"`` or ``"label"``.
    idle : iterable of str
        Outputs that nothing compares with a label: they may be left out, and get a field without columns.
    """
    plural = "inputs" if role == "input" else "outputs"
    idle = [name for name in wanted or () if name in idle]
    if isinstance(given, dict):
        unknown = [name for name in given if wanted and name not in wanted]
        missing = [name for name in wanted or () if name not in given and name not in idle]
        if unknown or missing:
            raise InvalidColumnError(
                f"The model's {plural} are {listed(wanted)}; got columns for {listed(given)}. Name each of them once."
            )
        return [Field(n, role, _tuple(given.get(n, ())), _shape(wanted, n)) for n in wanted or given]
    columns = _tuple(given)
    names = list(wanted) if wanted else [role]
    if idle and len(columns) == len(names) - len(idle):
        busy = [name for name in names if name not in idle]
        return match(dict(zip(busy, columns, strict=True)), wanted, role, idle)
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
