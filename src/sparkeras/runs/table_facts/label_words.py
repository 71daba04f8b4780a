"""What a run says of its label before it trains: its kind, its classes or amounts, and how to overrule that.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkeras.features.kinds.encoded import amount
from sparkeras.features.label import MOST_CLASSES

if TYPE_CHECKING:
    from sparkeras.features import Label

RARE = 0.1  # share of the training rows below which a class is rare
_SHOWN = 6


def sentence(label: Label, low: float, high: float, distinct: int, inferred: bool) -> str:
    """Return one line on a label.

    Parameters
    ----------
    label : Label
    low, high, distinct : float, float, int
        Of amounts: the smallest, the largest, and about how many different ones the training rows have.
    inferred : bool
        Whether nobody named the task: then the line says how to overrule it, where that is possible.
    """
    if label.classes is None:
        numbers = f"{amount(low)} to {amount(high)}, mean {amount(label.mean)}"
        could_be_classes = inferred and distinct < MOST_CLASSES / 2
        hint = " (found by its values; --task classification takes each value as a class)" if could_be_classes else ""
        return f"label {label.column}: a number, {numbers}{hint}"
    could_be_amounts = inferred and all(map(_is_number, label.classes))
    hint = " (found by its values; --task regression takes them as amounts)" if could_be_amounts else ""
    return f"label {label.column}: {_classes(label)}{hint}"


def shares(label: Label) -> dict[str, float]:
    """Return the share of the training rows of each class, by its name; nothing for amounts."""
    total = sum(label.counts) or 1
    return {name: count / total for name, count in zip(label.classes or (), label.counts, strict=True)}


def rarest(label: Label) -> tuple[str, float] | None:
    """Return name and share of the smallest class, where it is rare."""
    found = min(shares(label).items(), key=lambda item: item[1], default=None)
    return found if found and found[1] < RARE else None


def percent(share: float) -> str:
    """Return a share as per cent with as many digits as tell it from none."""
    return f"{100 * share:.0f} %" if share >= 0.01 or not share else f"{100 * share:.2g} %"


def _classes(label: Label) -> str:
    of_all = shares(label)
    if len(of_all) <= _SHOWN:
        count = "two" if len(of_all) == 2 else str(len(of_all))
        return f"{count} classes, {', '.join(f'{name} {percent(share)}' for name, share in of_all.items())}"
    most, least = (pick(of_all, key=of_all.__getitem__) for pick in (max, min))
    return (
        f"{len(of_all):,} classes, the most frequent {most} {percent(of_all[most])}, the rarest {least} "
        f"{percent(of_all[least])}"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
