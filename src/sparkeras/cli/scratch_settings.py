"""The settings of a training from scratch, checked before Spark starts, and what they build.

Runs on: driver. Imports: ``scratch``, ``params``, ``errors``.
"""

from dataclasses import asdict, dataclass

from sparkeras.errors import InvalidParamError
from sparkeras.params import limits
from sparkeras.scratch import building, training
from sparkeras.scratch.losses import Regulariser
from sparkeras.scratch.on_spark import by_averages
from sparkeras.scratch.optimizers import OPTIMIZERS

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
        if self.partitions is not None:
            limits.whole("--partitions", self.partitions, low=1)
        if self.way not in WAYS:
            raise InvalidParamError(f"'--way' must be one of {', '.join(WAYS)}; got {self.way!r}.")
        if not self.rate > 0 or self.decay < 0 or self.l1 < 0 or self.l2 < 0:
            raise InvalidParamError("The learning rate must be above 0; decay, L1 and L2 must not be below it.")
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
        return _said(
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
        return _said(training.Plan, self.fraction, self.batch_size, self.seed)

    def make_optimizer(self):
        """Return the optimizer, fresh."""
        kind = _said(building.known, "optimizer", self.optimizer, OPTIMIZERS)
        if self.optimizer == "bold_driver":
            if self.decay:
                raise InvalidParamError("The bold driver finds its rate itself; leave --decay out.")
            return kind(self.rate, undo=self.undo)
        return kind(self.rate, self.decay)

    def told(self):
        """Return the settings as a report shows them."""
        return {"engine": "scratch", **{name: value for name, value in asdict(self).items() if value is not None}}


def _said(make, *arguments, **more):
    """Call a function of the island, whose ValueErrors become ours."""
    try:
        return make(*arguments, **more)
    except ValueError as error:
        raise InvalidParamError(str(error)) from error
