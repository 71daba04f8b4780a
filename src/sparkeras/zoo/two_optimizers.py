"""Two optimizers as one: the first updates the first ``count`` weights of a model, the second the others.

Runs on: driver, Spark task, training process.

A GAN's two networks learn against each other, each by an optimizer of its own. Keras' ``fit`` on JAX passes the
variables of one optimizer, ``model.optimizer``, so that one holds both. Several workers meet in its one ``apply``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras

from sparkeras.zoo.layers import PACKAGE, Tensor


@keras.saving.register_keras_serializable(PACKAGE)
class TwoOptimizers(keras.optimizers.Optimizer):
    """Update the first ``count`` variables by ``first``, the others by ``second``.

    Parameters
    ----------
    first, second : keras.optimizers.Optimizer
    count : int
        Variables of ``first``, in the order of ``model.trainable_variables``.
    name : str
    """

    def __init__(
        self,
        first: keras.optimizers.Optimizer,
        second: keras.optimizers.Optimizer,
        count: int,
        name: str = "two_optimizers",
    ) -> None:
        super().__init__(learning_rate=0.0, name=name)
        self.parts, self.count = (first, second), count

    def build(self, variables: list[keras.Variable]) -> None:
        """Create the variables of both."""
        if not self.built:
            for part, own in zip(self.parts, self._split(variables), strict=True):
                part.build(own)
            super().build(variables)

    @property
    def variables(self) -> list[keras.Variable]:
        """The variables of this optimizer (its count of steps), then of both parts."""
        return [*self._variables, *(variable for part in self.parts for variable in part.variables)]

    def apply(self, grads: list[Tensor], trainable_variables: list[keras.Variable] | None = None) -> None:
        """Make one step of both."""
        if trainable_variables is None:
            trainable_variables = self._trainable_variables
        self.build(trainable_variables)
        for part, own, moved in zip(self.parts, self._split(grads), self._split(trainable_variables), strict=True):
            part.apply(own, moved)
        self.iterations.assign_add(1)

    def finalize_variable_values(self, var_list: list[keras.Variable]) -> None:
        """Let both replace the weights by their moving averages, where they have some."""
        for part, own in zip(self.parts, self._split(var_list), strict=True):
            part.finalize_variable_values(own)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        first, second = map(keras.saving.serialize_keras_object, self.parts)
        return {"first": first, "second": second, "count": self.count, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> TwoOptimizers:
        """Build one from what ``get_config`` returned."""
        parts = {name: keras.saving.deserialize_keras_object(config[name]) for name in ("first", "second")}
        return cls(**config | parts)

    def _split(self, each: Iterable[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        both = list(each)
        return both[: self.count], both[self.count :]
