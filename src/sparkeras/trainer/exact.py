"""Several ranks give the update that one worker would give for the same rows: gradients, losses and metrics of a step.

Runs on: workers (training process). Imports: Keras (a door), ``blueprint``, ``hooks``, ``row_counting``, ``errors``.

Each rank computes the same number of rows, some of them padding. Plain Keras would divide by all of them. So the rows
of a step come with three numbers each, packed as one array of row weights (``pack_weights``): the weight for the loss,
scaled so that the plain mean of the ranks' gradients is the global batch's; 1 for a real row and 0 for padding; and the
rank's share of the step's real rows, by which losses are averaged.
"""

import collections
import contextlib
import functools

import keras
import numpy as np
from keras import ops

from sparkeras.blueprint.labels import loss_reductions
from sparkeras.errors import InvalidModelError, TrainingError
from sparkeras.trainer.hooks import OptimizerHook, added_losses, padding_out_of_batch_statistics
from sparkeras.trainer.row_counting import look_at, loss_key, require_sums

_MEAN, _SUM, _WEIGHTED_MEAN = "sum_over_batch_size", "sum", "mean_with_sample_weight"


def reduction_of(model):
    """Return the one reduction that all losses of ``model`` use; a mean where it has none compiled.

    Raises
    ------
    InvalidModelError
        If losses differ in it, or it is none that several workers can reproduce.
    """
    found = set(loss_reductions(model))
    if len(found) > 1 or not found <= {_MEAN, _SUM, _WEIGHTED_MEAN}:
        raise InvalidModelError(
            f"The model's losses use the reductions {', '.join(sorted(map(str, found)))}; several workers need one of "
            f"{_MEAN!r}, {_SUM!r} or {_WEIGHTED_MEAN!r} for all. Compile with that, or set num_workers=1."
        )
    return found.pop() if found else _MEAN


def pack_weights(weights, width, real_rows, ranks, reduction):
    """Return the row weights of one local batch as one array (width, 3).

    Parameters
    ----------
    weights : (n,) array
        The user's weights (1 without) of this rank's n real rows.
    width : int
        Rows of the local batch with its padding.
    real_rows : int
        Real rows of the whole step, over all ranks.
    ranks : int
    reduction : str
        Of the losses. Keras divides a mean by all ``width`` rows of the local batch, so that weights times
        ``ranks * width / real_rows`` make the mean over the ranks divide by the real ones.
    """
    scale = {_MEAN: ranks * width / real_rows, _SUM: float(ranks), _WEIGHTED_MEAN: 1.0}[reduction]
    packed = np.zeros((width, 3), np.float32)
    packed[: len(weights), 0] = np.asarray(weights, np.float32) * np.float32(scale)
    packed[: len(weights), 1] = 1
    packed[:, 2] = real_rows / ranks
    return packed


