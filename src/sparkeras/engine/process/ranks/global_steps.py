"""Several ranks give the update that one worker would give for the same rows: gradients, losses and metrics of a step.

Runs on: training process.

Each rank computes the same number of rows, some of them padding. Plain Keras would divide by its own rows. So compiled
losses return their part of the loss of all rows, metrics count real rows once, and the gradients' mean over the ranks
is that of the global batch. If a custom ``train_step`` computes a loss without Keras' losses, gradients are averaged
weighted by each rank's number of rows, as for a mean over rows.
"""

from __future__ import annotations

import collections
import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from sparkeras.engine.blueprint.models import metrics_of
from sparkeras.engine.internals import keras_internals
from sparkeras.engine.process.batches import RankBatches
from sparkeras.engine.process.ranks import global_metrics
from sparkeras.engine.process.ranks.analysis import analyze
from sparkeras.engine.process.ranks.global_losses import GlobalLoss
from sparkeras.engine.process.ranks.gradient_check import ReachedOptimizer, compare_with_one_worker
from sparkeras.engine.process.ranks.hooks import OptimizerHook, added_losses, padding_out_of_batch_statistics
from sparkeras.engine.process.ranks.row_dependence import look_at, loss_key
from sparkeras.engine.process.ranks.state_check import kept_states
from sparkeras.engine.process.ranks.step_rows import StepRows
from sparkeras.errors import TrainingError

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Group, Structure, Tensor
    from sparkeras.engine.process.batches import ShardBatches
    from sparkeras.engine.process.ranks.analysis import Analysis

_NOT_EVEN = (
    "The model counts the rows of a batch by itself (in a train_step or test_step of its own, or in a loss that a "
    "layer adds), and a loss or metric of it needs the rows of all workers. JAX does both at once only for batches "
    "that divide by the workers. Leave rows out until rows and batch_size divide by num_workers, or set num_workers=1."
)


