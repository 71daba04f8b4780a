"""One array that a model gets, and the DataFrame columns that it comes from.

Runs on: driver, Spark task, training process.
"""

from dataclasses import dataclass

from sparkeras.engine.columns.texts import Vocabulary
from sparkeras.spark.names import listed


def by_place(count):
    """Return names for the inputs of a subclassed model that takes a tuple, and has no names for them."""
    return [str(place) for place in range(count)]


def as_a_model_takes(arrays):
    """Return the inputs of a model, an array each by name, as its call takes them: alone, as a tuple, by name."""
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    return tuple(arrays.values()) if list(arrays) == by_place(len(arrays)) else arrays


@dataclass(frozen=True)
class Field:
    """One array that the model gets, and the columns that it comes from.

    Attributes
    ----------
    name : str
        Input or output name; ``"weight"`` and ``"validation"`` for those roles.
    role : str
        ``"input"``, ``"label"``, ``"weight"`` or ``"validation"``.
    columns : tuple of str
        One column, or several numeric ones side by side. None for the label of an output that nothing compares with a
        label: it is zero.
    shape : tuple or None
        Shape of one row that the model asks for, None where it takes any; axes may be None.
    classes : tuple of str or None
        Of a label column of texts: its classes in the order of their numbers.
    vocabulary : texts.Vocabulary or None
        Of a feature column of texts.
    wanted : tuple or None
        Of labels: shape of one row that the loss compares with the output, None where it takes any; axes may be None.
    """

    name: str
    role: str
    columns: tuple
    shape: tuple | None = None
    classes: tuple | None = None
    vocabulary: Vocabulary | None = None
    wanted: tuple | None = None

    @property
    def takes_images(self):
        """Whether rows have the shape of an image: (height, width) or (height, width, 1, 3 or 4), all known."""
        shape = self.shape or ()
        return (
            self.role == "input"
            and len(self.columns) == 1
            and None not in shape
            and (len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4)))
        )

    @property
    def key(self):
        """A name that no other field of the training has: an input and an output may share theirs."""
        return f"{self.role}:{self.name}"

    def words(self):
        """Name the columns as an error should."""
        return f"column{'' if len(self.columns) == 1 else 's'} {listed(self.columns)}"

    def title(self):
        """Name the columns as the first word of a sentence does."""
        words = self.words()
        return words[0].upper() + words[1:]  # str.capitalize would make small letters of the names
