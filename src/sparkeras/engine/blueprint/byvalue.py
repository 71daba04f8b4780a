"""Objects of the caller's notebook or script as bytes that another Python opens without that notebook or script.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import io
import pickle
import sys
import sysconfig
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from sparkeras.errors import InvalidModelError
from sparkeras.spark import internals

# cloudpickle keeps its list of by-value modules for the whole process; two fits may pack at once. An object may pack
# its own attributes while it is packed.
lock = threading.RLock()
# From an object to its name or None, and from a name to the object, for objects that are packed by name; see ``links``.
_Naming = tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]
_NAMING: contextvars.ContextVar[_Naming] = contextvars.ContextVar("naming", default=(None, None))

_by_value: set[ModuleType] = set()  # the modules that cloudpickle has on its list

# JAX's classes behind keras.ops.custom_gradient; pickle would call them without their function.
_MADE_OF_FUNCTIONS = ("custom_vjp", "custom_jvp")


@contextlib.contextmanager
def naming(name: Callable[[Any], Any] | None, find: Callable[[Any], Any] | None) -> Iterator[None]:
    """Pack objects with a ``name(obj)`` by that name, and open them by ``find(name)``, within this context.

    Parameters
    ----------
    name : callable or None
    find : callable or None
    """
    before = _NAMING.set((name, find))
    try:
        yield
    finally:
        _NAMING.reset(before)


@contextlib.contextmanager
def by_contents(owner: object) -> Iterator[None]:
    """Pack what only ``owner`` holds as it is within this context: its name would lead through ``owner`` itself."""
    name, find = _NAMING.get()
    own = name(owner) if name else None

    def name_of(obj: Any) -> Any:
        found = name(obj) if name else None
        below = found and own and found[0] == own[0] == "part" and found[1][: len(own[1])] == own[1]
        return None if below else found

    with naming(name_of if name else None, find):
        yield


def dumps(obj: object, what: str) -> bytes:
    """Return ``obj`` as bytes, code of ``__main__`` and of the user's own modules included.

    Parameters
    ----------
    obj : object
    what : str
        The object's name in the error, e.g. ``"the callbacks"``.

    Raises
    ------
    InvalidModelError
        If something inside cannot be pickled, e.g. an open file or a lock.
    """
    from pyspark import cloudpickle

    with lock, contextlib.ExitStack() as registered:
        # Once, where an object packs its own attributes while it is packed.
        for module in [module for module in _modules_of_the_user() if module not in _by_value]:
            cloudpickle.register_pickle_by_value(module)
            registered.callback(cloudpickle.unregister_pickle_by_value, module)
            _by_value.add(module)
            registered.callback(_by_value.discard, module)
        try:
            return _pickled(obj, cloudpickle.Pickler)
        except Exception as error:  # pickling runs the objects' own code, which may raise anything
            raise InvalidModelError(
                f"{what} cannot travel to the training process: {error}. "
                "Functions and classes must not hold open files, locks, sessions or DataFrames."
            ) from error


def loads(data: bytes) -> Any:
    """Return the object of ``dumps`` in another process of the same run."""
    return _Unpickler(io.BytesIO(data)).load()


def _pickled(obj: object, pickler: Any) -> bytes:
    name, _ = _NAMING.get()

    class Naming(pickler):
        """Packs by name."""

        def persistent_id(self, obj: Any) -> Any:
            return name(obj) if name else None

        def reducer_override(self, obj: Any) -> Any:
            if type(obj).__module__.startswith("jax.") and type(obj).__name__ in _MADE_OF_FUNCTIONS:
                return _unmade, (type(obj),), vars(obj)
            return super().reducer_override(obj)

    buffer = io.BytesIO()
    Naming(buffer).dump(obj)
    return buffer.getvalue()


def _unmade(kind: type) -> object:  # pickles hold this name
    return object.__new__(kind)


class _Unpickler(pickle.Unpickler):
    """Opens by name, and leaves the classes of this process as they are.

    cloudpickle finds a class that was packed here, and would set the opened copies of its methods on it: those of the
    caller's own class would then hold other objects than the caller's.
    """

    def persistent_load(self, pid: Any) -> Any:
        find = _NAMING.get()[1]
        if find is None:
            raise pickle.UnpicklingError("packed by the names of a model's parts, and opened without that model")
        return find(pid)

    def find_class(self, module: str, name: str) -> Any:
        wrapped: dict[str, Callable[..., type]] = {
            internals.MAKE_CLASS: _made_or_known,
            internals.FILL_CLASS: _fill_if_made,
        }
        original = super().find_class(module, name)
        if name in wrapped and module.endswith("cloudpickle.cloudpickle"):
            return functools.partial(wrapped[name], original)
        return original


_made_here: weakref.WeakSet[type] = weakref.WeakSet()  # classes that were opened in this process, not written in it


def _made_or_known(make: Callable[..., type], *arguments: Any) -> type:
    known = internals.classes_known_to_cloudpickle()
    cls = make(*arguments)
    if cls not in known:
        _made_here.add(cls)
    return cls


def _fill_if_made(fill: Callable[[type, Any], type], cls: type, state: Any) -> type:
    return fill(cls, state) if cls in _made_here else cls


def is_of_the_user(module: ModuleType) -> bool:
    """Tell whether a module is the user's own: a file outside all installed packages."""
    file = getattr(module, "__file__", None)
    name = getattr(module, "__name__", "")
    if not file or name == "__main__" or name.split(".")[0] == "sparkeras":
        return False
    return not _is_installed(file, tuple(sys.path))


def _modules_of_the_user() -> list[ModuleType]:
    return [module for module in list(sys.modules.values()) if is_of_the_user(module)]


# Cached: each object that travels checks thousands of modules, and a checkpoint packs many objects each epoch.
@functools.cache
def _is_installed(file: str, search_path: tuple[str, ...]) -> bool:
    path = Path(file).resolve()
    return "site-packages" in path.parts or any(path.is_relative_to(home) for home in _installed_homes(search_path))


@functools.cache
def _installed_homes(search_path: tuple[str, ...]) -> set[Path]:
    paths = sysconfig.get_paths()
    # Debian keeps packages in dist-packages outside every path that sysconfig names.
    homes = {Path(paths[key]).resolve() for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    return homes | {Path(entry).resolve() for entry in search_path if entry.endswith((".zip", "dist-packages"))}
