"""The exceptions of sparkeras, each with the exit code that the command line ends with.

Runs on: driver, Spark task, training process.

::

    SparkerasError              10
    ├── InvalidParamError       11  a setting outside its limits (also a ValueError)
    ├── InvalidModelError       12  a Keras model that cannot be trained or scored as it is (also a ValueError)
    ├── InvalidColumnError      13  a DataFrame whose columns or values do not fit the model (also a ValueError)
    ├── DataError               14  a data set or data file that is missing, damaged or out of range
    ├── SetupError              15  Java, Python, a package or a backend is missing or too old (also a RuntimeError)
    ├── TrainingError           16  a training that started and failed (also a RuntimeError)
    │   ├── DivergedError       16  its loss became infinite or no number; trying again would not help
    │   └── RendezvousTimeout   16  a worker waited too long for the others before training (also a TimeoutError)
    ├── RunFolderError          18  a run's folder that is missing, damaged or in the way
    ├── SavedStageError         19  a saved stage that is missing, damaged, in the way, or wants trust
    └── CourseError             20  a lesson, exercise or quiz that is not there, or a damaged file of the course
"""


class SparkerasError(Exception):
    """Any error that sparkeras raises on purpose: one sentence that says what is wrong and how to fix it."""

    exit_code = 10


class InvalidParamError(SparkerasError, ValueError):
    """A setting is outside its limits."""

    exit_code = 11


class InvalidModelError(SparkerasError, ValueError):
    """A Keras model cannot be trained or scored as it is."""

    exit_code = 12


class InvalidColumnError(SparkerasError, ValueError):
    """The columns of a DataFrame, or the values in them, do not fit the model."""

    exit_code = 13


class DataError(SparkerasError):
    """A data set or data file is missing, damaged or out of range."""

    exit_code = 14


class SetupError(SparkerasError, RuntimeError):
    """Java, Python, a package or a backend is missing or too old."""

    exit_code = 15


class TrainingError(SparkerasError, RuntimeError):
    """A training started and failed."""

    exit_code = 16


class DivergedError(TrainingError):
    """The loss became infinite or no number; trying again would not help."""


class RendezvousTimeout(TrainingError, TimeoutError):
    """A worker waited too long for the others before training began."""


class RunFolderError(SparkerasError):
    """A run's folder is missing, damaged or in the way."""

    exit_code = 18


class SavedStageError(SparkerasError):
    """A saved Spark ML stage is missing, damaged or in the way, or holds what nobody allowed to open."""

    exit_code = 19


class CourseError(SparkerasError):
    """A lesson, an exercise or a quiz that is not there, or a course's file that is damaged."""

    exit_code = 20


def named(name: str) -> type[SparkerasError] | None:
    """Return the exception of this name, None for any other name; errors travel from tasks to the driver by name."""
    kind = globals().get(name)
    return kind if isinstance(kind, type) and issubclass(kind, SparkerasError) else None
