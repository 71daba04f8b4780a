"""What may be opened of a saved stage: classes and functions by name, Keras' unsafe parts, code.

Runs on: driver.
"""

import contextlib
import contextvars
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Trust:
    """How far saved files are trusted.

    Attributes
    ----------
    custom_objects : dict
        Classes and functions of the user's own, by the names that Keras saved.
    safe_mode : bool
        Whether Keras refuses what would run code, such as Lambda layers.
    unpickle : bool
        Whether a saved estimator's ``modelFn`` and callbacks are opened; a pickle runs any code that its maker likes.
    """

    custom_objects: dict = field(default_factory=dict)
    safe_mode: bool = True
    unpickle: bool = False


_current = contextvars.ContextVar("trust", default=Trust())  # noqa: B039 - frozen, and nobody writes to its dict


@contextlib.contextmanager
def loading(custom_objects=None, safe_mode=True, unpickle=False):
    """Say what may be opened while saved stages, or pipelines of them, are loaded.

    Parameters
    ----------
    custom_objects : dict, optional
        ``{name: class or function}``; those registered with ``keras.saving.register_keras_serializable`` need none.
    safe_mode : bool
        False lets Keras open Lambda layers and other code in ``model.keras``.
    unpickle : bool
        True opens ``modelFn`` and callbacks of saved estimators. Only for files of people whom you trust.

    Examples
    --------
    ::

        with sparkeras.loading(custom_objects={"MyLayer": MyLayer}):
            pipeline = PipelineModel.load("hdfs:///models/nightly")
    """
    token = _current.set(Trust(dict(custom_objects or {}), safe_mode, unpickle))
    try:
        yield
    finally:
        _current.reset(token)


def current():
    """Return the Trust of the moment."""
    return _current.get()
