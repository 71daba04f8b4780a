"""The protocols of a backend's module and of its ``Group`` of ranks.

Runs on: driver, Spark task, training process.

``jax``, ``torch`` and ``tensorflow`` inherit nothing of this: mypy checks them where ``backends`` returns them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import keras
    import numpy as np

Tensor: TypeAlias = Any  # of the backend at work: jax.Array, torch.Tensor
Structure: TypeAlias = Any  # an array or a tensor, or lists, tuples and dicts of them, as keras.tree takes it
State: TypeAlias = Any  # what a step takes beside its batch: the values of all variables on JAX, None on torch
Step: TypeAlias = Callable[..., list[Tensor]]  # takes (batch), or (state, batch) where there is a state


class Backend(Protocol):
    """The module of a backend."""

    def set_threads(self, threads: int) -> None:
        """Compute with ``threads`` threads; called once, before anything is computed."""

    def version(self) -> str:
        """Return the backend's version."""

    def fast_layers(self, model: keras.Model) -> AbstractContextManager[object]:
        """Return a context in which layers of ``model`` compute faster where they can, with the same results."""

    def join(self, address: str, host: str, rank: int, ranks: int, timeout_seconds: int) -> Group:
        """Meet the other ranks and return their Group; called once, before the backend computes anything.

        Parameters
        ----------
        address : str
            ``host:port`` where rank 0 listens.
        host : str
            This rank's own address: the only one that it listens on.
        rank, ranks : int
        timeout_seconds : int
            Longest wait for the others.

        Raises
        ------
        SetupError
            If the backend trains with one worker only.
        """


class Group(Protocol):
    """The ranks of one training.

    Every rank calls the same methods in the same order. Methods whose names end with ``_inside`` are called within a
    step, where JAX traces them; the others are called between steps.

    Attributes
    ----------
    rank, ranks : int
        This rank's number, counted from 0, and how many there are.
    equal_shapes : bool
        Whether the local batches of all ranks must have one shape, so that one compiled step serves all.
    """

    rank: int
    ranks: int
    equal_shapes: bool

    def shapes_may_differ(self, gathers: bool) -> bool:
        """Tell whether ranks may run steps of different shapes, although ``equal_shapes``; ``gathers``: of all rows."""

    def leave(self) -> None:
        """Wait for the others and part: a rank that left early would break the others' last step."""

    def sum(self, array: np.ndarray) -> np.ndarray:
        """Return the sum over the ranks of an array (n,), of the same dtype."""

    def mean_inside(self, values: list[Tensor], weight: Tensor | None) -> list[Tensor]:
        """Return the mean over the ranks of each of ``values``, by one all-reduce.

        Parameters
        ----------
        values : list of tensors or None
            Gradients; None stays None.
        weight : tensor or None
            This rank's part of the sum, a number; None for the plain mean.
        """

    def sum_inside(self, number: Tensor) -> Tensor:
        """Return the sum of a number over the ranks."""

    def gather_inside(self, rows: Tensor) -> Tensor:
        """Return the rows (n, ...) of all ranks, rank by rank: (ranks * n, ...); no gradient passes."""

    def place_inside(self) -> Tensor:
        """Return this rank's number, as a number or a tensor."""

    def distribute_steps(self, model: keras.Model, validation: bool = False) -> None:
        """Let the steps of ``model`` run over all ranks, so that the ``_inside`` methods work in them; in place.

        Parameters
        ----------
        model : keras.Model
        validation : bool
            Whether that holds for validation's steps too.
        """

    def require_no_leak(self, model: keras.Model) -> None:
        """Raise TrainingError if a step changed an optimizer and its new state is lost."""

    def state_of(self, model: keras.Model) -> State:
        """Return what a training step of ``model`` takes beside its batch; builds the optimizer."""

    def with_other_seeds(self, model: keras.Model, state: State) -> State:
        """Return a state in which layers draw other numbers."""

    def run_over_ranks(self, step: Step, state: State, batch: Structure) -> list[Tensor]:
        """Return the local result of a step that the ranks run together, each with its batch."""

    def run_alone(self, step: Step, state: State, batch: Structure) -> list[Tensor]:
        """Return the result of a step that this rank runs by itself."""
