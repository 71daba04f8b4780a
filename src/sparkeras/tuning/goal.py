"""The goal of a search: the best epoch of one metric, the lowest or the highest.

Runs on: driver.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from sparkeras.errors import InvalidParamError

_MINIMIZED = ("loss", "error", "mse", "mae", "mape", "msle", "entropy", "divergence", "hinge", "poisson", "perplexity")
_MAXIMIZED = ("acc", "auc", "precision", "recall", "f1", "fbeta", "r2", "iou", "sensitivity", "specificity")


@dataclass(frozen=True)
class Goal:
    """One metric, by Keras' name in the history, and ``"minimize"`` or ``"maximize"``."""

    metric: str
    direction: str

    @classmethod
    def of(cls, metric: str, direction: str | None, validation: float | str | None) -> Goal:
        """Check the arguments of ``tune``; ``direction=None`` is read from the metric's name.

        Raises
        ------
        InvalidParamError
            If the name does not tell, or the metric is of validation rows and there are none.
        """
        if not isinstance(metric, str) or not metric:
            raise InvalidParamError(f"'metric' must be a name of the history, e.g. 'val_loss'; got {metric!r}.")
        if metric.startswith("val_") and validation is None:
            raise InvalidParamError(
                f"The metric {metric!r} is of rows to validate with: give validation=0.2, or a boolean column's name."
            )
        if direction is None:
            # In this order: 'mean_absolute_error' is not an accuracy.
            parts = {"minimize": _MINIMIZED, "maximize": _MAXIMIZED}
            matches = [name for name, each in parts.items() if any(part in metric.lower() for part in each)]
            direction = matches[0] if matches else None
        if direction not in ("minimize", "maximize"):
            reason = f"got {direction!r}" if direction else f"the name {metric!r} does not tell"
            raise InvalidParamError(f"'direction' must be 'minimize' or 'maximize'; {reason}.")
        return cls(metric, direction)

    @property
    def mode(self) -> str:
        """``"min"`` or ``"max"``, as Keras names it."""
        return self.direction[:3]

    def best(self, values: Iterable[float | None]) -> float | None:
        """Return the best of ``values`` (floats, or None) that is a number; None if there is none."""
        finite = [value for value in values if value is not None and math.isfinite(value)]
        if not finite:
            return None
        return min(finite) if self.mode == "min" else max(finite)

    def is_better(self, value: float, than: float | None) -> bool:
        """Tell whether ``value`` is better than ``than``; anything is better than None."""
        return than is None or (value < than if self.mode == "min" else value > than)
