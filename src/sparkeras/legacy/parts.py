"""What a translation knows while it runs, and the layers that it has made.

Runs on: driver.
"""

import dataclasses
import re

from sparkeras.errors import InvalidModelError


@dataclasses.dataclass
class Reading:
    """One model being read.

    ``version`` and ``backend`` are as the files tell them, or None; ``era`` is 1 for Keras 1 and 2 for Keras 2 and
    tf.keras, which is what the translation depends on. ``dim_ordering`` is where all layers of a
    Keras 1 file that say so have the channels, ``masks`` tells whether a layer that masks steps was made, ``notes``
    collects what the user should hear, ``made`` and ``shared`` are those of ``sharing``.
    """

    version: str | None
    backend: str | None
    era: int
    custom_objects: dict
    theano_kernels: bool = False
    dim_ordering: str | None = None
    masks: bool = False
    notes: list = dataclasses.field(default_factory=list)
    made: dict = dataclasses.field(default_factory=dict)
    shared: dict = dataclasses.field(default_factory=dict)

    @property
    def number(self):
        """Return the version as a tuple of three numbers; (1, 0, 0) where Keras 1 did not write one."""
        found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", self.version or "")
        return tuple(int(group or 0) for group in found.groups()) if found else (self.era, 0, 0)

    @property
    def by_theano(self):
        """Tell whether the arrays were learned by Theano, whose convolution turns the kernel around."""
        return self.backend == "theano" or (self.theano_kernels and self.backend is None)

    def describe(self):
        """Return e.g. ``'tf.keras 2.2.4-tf'`` or ``'Keras 1, version not recorded'``."""
        if self.version is None:
            return f"Keras {self.era}, version not recorded"
        tensorflow = self.version.endswith("-tf") or (self.backend == "tensorflow" and self.number >= (2, 4, 0))
        backend = f" on {self.backend}" if self.backend and not tensorflow else ""
        return f"{'tf.keras' if tensorflow else 'Keras'} {self.version}{backend}"

    def note(self, words):
        """Keep something the user should hear, once."""
        if words not in self.notes:
            self.notes.append(words)


@dataclasses.dataclass
class Part:
    """A layer that was made, and what its weights must know of the old one.

    ``name`` and ``old_class`` are those of the old file; ``kind`` is the name of the Keras 3 class, or 'model', or
    'custom' for a class of the user's; ``config`` has the new arguments; ``parts`` are the layers inside of a model or
    wrapper; ``steep`` names the activations that are a hard_sigmoid (see ``layouts.factors``); ``shape`` is the output
    shape that the old file promises, where it does; ``twin`` is what was made of the same layer in another model.
    """

    name: str
    old_class: str
    kind: str
    layer: object
    config: dict = dataclasses.field(default_factory=dict)
    parts: list = dataclasses.field(default_factory=list)
    steep: frozenset = frozenset()
    shape: tuple | None = None
    twin: "Part | None" = None

    @property
    def leaves(self):
        """Return the layers that hold weights themselves, in the order of the architecture."""
        return [leaf for part in self.parts for leaf in part.leaves] if self.parts else [self]

    def refuse(self, why):
        """Raise InvalidModelError: the layer's name and class, and ``why`` as the sentence's end."""
        refuse(self.name, self.old_class, why)


def refuse(name, old_class, why):
    """Raise InvalidModelError: a layer's name and class, and ``why`` as the sentence's end."""
    raise InvalidModelError(f"Layer {name!r} ({old_class}) {why}")
