"""A result of the checks before a training (``Finding``), and how an error becomes one.

Runs on: driver.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from sparkeras.errors import SetupError, SparkerasError

_Arguments = ParamSpec("_Arguments")
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Finding:
    """One result.

    Attributes
    ----------
    subject : str
        E.g. ``"slots"``.
    level : str
        ``"ok"``, ``"warning"`` (training goes on, worse than it could) or ``"error"`` (it would fail).
    message : str
    fix : str
        The change that helps, with the exact setting if there is one; empty for ``"ok"``.
    error : type
        The error that a training raises for it.
    """

    subject: str
    level: str
    message: str
    fix: str = ""
    error: type[SparkerasError] = field(default=SetupError, repr=False)

    def require(self) -> None:
        """Raise ``error`` if the level is ``"error"``."""
        if self.level == "error":
            raise self.error(f"{self.message} {self.fix}".rstrip())

    def __str__(self) -> str:
        return f"{self.level:<7}  {self.subject:<18}  {self.message} {self.fix}".rstrip()


def attempt(
    subject: str, function: Callable[_Arguments, _Value], *arguments: _Arguments.args, **named: _Arguments.kwargs
) -> tuple[_Value | None, list[Finding]]:
    """Call a function that raises; return its value (None after an error), and a list with the error's Finding."""
    try:
        return function(*arguments, **named), []
    except SparkerasError as error:
        return None, [Finding(subject, "error", str(error), error=type(error))]
