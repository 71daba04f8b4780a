"""What a case of the catalogue is: a model as users write it, the rows it trains on, and what must come of it."""

from dataclasses import dataclass

from sparkeras.engine.columns import Field
from tests.conformance.rows import ROWS, rows_of

BACKENDS = ("jax", "torch", "tensorflow")
NOT_TORCH = ("jax", "tensorflow")  # plain Keras fails there, e.g. with a class number per pixel: "must be contiguous"


@dataclass(frozen=True)
class Case:
    """One training that plain Keras does, and that 1, 2 and 3 workers do alike or refuse.

    Attributes
    ----------
    build : callable
        Makes the compiled model.
    x, y : str or dict
        Kind of the rows (``rows.rows_of``), or by the names of inputs and outputs; ``y`` None for no labels.
    holds : tuple of str
        The public classes that it stands for, e.g. ``"losses.Huber"``.
    weight : bool
        Whether rows have weights.
    class_weight : dict or None
    callbacks : callable or None
        Makes the user's callbacks.
    compares : str
        ``"values"``; ``"names"`` for what draws at random: names and order of the figures, and that they are finite.
    over_ranks : str
        The same, with several workers.
    refused : str or None
        A pattern for the words of the refusal; None for what trains.
    refused_with : int
        From which number of workers on.
    refused_on, backends : tuple of str
        Backends that refuse it, backends whose plain Keras trains it.
    why : str
        The reason of a refusal or of comparing names, for the table.
    rtol, atol : float
        How far values may be from plain Keras': larger for numbers of few bits.
    """

    build: object
    x: object = "row"
    y: object = "real"
    holds: tuple = ()
    weight: bool = False
    class_weight: dict | None = None
    callbacks: object = None
    compares: str = "values"
    over_ranks: str = "values"
    refused: str | None = None
    refused_with: int = 2
    refused_on: tuple = BACKENDS
    backends: tuple = BACKENDS
    why: str = ""
    rtol: float = 1e-3
    atol: float = 1e-5

    def expected(self, backend, ranks):
        """Return the pattern of the refusal that must come, None where it must train."""
        return self.refused if ranks >= self.refused_with and backend in self.refused_on else None

    def compared(self, ranks):
        """Return whether ``"values"`` or only ``"names"`` are compared."""
        return "names" if "names" in (self.compares, self.over_ranks if ranks > 1 else "") else "values"

    def inputs(self):
        """Return {name: array} of all rows."""
        kinds = self.x if isinstance(self.x, dict) else {"x": self.x}
        return {name: rows_of(kind) for name, kind in kinds.items()}

    def labels(self):
        """Return {name: array} of all rows, empty for none."""
        kinds = self.y if isinstance(self.y, dict) else {"y": self.y}
        return {name: rows_of(kind) for name, kind in kinds.items() if kind}

    def weights(self):
        """Return the row weights (41,), None without."""
        return rows_of("weight") if self.weight else None

    def fields(self):
        """Return the fields of a job."""
        made = [Field(name, "input", (name,)) for name in self.inputs()]
        made += [Field(name, "label", (name,)) for name in self.labels()]
        return made + ([Field("weight", "weight", ("weight",))] if self.weight else [])

    def arrays(self, numbers=slice(ROWS)):
        """Return rows as the arrays of a shard, by field key."""
        made = {f"input:{name}": array[numbers] for name, array in self.inputs().items()}
        made |= {f"label:{name}": array[numbers] for name, array in self.labels().items()}
        return made | ({"weight:weight": self.weights()[numbers]} if self.weight else {})
