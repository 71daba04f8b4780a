"""All cases by name, and what Keras has: each public class needs a case or a written reason."""

import importlib
import inspect

import keras

from tests.conformance import callbacks, layers_basic, layers_images, losses, metrics, models, optimizers, parts

_PARTS = {
    "losses": losses,
    "metrics": metrics,
    "optimizers": optimizers,
    "parts": parts,
    "layers": layers_basic,
    "images": layers_images,
    "callbacks": callbacks,
    "models": models,
}
ALL = {f"{part}: {name}": case for part, module in _PARTS.items() for name, case in module.CASES.items()}
CASES = {name: case for name, case in ALL.items() if keras.config.backend() in case.backends}
_SPACES = ("losses", "metrics", "optimizers", "layers", "callbacks", "regularizers", "constraints", "initializers")


def public_classes():
    """Return {"losses.Huber": class} of all that Keras offers, under each of a class's names."""
    spaces = {space: importlib.import_module(f"keras.{space}") for space in _SPACES}
    spaces["schedules"] = keras.optimizers.schedules
    return {
        f"{space}.{name}": kind
        for space, module in spaces.items()
        for name, kind in sorted(vars(module).items())
        if inspect.isclass(kind)
    }


def reasons():
    """Return {"losses.Loss": why there is no case for it}."""
    found = {}
    for part, module in _PARTS.items():
        space = {"images": "layers"}.get(part, part)
        found |= {name if "." in name else f"{space}.{name}": why for name, why in module.REASONS.items()}
    return found


def held():
    """Return {"losses.Huber": names of its cases}, on whatever backend."""
    found = {}
    for name, case in ALL.items():
        for each in case.holds:
            found.setdefault(each, []).append(name)
    return found
