"""Decide what a saved stage may load: classes and functions by name, Keras' unsafe parts, pickled code.

Runs on: driver.
"""

import contextlib
import contextvars
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Allowed:
    """What a saved file may hold when it is opened.

    Attributes
    ----------
    custom_objects : dict
        The user's classes and functions, by the names that Keras saved.
    safe_mode : bool
        Whether Keras refuses parts that run code, such as Lambda layers.
    unpickle : bool
        Whether a saved estimator's ``modelFn`` and callbacks are opened; a pickle runs any code of its author.
    """

    custom_objects: dict[str, Any] = field(default_factory=dict)
    safe_mode: bool = True
    unpickle: bool = False


_current: contextvars.ContextVar[Allowed] = contextvars.ContextVar("allowed", default=Allowed())  # noqa: B039 - frozen, and its dict never changes


@contextlib.contextmanager
def loading(
    custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True, unpickle: bool = False
) -> Iterator[None]:
    """Allow more in saved stages, and pipelines of them, that are loaded within this context.

    Parameters
    ----------
    custom_objects : dict, optional
        ``{name: class or function}``; those registered with ``keras.saving.register_keras_serializable`` need none.
    safe_mode : bool
        False lets Keras open Lambda layers and other code in ``model.keras``.
    unpickle : bool
        True opens ``modelFn`` and callbacks of saved estimators. Only for files of authors whom you trust.

    Examples
    --------
    ::

        with sparkeras.loading(custom_objects={"MyLayer": MyLayer}):
            pipeline = PipelineModel.load("hdfs:///models/nightly")
    """
    token = _current.set(Allowed(dict(custom_objects or {}), safe_mode, unpickle))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Allowed:
    """Return the Allowed of the current context."""
    return _current.get()
