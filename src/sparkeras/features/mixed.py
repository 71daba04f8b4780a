"""The error for a column most of whose values are of one kind, with what it takes to find the other values.

Runs on: driver.
"""

from __future__ import annotations

from sparkeras.errors import InvalidColumnError


class MixedColumnError(InvalidColumnError):
    """A column of several kinds of values.

    Attributes
    ----------
    column, value : str
        One of the values that are of another kind than most.
    """

    def __init__(self, fault: str, cure: str, column: str, value: str) -> None:
        super().__init__(f"{fault}. {cure}")
        self.column, self.value = column, value
        self._fault, self._cure = fault, cure

    def at(self, place: str) -> InvalidColumnError:
        """Return the error with the place of the value, e.g. ``"line 17"``."""
        return InvalidColumnError(f"{self._fault} (first in {place}). {self._cure}")
