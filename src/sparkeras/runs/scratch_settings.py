"""The settings of a training from scratch, checked before Spark starts, and what they build.

Runs on: driver.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields

from sparkeras.engine.params import limits
from sparkeras.errors import InvalidParamError
from sparkeras.scratch import building, training
from sparkeras.scratch.losses import Regulariser
from sparkeras.scratch.on_spark import by_averages
from sparkeras.scratch.optimizers import OPTIMIZERS

_FLAGS = {"output": "output-activation"}
WAYS = {"gradient": training.by_gradients, "average": by_averages}


@dataclass(frozen=True)
class ScratchSettings:
    """What ``sparkeras scratch`` asks for; the fields are its options.

    Raises
    ------
    InvalidParamError
        At once, for what cannot be.
    """

    hidden: str = "64"
    activation: str = "tanh"
    output: str = "sigmoid"
    loss: str = "half_squares"
    optimizer: str = "bold_driver"
    rate: float = 0.1
    decay: float = 0.0
    undo: bool = True
    start: str = "half"
    dropout: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    epochs: int = 100
    fraction: float = 0.7
    batch_size: int | None = None
    way: str = "gradient"
    partitions: int | None = None
    seed: int = 0

    def __post_init__(self):
        """Build everything once, with a single input."""
        limits.whole("--epochs", self.epochs, low=1)
        limits.whole("--seed", self.seed, low=0)
        for option, value in (("--partitions", self.partitions), ("--batch-size", self.batch_size)):
            if value is not None:
                limits.whole(option, value, low=1)
        if self.way not in WAYS:
            raise InvalidParamError(f"'--way' must be one of {', '.join(WAYS)}; got {self.way!r}.")
        if not 0 < self.rate < math.inf:
            raise InvalidParamError(f"'--rate' must be a number above 0; got {self.rate}.")
        for name in ("decay", "l1", "l2"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InvalidParamError(f"'--{name}' must be a number of 0 or more; got {getattr(self, name)}.")
        if not self.undo and self.optimizer != "bold_driver":
            raise InvalidParamError(f"'--keep-bad-steps' is for the bold driver, and --optimizer is {self.optimizer}.")
        self.network(1, 1)
        self.plan()
        self.make_optimizer()

    def units(self):
        """Return the units of the hidden layers."""
        words = [] if self.hidden in ("", "none") else self.hidden.split(",")
        if not all(word.strip().isdecimal() and int(word) for word in words):
            raise InvalidParamError(f"'--hidden' must be whole numbers above 0, e.g. 128,64; got {self.hidden!r}.")
        return [int(word) for word in words]

    def network(self, inputs, outputs):
        """Return the network for so many numbers per row and so many classes."""
        regulariser = Regulariser(self.l1, self.l2) if self.l1 or self.l2 else None
        return said(
            building.build,
            [inputs, *self.units(), outputs],
            self.activation,
            self.output,
            self.loss,
            start=self.start,
            dropout=self.dropout,
            regulariser=regulariser,
            seed=self.seed,
        )

    def plan(self):
        """Return which rows each step sees."""
        return said(training.Plan, self.fraction, self.batch_size, self.seed)

    def make_optimizer(self):
        """Return the optimizer, fresh."""
        kind = said(building.known, "optimizer", self.optimizer, OPTIMIZERS)
        if self.optimizer == "bold_driver":
            if self.decay:
                raise InvalidParamError("The bold driver finds its rate itself; leave --decay out.")
            return kind(self.rate, undo=self.undo)
        return kind(self.rate, self.decay)

    def options(self):
        """Return the options of the command line that differ from their defaults, as words."""
        words = []
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "undo":
                words += [] if value else ["--keep-bad-steps"]
            elif value is not None and value != each.default and not (each.name == "fraction" and self.batch_size):
                words += [f"--{_FLAGS.get(each.name, each.name.replace('_', '-'))}", str(value)]
        return words

    def told(self):
        """Return the settings as a report shows them."""
        return {"engine": "scratch", **{name: value for name, value in asdict(self).items() if value is not None}}


def said(make, *arguments, **more):
    """Call a function of the island, whose ValueErrors become ours."""
    try:
        return make(*arguments, **more)
    except ValueError as error:
        raise InvalidParamError(str(error)) from error
    except MemoryError as error:
        raise InvalidParamError(f"The network does not fit into memory: {error}. Take fewer --hidden units.") from error
