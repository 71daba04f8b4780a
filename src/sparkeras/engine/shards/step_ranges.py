"""The rows that each rank contributes to each step.

Runs on: training process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkeras.errors import InvalidColumnError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sparkeras.engine.columns import Field


@dataclass(frozen=True)
class StepRanges:
    """Each rank's rows in each step: spread evenly over as many steps as one worker would take.

    Attributes
    ----------
    rank : int
    counts : tuple of int
        Training rows of each rank.
    batch_size : int
        Rows of one step over all ranks; a step may differ from it by less than the number of ranks.
    """

    rank: int
    counts: tuple[int, ...]
    batch_size: int

    @property
    def steps(self) -> int:
        """Steps of an epoch: all rows divided by the batch size, rounded up; no more than the largest rank's rows."""
        return min(-(-sum(self.counts) // self.batch_size), max(self.counts))

    @property
    def width(self) -> int:
        """Rows of each local batch, padding included: the most of any rank in any step."""
        return max(-(-count // self.steps) for count in self.counts)

    @property
    def pads(self) -> bool:
        """Whether some rank has fewer rows than ``width`` in some step."""
        return any(count != self.width * self.steps for count in self.counts)

    def bounds(self, step: int, rank: int | None = None) -> tuple[int, int]:
        """Return (first, last) of a rank's rows in ``step``, counted from 0; by default this rank's."""
        count = self.counts[self.rank if rank is None else rank]
        return count * step // self.steps, count * (step + 1) // self.steps

    def real_rows(self, step: int) -> int:
        """Return the rows of ``step`` over all ranks."""
        bounds = (self.bounds(step, rank) for rank in range(len(self.counts)))
        return sum(last - first for first, last in bounds)


def require_rows(train: int, validation: int, wanted: bool, column: str | None = None) -> None:
    """Raise InvalidColumnError if the validation setting leaves no row to train on, or none to validate with.

    Parameters
    ----------
    train, validation : int
        Rows over all ranks.
    wanted : bool
        Whether a fraction of the rows is for validation.
    column : str or None
        The boolean column that marks the validation rows.
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


def validation_column(fields: Iterable[Field]) -> str | None:
    """Return the name of the column that marks validation rows, None without one."""
    return next((field.columns[0] for field in fields if field.role == "validation"), None)
