"""Keras' backends: the choice of one, and its module, a ``protocols.Backend``.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparkeras.errors import SetupError

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Backend

NAMES = ("jax", "torch", "tensorflow")
# Packages that Keras only wraps; importing them takes more than half of its start (docs/decisions/011).
WRAPPED = ("sklearn", "matplotlib", "pandas", "IPython")


def choose(name: str | None = None) -> str:
    """Return the backend to use: ``name``, the one that an imported Keras has, ``$KERAS_BACKEND``, Keras'
    own settings file, or the first installed.

    Raises
    ------
    SetupError
        If the backend is unknown or not installed, or none is.
    """
    if name is None and "keras" in sys.modules:
        return _current()
    name = name or os.environ.get("KERAS_BACKEND")
    if name:
        return _require(name)
    installed = [candidate for candidate in NAMES if importlib.util.find_spec(candidate)]
    if not installed:
        raise SetupError("Keras has no backend here; install one, e.g. pip install jax")
    # Keras writes "tensorflow" into a new settings file whether it is installed or not; nobody need have chosen it.
    setting = _settings_file().get("backend")
    return setting if setting in installed else installed[0]


def load(name: str, without: Iterable[str] = ()) -> Backend:
    """Return the module of a backend, with Keras set to it.

    Parameters
    ----------
    name : str
    without : iterable of str
        Packages to import Keras without, as if they were not there, e.g. ``WRAPPED``. Other code can import them.

    Raises
    ------
    SetupError
        If Keras was imported with another backend in this process.
    """
    if "keras" in sys.modules:
        current = _current()
        if current != name:
            raise SetupError(
                f"Keras already runs on {current!r} in this process and cannot change to {name!r}. "
                f"Set KERAS_BACKEND={name} before Python starts."
            )
    os.environ["KERAS_BACKEND"] = _require(name)
    if without and "keras" not in sys.modules:
        _import_keras(without)
    return _module(name)


def _module(name: str) -> Backend:
    if name == "jax":
        from sparkeras.engine.backends import jax

        return jax
    if name == "torch":
        from sparkeras.engine.backends import torch

        return torch
    from sparkeras.engine.backends import tensorflow

    return tensorflow


def _current() -> str:
    """Return the backend of Keras, which is imported."""
    name: str = sys.modules["keras"].config.backend()
    return name


def _import_keras(without: Iterable[str]) -> None:
    hidden = [package for package in without if package not in sys.modules]
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(hidden))
    # A later Keras may insist on one: then the next import of Keras finds it as usual.
    with contextlib.suppress(ImportError):
        importlib.import_module("keras")
    for package in hidden:
        del sys.modules[package]  # the user's code may want it


# A training step takes and frees the same large buffers each time. By default glibc hands them back to the system,
# which clears every page again: half of a convolutional step (docs/decisions/012). Other C libraries ignore this.
_KEEP_MEMORY = ":".join(
    f"glibc.malloc.{name}={value}"
    for name, value in {"mmap_max": 0, "trim_threshold": 2**34, "arena_max": 1, "hugetlb": 1}.items()
)


def environment(name: str, threads: int) -> dict[str, str]:
    """Return the environment variables of a process that computes with ``threads`` threads and keeps freed memory."""
    allocator = ":".join(filter(None, (_KEEP_MEMORY, os.environ.get("GLIBC_TUNABLES"))))
    shared = {"KERAS_BACKEND": name, "OMP_NUM_THREADS": str(threads), "GLIBC_TUNABLES": allocator}
    if name == "jax":
        # XLA sizes its pools by NPROC (xla/pjrt/utils.cc, DefaultThreadPoolSize); it has no documented setting.
        return {**shared, "NPROC": str(threads)}
    if name == "tensorflow":
        return {**shared, "TF_NUM_INTRAOP_THREADS": str(threads), "TF_CPP_MIN_LOG_LEVEL": "2"}
    return shared


def _require(name: str) -> str:
    if name not in NAMES:
        raise SetupError(f"Unknown backend {name!r}; sparkeras works with {', '.join(NAMES)}.")
    if not importlib.util.find_spec(name):
        raise SetupError(f"The backend {name!r} is not installed here; pip install {name} brings it.")
    return name


def _settings_file() -> dict[str, Any]:
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        settings: dict[str, Any] = json.loads((home / "keras.json").read_text())
    except (OSError, ValueError):
        return {}
    return settings