class ExactSteps(keras.callbacks.Callback):
    """Make the training steps of a model exact over a group of ranks; give it to ``fit`` as its first callback.

    Parameters
    ----------
    group : backends' Group
    reduction : str
    """

    def __init__(self, group, reduction):
        super().__init__()
        self.group, self.reduction = group, reduction
        self.scale = None  # of the step at work: weights for the loss, 1 or 0 per row, share; None outside
        self.takes_weights = True  # whether a step of the user's own takes row weights
        self.ignores_weights = False  # whether a loss of the user's own gets them for nothing
        self.sums = frozenset()  # added losses that are no means over the rows
        self.places = collections.Counter()  # of the losses added so far in the step at work
        self.hooked = 0
        self.installed = contextlib.ExitStack()

    def prepare(self, model, batches):
        """Wrap the model's step and Keras' optimizers; before ``fit`` builds its functions.

        Parameters
        ----------
        model : keras.Model
        batches : RankBatches
            To train on. Their padding is taken away from a model that would count it, where the backend allows.
        """
        counting = look_at(model, batches[0])
        require_sums(model, batches[0])
        self.ignores_weights, self.sums = counting.ignores_weights, counting.sums
        if counting.at_all and self.group.shapes_may_differ:
            batches.even_shapes = False
        _fold_rank_into_seeds(model, self.group.rank)
        self._wrap_step(model)
        self.installed.enter_context(OptimizerHook(functools.partial(self._mean, model)))
        self.installed.enter_context(added_losses(self._added))
        if batches.pads:
            real_rows = padding_out_of_batch_statistics(lambda: None if self.scale is None else self.scale[:, 1])
            self.installed.enter_context(real_rows)
        self.group.spread(model)

    def on_train_begin(self, logs=None):
        # Compiled metrics exist from here on: fit has looked at the first batch.
        for metric in self.model.metrics:
            # Keras shows all compiled metrics as one, which holds them.
            for each in getattr(metric, "metrics", [metric]):
                self._wrap_metric(each)

    def on_train_end(self, logs=None):
        self.installed.close()

    def on_test_begin(self, logs=None):
        self._require_hook()

    def on_epoch_end(self, epoch, logs=None):
        self._require_hook()

    def _require_hook(self):
        # Not after the first batch: a callback with a hook per batch makes Keras wait for each step's metrics.
        if not self.hooked:
            raise TrainingError(
                "The training step never called a Keras optimizer's apply, where several workers meet. Call "
                "self.optimizer.apply in train_step, or set num_workers=1."
            )
        self.group.require_no_leak(self.model)

    def _wrap_step(self, model):
        step = model.train_step
        own = type(model).train_step is not keras.Model.train_step

        def train_step(*state_and_data):
            *state, data = state_and_data
            x, y, packed = keras.utils.unpack_x_y_sample_weight(data)
            with self._inside(packed):
                if self.takes_weights and not (own and y is None):
                    try:
                        return step(*state, (x, y, packed[:, 0]))
                    except ValueError as error:
                        if not own or "unpack" not in str(error):
                            raise
                self.takes_weights, self.places = False, collections.Counter()
                return step(*state, (x,) if y is None else (x, y))

        model.train_step = train_step

    @contextlib.contextmanager
    def _inside(self, packed):
        self.scale, self.places = packed, collections.Counter()
        try:
            yield
        finally:
            self.scale = None

    def _mean(self, model, optimizer, grads):
        if self.scale is None:
            if optimizer is not model.optimizer:
                return None  # a callback's own business
            raise TrainingError("An optimizer was applied outside of train_step; several workers cannot follow that.")
        self.hooked += 1
        return self.group.mean_inside(grads, self._share())

    @property
    def _by_rows(self):
        """Whether no row weight reaches the loss, so that gradients count by each rank's rows."""
        return self.ignores_weights or not self.takes_weights

    def _row_share(self):
        """Return this rank's part of the step's rows."""
        return ops.sum(self.scale[:, 1]) / (self.scale[0, 2] * self.group.ranks)

    def _share(self):
        """Return this rank's share in a mean over the ranks, None where all count alike."""
        if self._by_rows:
            return self._row_share()
        if self.reduction != _WEIGHTED_MEAN:
            return None
        own = ops.sum(self.scale[:, 0])
        return own / self.group.sum_inside(own)

    def _added(self, layer, loss):
        """Weight a loss that a layer adds, so that the gradients' mean over the ranks has it as of all rows."""
        if self.scale is None:
            return loss
        share = self._share()
        share = 1 / self.group.ranks if share is None else share
        is_sum = loss_key(layer, self.places) in self.sums
        part = ops.divide_no_nan(1.0 if is_sum else self._row_share(), share)
        return loss * ops.cast(part, loss.dtype)

    def _wrap_metric(self, metric):
        """Keep padding out of a metric, and scaled weights too, while a step is at work."""
        update = metric.update_state
        reduces = isinstance(metric, keras.metrics.Mean | keras.metrics.Sum)
        takes_values = reduces and not isinstance(metric, keras.metrics.MeanMetricWrapper)

        def update_values(values, sample_weight=None):
            # Keras gives a loss the number of rows in its batch, padding included; no user gives a plain number.
            by_rows = isinstance(sample_weight, int)
            if self.scale is not None and (by_rows or (sample_weight is None and self._by_rows)):
                share = self._share()
                parts = 1 if share is None else share * self.group.ranks
                sample_weight = self.scale[0, 2] * parts if by_rows else parts
            return update(values, sample_weight=sample_weight)

        def update_pair(y_true, y_pred, sample_weight=None):
            if self.scale is not None and ops.shape(y_true)[0] == ops.shape(self.scale)[0]:
                real = self.scale[:, 1]
                sample_weight = real if sample_weight is None else real * sample_weight / self._loss_scale()
            return update(y_true, y_pred, sample_weight=sample_weight)

        metric.update_state = update_values if takes_values else update_pair

    def _loss_scale(self):
        """Return by what ``pack_weights`` multiplied the user's weights."""
        if self.reduction == _MEAN:
            return ops.shape(self.scale)[0] / self.scale[0, 2]
        return float(self.group.ranks) if self.reduction == _SUM else 1.0


def _fold_rank_into_seeds(model, rank):
    """Give each rank its own dropout: the same mask on every rank would drop the same units of all local batches."""
    for variable in model.non_trainable_variables:
        if variable.path.endswith("seed_generator_state"):
            seed = keras.ops.convert_to_numpy(variable.value).copy()
            # JAX keeps 32 bits of a seed, torch 31.
            seed[0] = (int(seed[0]) + rank * 0x9E3779B1) % (int(np.iinfo(seed.dtype).max) + 1)
            variable.assign(seed)
