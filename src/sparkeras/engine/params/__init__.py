"""Settings: declared once (``table``), checked (``limits``), given as arguments (here) or as Spark Params (``stage``).

Runs on: driver.
"""

from types import SimpleNamespace

from sparkeras.engine.params.keras_names import advice, refusing_unknown
from sparkeras.engine.params.table import IN_PYTHON
from sparkeras.errors import InvalidParamError

__all__ = ["default", "refusing_unknown", "settings"]

_DEFAULTS = {setting.argument: setting.default for setting in IN_PYTHON}


def default(argument):
    """Return the default of a Python argument."""
    return _DEFAULTS[argument]


def settings(spell=str, **arguments):
    """Check the arguments of one training and fill in defaults.

    Parameters
    ----------
    spell : callable
        From a Python argument's name to what the user typed, for errors.
    **arguments

    Returns
    -------
    SimpleNamespace
        One attribute per argument; None where a setting without default was not given.

    Raises
    ------
    InvalidParamError
        For a value outside its limits, or an argument that does not exist.
    """
    unknown = [name for name in arguments if name not in _DEFAULTS]
    if unknown:
        known = ", ".join(_DEFAULTS)
        raise InvalidParamError(
            f"Unknown setting {unknown[0]!r}; there are: {known}. {advice(unknown[0], _DEFAULTS)}".rstrip()
        )
    checked = dict(_DEFAULTS)
    for setting in IN_PYTHON:
        value = arguments.get(setting.argument, setting.default)
        # Only a setting whose default is None may be None; label=None means that the model learns without labels.
        allowed = setting.default is None or setting.argument == "label"
        checked[setting.argument] = (
            None if value is None and allowed else setting.convert(spell(setting.argument), value)
        )
    return SimpleNamespace(**checked)