class GlobalSteps(keras.callbacks.Callback):
    """Make a model's steps over a group of ranks equal to one worker's; give it to ``fit`` as its first callback.

    Parameters
    ----------
    group : backends' Group
    check : bool
        Whether the first step's gradients are compared with those of one worker.

    Attributes
    ----------
    rows : StepRows or None
        Of the step at work; None outside, and where a function has the rows of all ranks already.
    loss_is_partial : bool
        Whether a loss of the step at work is this rank's part of the loss of all rows.
    pads : bool
        Whether some local batch has padding.
    weighted : bool
        Whether the user's rows have weights.
    """

    analysis: Analysis
    weighted: bool

    def __init__(self, group: Group, check: bool = True) -> None:
        super().__init__()
        self.group, self.check, self.stops_at_optimizer = group, check, False
        self.rows: StepRows | None = None
        self.loss_is_partial, self.pads = False, False
        self.sums: frozenset[tuple[int, int]] = frozenset()  # added losses that are not means over the rows
        self.places: collections.Counter[int] = collections.Counter()  # of the losses added so far in the step at work
        self.hooked = 0
        self.installed = contextlib.ExitStack()

    def prepare(
        self, model: keras.Model, batches: RankBatches, hold_out: Callable[..., ShardBatches | None]
    ) -> ShardBatches | None:
        """Wrap the model's steps and Keras' optimizers; before ``fit`` builds its functions.

        Parameters
        ----------
        model : keras.Model
        batches : RankBatches
            To train on. Their padding is taken away from a model that would count it, where the backend allows.
        hold_out : callable
            Returns the batches to validate with, by ``common_batches``; None for none.

        Returns
        -------
        ShardBatches, RankBatches or None
            To validate with.
        """
        held_out = self._look_at(model, batches, hold_out)
        self._replace_losses(model)
        _fold_rank_into_seeds(model, self.group.rank)
        plain_step = model.train_step
        self._wrap_step(model, "train_step", batches.weighted)
        if isinstance(held_out, RankBatches):
            self._wrap_step(model, "test_step", held_out.weighted)
        self._install(model, batches.pads)
        if self.check and model.trainable_variables:
            compare_with_one_worker(model, plain_step, batches[0], self)
        self.group.distribute_steps(model, validation=isinstance(held_out, RankBatches))
        return held_out

    def _look_at(
        self, model: keras.Model, batches: RankBatches, hold_out: Callable[..., ShardBatches | None]
    ) -> ShardBatches | None:
        """Analyze losses and metrics, choose the shapes of batches, and return the validation batches."""
        with kept_states((), keras.tree.flatten(getattr(model, "loss", None))):
            counting = look_at(model, *batches.first_rows(2))
            self.analysis = analyze(model, batches.first_rows(3), self.group)
        self.sums = counting.sums
        if counting.at_all:
            self._require_no_padding(batches)
        held_out = hold_out(common_batches=self.analysis.common_batches)
        if isinstance(held_out, RankBatches) and (counting.at_all or self.analysis.own_test):
            self._require_no_padding(held_out)
        self.weighted = batches.weighted
        for each in (batches, held_out):
            if isinstance(each, RankBatches):
                each.gathers = self.analysis.gathers
                self.pads = self.pads or each.pads
        return held_out

    def _require_no_padding(self, batches: RankBatches) -> None:
        """Leave padding out of batches whose rows the model counts by itself; refuse it where it must be there."""
        if self.group.shapes_may_differ(self.analysis.gathers):
            batches.equal_shapes = False
        elif batches.pads:
            raise TrainingError(_NOT_EVEN)

    def _install(self, model: keras.Model, pads: bool) -> None:
        """Wrap methods of Keras' classes until training ends."""
        self.installed.enter_context(OptimizerHook(functools.partial(self._mean, model)))
        self.installed.enter_context(added_losses(self._added))
        if pads:
            self.installed.enter_context(padding_out_of_batch_statistics(model, self._real_rows))

    def _real_rows(self) -> Tensor | None:
        return None if self.rows is None else self.rows.real

    def same_on_all(self, metric: keras.Metric) -> bool:
        """Tell whether a metric's state is the same on all ranks, as each has seen all rows."""
        return self.analysis.gathers_for(metric)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        # Compiled metrics exist from here on: fit has looked at the first batch.
        for metric in metrics_of(self.model):
            global_metrics.count_over_ranks(metric, self, self.analysis.gathers_for(metric))

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.installed.close()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._require_hook()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._require_hook()

    def _require_hook(self) -> None:
        # Not after the first batch: a callback with a hook per batch makes Keras wait for each step's metrics.
        if not self.hooked and self.model.trainable_variables:
            raise TrainingError(
                "The training step never called a Keras optimizer's apply, where several workers meet. Call "
                "self.optimizer.apply in train_step, or set num_workers=1."
            )
        self.group.require_no_leak(self.model)

    def _replace_losses(self, model: keras.Model) -> None:
        """Replace the compiled losses, or a ``compute_loss`` of the user's own, by global ones."""
        if self.analysis.own_loss:
            model.compute_loss = self._of_all_rows(model.compute_loss)
        flat = zip(keras_internals.flat_losses(model), self.analysis.losses, strict=True)
        replaced = [each._replace(loss=GlobalLoss(each.loss, gathers, self)) for each, gathers in flat]
        keras_internals.replace_losses(model, replaced)

    def _of_all_rows(self, compute_loss: Callable[..., Tensor]) -> Callable[..., Tensor]:
        """Let a ``compute_loss`` of the user's own see the rows of all ranks, as in plain Keras."""

        def compute(
            x: Structure = None,
            y: Structure = None,
            y_pred: Structure = None,
            sample_weight: Structure = None,
            **named: Any,
        ) -> Tensor:
            rows = self.rows
            if rows is None:
                return compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **named)
            x, y, sample_weight = rows.of_all((x, y, sample_weight))
            y_pred = rows.of_all(y_pred, with_gradient=True)
            self.loss_is_partial, self.rows = True, None
            try:
                return compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **named)
            finally:
                self.rows = rows

        return compute

    def _wrap_step(self, model: keras.Model, name: str, weighted: bool) -> None:
        """Let a step take its batch as in plain Keras: with row weights only where the user has some."""
        step = getattr(model, name)

        def wrapped(*state_and_data: Any) -> Any:
            *state, (x, y, packed) = state_and_data
            rows = StepRows.of(self.group, packed)
            data = (x,) if y is None else (x, y, rows.weights) if weighted else (x, y)
            with self._inside(rows):
                return step(*state, data)

        setattr(model, name, wrapped)

    @contextlib.contextmanager
    def _inside(self, rows: StepRows) -> Iterator[None]:
        self.rows, self.loss_is_partial, self.places = rows, False, collections.Counter()
        try:
            yield
        finally:
            self.rows = None

    @contextlib.contextmanager
    def stopping_at_optimizer(self) -> Iterator[None]:
        """Let steps end at their optimizer, with ``gradient_check.ReachedOptimizer``."""
        self.stops_at_optimizer = True
        try:
            yield
        finally:
            self.stops_at_optimizer = False

    def _mean(
        self, model: keras.Model, optimizer: keras.Optimizer, grads: list[Tensor | None]
    ) -> list[Tensor | None] | None:
        mean = self._mean_of_rows(model, optimizer, grads)
        if self.stops_at_optimizer:
            raise ReachedOptimizer(mean or [])
        return mean

    def _mean_of_rows(
        self, model: keras.Model, optimizer: keras.Optimizer, grads: list[Tensor | None]
    ) -> list[Tensor | None] | None:
        if self.rows is None and self.stops_at_optimizer:
            return grads
        if self.rows is None:
            if optimizer is not model.optimizer:
                return None  # a callback's own business
            raise TrainingError("An optimizer was applied outside of train_step; several workers cannot follow that.")
        self.hooked += not self.stops_at_optimizer
        return self.group.mean_inside(grads, None if self.loss_is_partial else self.rows.share())

    def _added(self, layer: keras.Layer, loss: Tensor) -> Tensor:
        """Weight a loss that a layer adds, so that in the gradients' mean over the ranks it is the loss of all rows."""
        if self.rows is None:
            return loss
        share = 1 / self.rows.ranks if self.analysis.partial_losses else self.rows.share()
        is_sum = loss_key(layer, self.places) in self.sums
        part = ops.divide_no_nan(1.0 if is_sum else self.rows.share(), share)
        return loss * ops.cast(part, loss.dtype)


def _fold_rank_into_seeds(model: keras.Model, rank: int) -> None:
    """Give each rank its own dropout: the same mask on every rank would drop the same units of all local batches."""
    for variable in model.non_trainable_variables:
        if variable.path.endswith("seed_generator_state"):
            seed = keras.ops.convert_to_numpy(variable.value).copy()
            # JAX keeps 32 bits of a seed, torch 31.
            seed[0] = (int(seed[0]) + rank * 0x9E3779B1) % (int(np.iinfo(seed.dtype).max) + 1)
            variable.assign(seed)
