"""One array that a model gets, and its DataFrame columns.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sparkeras.engine.columns.texts import Vocabulary
from sparkeras.spark.names import listed

if TYPE_CHECKING:
    from sparkeras.engine.columns.encoder import Encoder


def by_place(count: int) -> list[str]:
    """Return names for the inputs of a subclassed model, which takes a tuple: their numbers."""
    return [str(place) for place in range(count)]


def as_a_model_takes(arrays: dict[str, Any]) -> Any:
    """Return a model's inputs as its call takes them: one array, a tuple, or a dict.

    Parameters
    ----------
    arrays : dict of str to array or tensor
        By input name.
    """
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    return tuple(arrays.values()) if list(arrays) == by_place(len(arrays)) else arrays


@dataclass(frozen=True)
class Field:
    """One array that the model gets, and its columns.

    Attributes
    ----------
    name : str
        Input or output name; ``"weight"`` and ``"validation"`` for those roles.
    role : str
        ``"input"``, ``"label"``, ``"weight"`` or ``"validation"``.
    columns : tuple of str
        One column, or several numeric ones side by side. Empty for the label of an output without loss and metric:
        it is zero.
    shape : tuple or None
        Shape of one row of the model's input, None where any will do; axes may be None.
    classes : tuple of str or None
        Of a label column of texts: its classes in the order of their numbers.
    vocabulary : texts.Vocabulary or None
        Of a feature column of texts.
    encoder : encoder.Encoder or None
        Makes the array of the columns, whatever they hold.
    loss_shape : tuple or None
        Of labels: shape of one row that the loss compares with the output, None where any will do; axes may be None.
    """

    name: str
    role: str
    columns: tuple[str, ...]
    shape: tuple[int | None, ...] | None = None
    classes: tuple[str, ...] | None = None
    vocabulary: Vocabulary | None = None
    loss_shape: tuple[int | None, ...] | None = None
    encoder: Encoder | None = None

    @property
    def takes_images(self) -> bool:
        """Whether rows have the shape of an image: (height, width) or (height, width, 1, 3 or 4), all known."""
        shape = self.shape or ()
        return (
            self.role == "input"
            and len(self.columns) == 1
            and None not in shape
            and (len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4)))
        )

    @property
    def key(self) -> str:
        """A unique name among the fields of a training: an input and an output may share theirs."""
        return f"{self.role}:{self.name}"

    def description(self) -> str:
        """Return the columns' names for an error message, e.g. ``"column 'label'"``."""
        return f"column{'' if len(self.columns) == 1 else 's'} {listed(self.columns)}"

    def title(self) -> str:
        """Return ``description`` as the beginning of a sentence."""
        description = self.description()
        return description[0].upper() + description[1:]  # str.capitalize would make small letters of the names


def column_names(fields: Iterable[Field]) -> list[str]:
    """Return each column of ``fields`` once, in their order."""
    return list(dict.fromkeys(column for field in fields for column in field.columns))
