"""Objects of the caller's notebook or script as bytes that another Python can open without that notebook or script.

Runs on: driver, Spark task, training process.
"""

import contextlib
import contextvars
import functools
import io
import pickle
import sys
import sysconfig
import threading
import weakref
from pathlib import Path

from sparkeras.errors import InvalidModelError

# cloudpickle keeps its list of by-value modules for the whole process; two fits may pack at once. An object may pack
# its own attributes while it is packed.
lock = threading.RLock()
# From an object to its name or None, and from a name to the object: what is packed by name, see ``links``.
_NAMING = contextvars.ContextVar("naming", default=(None, None))


# What keras.ops.custom_gradient makes on JAX; pickle would call its class without the function that it wants.
_MADE_OF_FUNCTIONS = ("custom_vjp", "custom_jvp")


@contextlib.contextmanager
def naming(name, find):
    """Pack by name what ``name(obj)`` names, and open by ``find(name)``, within this context.

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


def dumps(obj, what):
    """Return ``obj`` as bytes; code of ``__main__`` and of the user's own modules travels inside.

    Parameters
    ----------
    obj : object
    what : str
        What it is, for the error: ``"the callbacks"``.

    Raises
    ------
    InvalidModelError
        If something inside cannot be pickled, e.g. an open file or a lock.
    """
    from pyspark import cloudpickle

    with lock, contextlib.ExitStack() as registered:
        for module in _modules_of_the_user():
            cloudpickle.register_pickle_by_value(module)
            registered.callback(cloudpickle.unregister_pickle_by_value, module)
        try:
            return _pickled(obj, cloudpickle.Pickler)
        except Exception as error:  # pickling runs the objects' own code, which may raise anything
            raise InvalidModelError(
                f"{what} cannot travel to the training process: {error}. "
                "Functions and classes must not hold open files, locks, sessions or DataFrames."
            ) from error


def loads(data):
    """Open what ``dumps`` made in another process of the same run."""
    return _Unpickler(io.BytesIO(data)).load()


def _pickled(obj, kind):
    name, _ = _NAMING.get()

    class Naming(kind):
        """Asks for names."""

        def persistent_id(self, obj):
            return name(obj) if name else None

        def reducer_override(self, obj):
            if type(obj).__module__.startswith("jax.") and type(obj).__name__ in _MADE_OF_FUNCTIONS:
                return _unmade, (type(obj),), vars(obj)
            return super().reducer_override(obj)

    buffer = io.BytesIO()
    Naming(buffer).dump(obj)
    return buffer.getvalue()


def _unmade(kind):
    return object.__new__(kind)


class _Unpickler(pickle.Unpickler):
    """Opens by name, and leaves the classes of this process as they are.

    cloudpickle finds a class that was packed here again, and would give it the opened copies of its methods: those of
    the caller's own class would then hold other objects than the caller's.
    """

    def persistent_load(self, pid):
        return _NAMING.get()[1](pid)

    def find_class(self, module, name):
        found = super().find_class(module, name)
        if module.endswith("cloudpickle.cloudpickle"):
            wrapped = {"_make_skeleton_class": _made_or_found, "_class_setstate": _set_if_made}
            return functools.partial(wrapped[name], found) if name in wrapped else found
        return found


_made_here: weakref.WeakSet = weakref.WeakSet()  # classes that were opened in this process, and not written in it


def _made_or_found(make, *arguments):
    from pyspark.cloudpickle import cloudpickle

    known = set(cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS)
    cls = make(*arguments)
    if cls not in known:
        _made_here.add(cls)
    return cls


def _set_if_made(set_state, cls, state):
    return set_state(cls, state) if cls in _made_here else cls


def is_of_the_user(module):
    """Tell whether a module is the user's own: a file that no installed package brings."""
    file = getattr(module, "__file__", None)
    name = getattr(module, "__name__", "")
    if not file or name == "__main__" or name.split(".")[0] == "sparkeras":
        return False
    return not _is_installed(file, tuple(sys.path))


def _modules_of_the_user():
    return [module for module in list(sys.modules.values()) if is_of_the_user(module)]


# Kept: thousands of modules are looked at for each object that travels, and a checkpoint packs many of them each epoch.
@functools.cache
def _is_installed(file, search_path):
    path = Path(file).resolve()
    return "site-packages" in path.parts or any(path.is_relative_to(home) for home in _installed_homes(search_path))


@functools.cache
def _installed_homes(search_path):
    paths = sysconfig.get_paths()
    # Debian keeps packages in dist-packages outside every path that sysconfig names.
    homes = {Path(paths[key]).resolve() for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    return homes | {Path(entry).resolve() for entry in search_path if entry.endswith((".zip", "dist-packages"))}
