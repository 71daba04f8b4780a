"""What the ranks of a training agree on at the end of each epoch: metrics, moving statistics, and whether to stop.

Runs on: training process.
"""

import keras
import numpy as np

from sparkeras.engine import logs
from sparkeras.engine.blueprint.models import metrics_of
from sparkeras.errors import TrainingError

_SAME = 1e-5  # of a number: what the mean over ranks that agree may differ from it by rounding
_DRIFT = 1e-3  # of the sum of all absolute weights; rounding stays below by far


class ReducedEpochs(keras.callbacks.Callback):
    """Put the figures of all ranks into the logs before other callbacks see them; ``fit``'s second callback.

    Metrics are sums (count and total, confusion counts, ...), so their variables add up over the ranks; those that saw
    the rows of all ranks are the same on each. Moving
    statistics, e.g. of batch normalisation, become the mean of the ranks', before validation uses them.

    Parameters
    ----------
    group : backends' Group
    identical : callable
        (metric) to whether its state is the same on all ranks.
    counts : bool
        Whether this rank's validation counts; a rank without rows computes a batch that does not.
    """

    def __init__(self, group, identical, counts):
        super().__init__()
        self.group, self.identical, self.counts = group, identical, counts
        self.training, self.mine = None, {}

    def on_epoch_begin(self, epoch, logs=None):
        self.training = None

    def on_test_begin(self, logs=None):
        self.mine = self._mine()
        self.training = self._reduce_training()

    def _mine(self):
        """Return this rank's own figures, before they are reduced."""
        return logs.plain(_flattened(self.model.get_metrics_result()))

    def _kept_by_no_metric(self, given):
        """Return the names of figures that a step of the user's own returns, and no metric keeps.

        Parameters
        ----------
        given : dict
            Keras' logs: the metrics' results, or what the last step returned where that has other names.

        Raises
        ------
        TrainingError
            If the ranks differ in one.
        """
        names = sorted(given)
        loose = [name for name in names if not _same(given[name], self.mine.get(name))]
        values = np.zeros((self.group.ranks, len(names)), np.float32)
        values[self.group.rank] = [_size(given[name]) for name in names]
        values = self.group.sum(values.ravel()).reshape(self.group.ranks, -1)
        for place, name in enumerate(names):
            apart = np.ptp(values[:, place]) > _DRIFT * np.abs(values[:, place]).max()
            if name in loose and apart:
                raise TrainingError(
                    f"The step returns {name!r}, which no metric of the model keeps, so the workers' figures cannot be "
                    f"put together. Keep it by a metric, e.g. keras.metrics.Mean(name={name!r}), and return that "
                    "metric's result(), or set num_workers=1."
                )
        return loose

    def on_epoch_end(self, epoch, logs=None):
        validated = self.training is not None
        if not validated:
            self.mine = self._mine()
        figures = self.training if validated else self._reduce_training()
        if validated:
            self.mine |= {f"val_{name}": value for name, value in self._mine().items()}
            sums = [value * self.counts for value in self._values()]
            held_out = self._result(self.group.sum(_flat(sums)))
            figures = figures | {f"val_{name}": value for name, value in held_out.items()}
        self._require_same_weights()
        loose = self._kept_by_no_metric(logs)
        logs.update((name, value) for name, value in figures.items() if name in logs and name not in loose)

    def _require_same_weights(self):
        """Raise TrainingError if the ranks' weights have parted: something changed them past the all-reduce."""
        weights = [_numpy(variable).astype(np.float64) for variable in self.model.trainable_variables]
        found = np.zeros((self.group.ranks, 2), np.float32)
        found[self.group.rank] = sum(w.sum() for w in weights), sum(np.abs(w).sum() for w in weights)
        found = self.group.sum(found.ravel()).reshape(-1, 2)
        if np.ptp(found[:, 0]) > _DRIFT * found[:, 1].max():
            raise TrainingError(
                "The workers' weights have parted: a callback or train_step changes them otherwise on each. Let a "
                "Keras optimizer make every change, or make the same one on all, or set num_workers=1."
            )

    def _reduce_training(self):
        """Reduce metrics and moving statistics in one all-reduce; return the training's figures."""
        values, moving = self._values(), self._moving()
        flat = _flat([*values, *(_numpy(variable) / self.group.ranks for variable in moving)])
        reduced = self.group.sum(flat)
        count = sum(value.size for value in values)
        first = count
        parted = np.zeros(len(moving), np.int32)
        for place, variable in enumerate(moving):
            size = int(np.prod(variable.shape))
            own, mean = _numpy(variable), reduced[first : first + size].reshape(variable.shape)
            # Frozen weights are no moving statistics and stay as they are, bit for bit.
            same = np.isclose(mean, own, rtol=_SAME, atol=0)
            parted[place] = not same.all()
            variable.assign(np.where(same, own, mean))
            first += size
        self._require_means(moving, parted)
        return self._result(reduced[:count])

    def _require_means(self, moving, parted):
        """Raise TrainingError for a state that differs between the ranks and is no moving mean, as far as is known."""
        if not moving:
            return
        means = {
            id(variable)
            for layer in self.model._flatten_layers()
            if isinstance(layer, keras.layers.BatchNormalization)
            for variable in layer.non_trainable_variables
        }
        for variable, ranks in zip(moving, self.group.sum(parted), strict=True):
            if ranks and id(variable) not in means:
                raise TrainingError(
                    f"The state {variable.path!r} differs between the workers after their rows, and only the moving "
                    "statistics of BatchNormalization are known to be means of the workers'. Set num_workers=1."
                )

    def _result(self, flat):
        """Assign reduced values to the metrics and return what Keras makes of them."""
        first = 0
        for variable in self.model.metrics_variables:
            size = int(np.prod(variable.shape))
            variable.assign(flat[first : first + size].reshape(variable.shape))
            first += size
        return logs.plain(_flattened(self.model.get_metrics_result()))

    def _values(self):
        """Return what the metrics' variables add to the sum over the ranks."""
        alike = [metric for metric in metrics_of(self.model) if self.identical(metric)]
        self._require_same_metrics(alike)
        of_one = {id(variable) for metric in alike if self.group.rank for variable in metric.variables}
        return [_numpy(variable) * (id(variable) not in of_one) for variable in self.model.metrics_variables]

    def _require_same_metrics(self, alike):
        """Raise TrainingError for a metric that has not seen the rows of all ranks, though it is no sum over rows."""
        if not alike:
            return
        values = np.zeros((self.group.ranks, len(alike)), np.float32)
        values[self.group.rank] = [sum(_size(_numpy(v)) for v in metric.variables) for metric in alike]
        values = self.group.sum(values.ravel()).reshape(self.group.ranks, -1)
        for metric, sizes in zip(alike, values.T, strict=True):
            if np.ptp(sizes) > _DRIFT * sizes.max():
                raise TrainingError(
                    f"The metric {metric.name!r} was given a figure of each worker's own rows, and its class does not "
                    "say how the workers' states go together. Give it values per row, take keras.metrics.Mean or Sum, "
                    "or set num_workers=1."
                )

    def _moving(self):
        return [v for v in self.model.non_trainable_variables if keras.backend.is_float_dtype(v.dtype)]


