"""The settings of a training from scratch, checked before Spark starts, and what they build.

Runs on: driver.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, ParamSpec, TypeVar

from sparkeras.engine.params import limits
from sparkeras.errors import InvalidParamError
from sparkeras.scratch import building, training
from sparkeras.scratch.losses import Regulariser
from sparkeras.scratch.network import Network
from sparkeras.scratch.on_spark import by_averages
from sparkeras.scratch.optimizers import OPTIMIZERS, GradientDescent

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_FLAGS = {"output": "output-activation"}
WAYS = {"gradient": training.by_gradients, "average": by_averages}


@dataclass(frozen=True)
class ScratchSettings:
    """The settings of ``sparkeras scratch``; the fields are its options.

    Raises
    ------
    InvalidParamError
        At once, for values outside their limits and combinations that do not fit.
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

    def __post_init__(self) -> None:
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

    def units(self) -> list[int]:
        """Return the units of the hidden layers."""
        numbers = [] if self.hidden in ("", "none") else self.hidden.split(",")
        if not all(number.strip().isdecimal() and int(number) for number in numbers):
            raise InvalidParamError(f"'--hidden' must be whole numbers above 0, e.g. 128,64; got {self.hidden!r}.")
        return [int(number) for number in numbers]

    def network(self, inputs: int, outputs: int) -> Network:
        """Return the network for so many numbers per row and so many classes."""
        regulariser = Regulariser(self.l1, self.l2) if self.l1 or self.l2 else None
        return refusing(
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

    def plan(self) -> training.Plan:
        """Return the plan of the rows of each step."""
        return refusing(training.Plan, self.fraction, self.batch_size, self.seed)

    def make_optimizer(self) -> GradientDescent:
        """Return the optimizer, fresh."""
        kind: Callable[..., GradientDescent] = refusing(building.known, "optimizer", self.optimizer, OPTIMIZERS)
        if self.optimizer == "bold_driver":
            if self.decay:
                raise InvalidParamError("The bold driver finds its rate itself; leave --decay out.")
            return kind(self.rate, undo=self.undo)
        return kind(self.rate, self.decay)

    def options(self) -> list[str]:
        """Return the options of the command line that differ from their defaults."""
        options: list[str] = []
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "undo":
                options += [] if value else ["--keep-bad-steps"]
            elif value is not None and value != each.default and not (each.name == "fraction" and self.batch_size):
                options += [f"--{_FLAGS.get(each.name, each.name.replace('_', '-'))}", str(value)]
        return options

    def reported(self) -> dict[str, Any]:
        """Return the settings as a report shows them."""
        return {"engine": "scratch", **{name: value for name, value in asdict(self).items() if value is not None}}


def refusing(function: Callable[Arguments, Result], *arguments: Arguments.args, **more: Arguments.kwargs) -> Result:
    """Call a function of ``scratch``, whose ValueErrors become InvalidParamErrors."""
    try:
        return function(*arguments, **more)
    except ValueError as error:
        raise InvalidParamError(str(error)) from error
    except MemoryError as error:
        raise InvalidParamError(f"The network does not fit into memory: {error}. Take fewer --hidden units.") from error
