"""What a search looks for: the best epoch of one metric, the lowest or the highest.

Runs on: driver.
"""

import math
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
    def of(cls, metric, direction, validation):
        """Check what the user asked for; ``direction=None`` is read from the metric's name.

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
            # Asked in this order: 'mean_absolute_error' is no accuracy.
            known = {"minimize": _MINIMIZED, "maximize": _MAXIMIZED}
            found = [way for way, parts in known.items() if any(part in metric.lower() for part in parts)]
            direction = found[0] if found else None
        if direction not in ("minimize", "maximize"):
            said = f"got {direction!r}" if direction else f"the name {metric!r} does not tell"
            raise InvalidParamError(f"'direction' must be 'minimize' or 'maximize'; {said}.")
        return cls(metric, direction)

    @property
    def mode(self):
        """``"min"`` or ``"max"``, Keras' words."""
        return self.direction[:3]

    def best(self, values):
        """Return the best of ``values`` (floats, or None) that is a number; None if there is none."""
        found = [value for value in values if value is not None and math.isfinite(value)]
        pick = min if self.mode == "min" else max
        return pick(found, default=None)

    def is_better(self, value, than):
        """Tell whether ``value`` is better than ``than``; anything is better than None."""
        return than is None or (value < than if self.mode == "min" else value > than)
