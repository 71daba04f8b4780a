"""The state of a translation, and the layers that it has built.

Runs on: driver.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from sparkeras.errors import InvalidModelError

if TYPE_CHECKING:
    import keras

Config = dict[str, Any]  # of an old file: an entry with class_name and config, or the arguments of a layer


@dataclasses.dataclass
class Reading:
    """One model being read.

    ``version`` and ``backend`` are recorded in the files, or None; ``era`` is 1 for Keras 1 and 2 for Keras 2 and
    tf.keras: the translation depends on it. ``dim_ordering`` is that of a Keras 1 file, if its layers agree; ``masks``
    is true once a layer that masks steps was built; ``notes`` are messages for the user; ``built`` and ``shared`` are
    those of ``sharing``: the Parts of an entry, and those of an entry with a number.
    """

    version: str | None
    backend: str | None
    era: int
    custom_objects: dict[str, Any]
    theano_kernels: bool = False
    dim_ordering: str | None = None
    masks: bool = False
    notes: list[str] = dataclasses.field(default_factory=list)
    built: dict[str, list[Part]] = dataclasses.field(default_factory=dict)
    shared: dict[tuple[str, int | None], Part] = dataclasses.field(default_factory=dict)

    @property
    def number(self) -> tuple[int, int, int]:
        """Return the version as a tuple of three numbers; (1, 0, 0) where Keras 1 did not write one."""
        match = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", self.version or "")
        return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else (self.era, 0, 0)

    @property
    def by_theano(self) -> bool:
        """Tell whether the arrays were learned by Theano, whose convolution flips the kernel."""
        return self.backend == "theano" or (self.theano_kernels and self.backend is None)

    def describe(self) -> str:
        """Return e.g. ``'tf.keras 2.2.4-tf'`` or ``'Keras 1, version not recorded'``."""
        if self.version is None:
            return f"Keras {self.era}, version not recorded"
        tensorflow = self.version.endswith("-tf") or (self.backend == "tensorflow" and self.number >= (2, 4, 0))
        backend = f" on {self.backend}" if self.backend and not tensorflow else ""
        return f"{'tf.keras' if tensorflow else 'Keras'} {self.version}{backend}"

    def note(self, message: str) -> None:
        """Add a note for the user, once."""
        if message not in self.notes:
            self.notes.append(message)


@dataclasses.dataclass
class Part:
    """A layer of Keras 3, and the facts of the old one that its weights depend on.

    ``name`` and ``old_class`` are those of the old file; ``kind`` is the name of the Keras 3 class, or 'model', or
    'custom' for a class of the user's; ``config`` has the new arguments; ``parts`` are the layers inside of a model or
    wrapper; ``steep`` names the activations that are a hard_sigmoid (see ``layouts.factors``); ``shape`` is the output
    shape in the old file, if any; ``twin`` is the Part of the same layer in another model.
    """

    name: str
    old_class: str
    kind: str
    layer: keras.layers.Layer
    config: Config = dataclasses.field(default_factory=dict)
    parts: list[Part] = dataclasses.field(default_factory=list)
    steep: frozenset[str] = frozenset()
    shape: tuple[int | None, ...] | None = None
    twin: Part | None = None

    @property
    def leaves(self) -> list[Part]:
        """Return the layers that hold weights themselves, in the order of the architecture."""
        return [leaf for part in self.parts for leaf in part.leaves] if self.parts else [self]

    def refuse(self, why: str) -> NoReturn:
        """Raise InvalidModelError: the layer's name and class, and ``why`` as the sentence's end."""
        refuse(self.name, self.old_class, why)


BuildPart = Callable[[Config, Reading], Part]


def refuse(name: str, old_class: str, why: str) -> NoReturn:
    """Raise InvalidModelError: a layer's name and class, and ``why`` as the sentence's end."""
    raise InvalidModelError(f"Layer {name!r} ({old_class}) {why}")
