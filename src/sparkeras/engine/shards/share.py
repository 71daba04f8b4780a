"""Which rows each rank contributes to each step, and whether there are any.

Runs on: training process.
"""

from dataclasses import dataclass

from sparkeras.errors import InvalidColumnError


@dataclass(frozen=True)
class Share:
    """What each rank contributes to each step: its rows spread evenly over as many steps as one worker would take.

    Attributes
    ----------
    rank : int
    counts : tuple of int
        Training rows of each rank.
    batch_size : int
        Rows of one step over all ranks, within as many as there are ranks.
    """

    rank: int
    counts: tuple
    batch_size: int

    @property
    def steps(self):
        """Steps of an epoch: all rows divided by the batch size, rounded up; no more than the largest rank's rows."""
        return min(-(-sum(self.counts) // self.batch_size), max(self.counts))

    @property
    def width(self):
        """Rows of each local batch, padding included: the most that any rank has in any step."""
        return max(-(-count // self.steps) for count in self.counts)

    @property
    def pads(self):
        """Whether some rank has fewer rows than ``width`` in some step."""
        return any(count != self.width * self.steps for count in self.counts)

    def bounds(self, step, rank=None):
        """Return (first, last) of a rank's rows in ``step``, counted from 0; by default this rank's."""
        count = self.counts[self.rank if rank is None else rank]
        return count * step // self.steps, count * (step + 1) // self.steps

    def real_rows(self, step):
        """Return the rows of ``step`` over all ranks."""
        bounds = (self.bounds(step, rank) for rank in range(len(self.counts)))
        return sum(last - first for first, last in bounds)


def require_rows(train, validation, wanted, column=None):
    """Raise InvalidColumnError if the validation setting leaves no row to train on, or none to validate with.

    Parameters
    ----------
    train, validation : int
        Rows over all ranks.
    wanted : bool
        Whether validation was asked for by a fraction.
    column : str or None
        The boolean column that asks for it.
    """
    if column and not (train and validation):
        marked = "no row" if train else "every row"
        raise InvalidColumnError(
            f"The validation column {column!r} is true for {marked}, which leaves {train} rows to train on and "
            f"{validation} to validate with; both need at least one. Mark some rows, or leave the setting out."
        )
    if not train or (wanted and not validation):
        raise InvalidColumnError(
            f"The validation setting leaves {train} rows to train on and {validation} to validate with; "
            "both need at least one."
        )


def validation_column(fields):
    """Return the name of the column that marks rows to validate with, None without one."""
    return next((field.columns[0] for field in fields if field.role == "validation"), None)