class AgreedStop(keras.callbacks.Callback):
    """Stop on all ranks when one rank's callbacks stop; ``fit``'s last callback."""

    def __init__(self, group):
        super().__init__()
        self.group = group

    def on_epoch_end(self, epoch, logs=None):
        wishes = self.group.sum(np.array([int(bool(self.model.stop_training))], np.int32))
        self.model.stop_training = bool(wishes[0])


class AgreedAtEachStep(AgreedStop):
    """The same where a callback may stop in the middle of an epoch: ranks that part there would wait for each other."""

    def on_train_batch_end(self, batch, logs=None):
        self.on_epoch_end(batch)


def agreed_stop(group, callbacks):
    """Return the callback with which ranks stop together.

    Parameters
    ----------
    group : backends' Group
    callbacks : list of keras.callbacks.Callback
        The user's.
    """
    return (AgreedAtEachStep if any(map(_may_stop_at_a_step, callbacks)) else AgreedStop)(group)


def _may_stop_at_a_step(callback):
    hooks = [getattr(callback, name) for name in ("on_train_batch_begin", "on_train_batch_end")]
    hooks += [getattr(callback, name) for name in ("on_batch_begin", "on_batch_end")]
    own = any(not (hook.__module__ or "").startswith("keras.") for hook in hooks)
    return own or isinstance(callback, keras.callbacks.TerminateOnNaN)


def _flattened(figures):
    """Return figures with those of a metric that gives a dict among the others, as Keras logs them."""
    flat = {}
    for name, value in figures.items():
        flat |= _flattened(value) if isinstance(value, dict) else {name: value}
    return flat


def _same(value, other):
    value, other = np.asarray(value), np.asarray(np.nan if other is None else other)
    return value.shape == other.shape and np.allclose(value, other, rtol=_SAME, equal_nan=True)


def _size(value):
    """Return one finite number that stands for a figure, which may be an array."""
    return float(np.nan_to_num(np.abs(np.asarray(value, np.float64)).sum(), posinf=0.0, neginf=0.0))


def _numpy(variable):
    return keras.ops.convert_to_numpy(variable.value)


def _flat(arrays):
    return np.concatenate([np.asarray(array, np.float32).ravel() for array in arrays])
