"""Settings: declared once (``table``), checked (``limits``), given as arguments (here) or Params (``spark_params``).

Runs on: driver.
"""

from collections.abc import Callable
from typing import Any

from sparkeras.engine.params.keras_names import advice, refusing_unknown
from sparkeras.engine.params.table import IN_PYTHON, Columns, Settings
from sparkeras.errors import InvalidParamError

__all__ = ["Columns", "Settings", "default", "refusing_unknown", "settings"]

_BY_ARGUMENT = {setting.argument: setting for setting in IN_PYTHON}


def default(argument: str) -> Any:
    """Return the default of a Python argument, as a signature shows it."""
    return _BY_ARGUMENT[argument].default


def settings(spell: Callable[[str], str] = str, **arguments: Any) -> Settings:
    """Check the arguments of one training; those that are not given keep their defaults.

    Parameters
    ----------
    spell : callable
        From a Python argument's name to what the user typed, for errors.
    **arguments

    Raises
    ------
    InvalidParamError
        For a value outside its limits, or an argument that does not exist.
    """
    checked: dict[str, Any] = {}
    for name, value in arguments.items():
        setting = _BY_ARGUMENT.get(name)
        if setting is None:
            raise InvalidParamError(
                f"Unknown setting {name!r}; there are: {', '.join(_BY_ARGUMENT)}. {advice(name, _BY_ARGUMENT)}".rstrip()
            )
        is_none = value is None and setting.may_be_none
        checked[name] = None if is_none else setting.convert(spell(name), value)
    return Settings(**checked)


def from_call(arguments: dict[str, Any]) -> Settings:
    """Return the checked settings among the local variables of a public function, ``dict(locals())`` at its start."""
    return settings(**{name: value for name, value in arguments.items() if name in _BY_ARGUMENT})
