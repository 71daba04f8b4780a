"""Replace an attribute for the length of a block: a method of a class, a name of a module.

Runs on: driver, Spark task, training process.
"""

import contextlib
import inspect
from collections.abc import Iterator

_INHERITED = object()


@contextlib.contextmanager
def swapped(owner: object, name: str, value: object) -> Iterator[None]:
    """Set an attribute within this context; afterwards ``owner`` has its own, or the inherited one, again.

    The attribute is everybody's: threads that swap one of a shared class or module must hold a lock.
    """
    by_type = inspect.getattr_static(type(owner), name, None)  # such as a function's __name__
    before = getattr(owner, name) if inspect.isdatadescriptor(by_type) else vars(owner).get(name, _INHERITED)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is _INHERITED:
            delattr(owner, name)
        else:
            setattr(owner, name, before)
