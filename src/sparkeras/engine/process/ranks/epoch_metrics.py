"""The ranks agree at the end of each epoch: on metrics, moving statistics, and whether to stop.

Runs on: training process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from sparkeras.engine import logs
from sparkeras.engine.blueprint.models import metrics_of
from sparkeras.engine.internals import keras_internals
from sparkeras.errors import TrainingError

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Group

_SAME = 1e-5  # of a number: the rounding error of the mean over ranks that agree
_DRIFT = 1e-3  # of the sum of all absolute weights; rounding stays below by far


class MetricsOfAllRanks(keras.callbacks.Callback):
    """Put the figures of all ranks into the logs before other callbacks see them; ``fit``'s second callback.

    Metrics are sums (count and total, confusion counts, ...), so their variables add up over the ranks; those that saw
    the rows of all ranks are the same on each. Moving statistics, e.g. of batch normalisation, become the mean of the
    ranks', before validation uses them.

    Parameters
    ----------
    group : backends' Group
    same_on_all : callable
        Takes a metric; tells whether its state is the same on all ranks.
    counts : bool
        Whether this rank's validation counts; a rank without validation rows evaluates one spare row, which does not.
    """

    def __init__(self, group: Group, same_on_all: Callable[[keras.Metric], bool], counts: bool) -> None:
        super().__init__()
        self.group, self.same_on_all, self.counts = group, same_on_all, counts
        self.training: dict[str, Any] | None = None  # the reduced figures of an epoch that validates
        self.own: dict[str, Any] = {}  # this rank's figures

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.training = None

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.own = self._figures()
        self.training = self._reduce_training()

    def _figures(self) -> dict[str, Any]:
        """Return the results of the metrics as they are now."""
        figures: dict[str, Any] = logs.plain(_flattened(self.model.get_metrics_result()))
        return figures

    def _kept_by_no_metric(self, epoch_logs: dict[str, Any]) -> list[str]:
        """Return the names of values that a custom train_step returns but no metric tracks.

        Parameters
        ----------
        epoch_logs : dict
            Keras' logs: the metrics' results, or the last step's return value where that has other names.

        Raises
        ------
        TrainingError
            If the ranks differ in one.
        """
        names = sorted(epoch_logs)
        loose = [name for name in names if not _same(epoch_logs[name], self.own.get(name))]
        values = _of_each_rank(self.group, [_size(epoch_logs[name]) for name in names])
        for place, name in enumerate(names):
            apart = np.ptp(values[:, place]) > _DRIFT * np.abs(values[:, place]).max()
            if name in loose and apart:
                raise TrainingError(
                    f"The step returns {name!r}, which no metric of the model keeps, so the workers' figures cannot be "
                    f"put together. Keep it by a metric, e.g. keras.metrics.Mean(name={name!r}), and return that "
                    "metric's result(), or set num_workers=1."
                )
        return loose

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        if self.training is None:
            self.own = self._figures()
            figures = self._reduce_training()
        else:
            self.own |= {f"val_{name}": value for name, value in self._figures().items()}
            sums = [value * self.counts for value in self._values()]
            held_out = self._result(self.group.sum(_flat(sums)))
            figures = self.training | {f"val_{name}": value for name, value in held_out.items()}
        self._require_same_weights()
        loose = self._kept_by_no_metric(logs)
        logs.update((name, value) for name, value in figures.items() if name in logs and name not in loose)

    def _require_same_weights(self) -> None:
        """Raise TrainingError if the ranks' weights differ: something else than the all-reduce changed them."""
        weights = [_numpy(variable).astype(np.float64) for variable in self.model.trainable_variables]
        sums = _of_each_rank(self.group, [sum(w.sum() for w in weights), sum(np.abs(w).sum() for w in weights)])
        if np.ptp(sums[:, 0]) > _DRIFT * sums[:, 1].max():
            raise TrainingError(
                "The weights differ between workers: a callback or train_step changed them differently on each. Let a "
                "Keras optimizer make every change, or make the same one on all, or set num_workers=1."
            )

    def _reduce_training(self) -> dict[str, Any]:
        """Reduce metrics and moving statistics in one all-reduce; return the training's figures."""
        values, moving = self._values(), self._moving()
        flat = _flat([*values, *(_numpy(variable) / self.group.ranks for variable in moving)])
        reduced = self.group.sum(flat)
        count = sum(value.size for value in values)
        first = count
        differs = np.zeros(len(moving), np.int32)
        for place, variable in enumerate(moving):
            size = int(np.prod(variable.shape))
            own, mean = _numpy(variable), reduced[first : first + size].reshape(variable.shape)
            # Frozen weights are not moving statistics and stay as they are, bit for bit.
            same = np.isclose(mean, own, rtol=_SAME, atol=0)
            differs[place] = not same.all()
            variable.assign(np.where(same, own, mean))
            first += size
        self._require_means(moving, differs)
        return self._result(reduced[:count])

    def _require_means(self, moving: list[keras.Variable], differs: np.ndarray) -> None:
        """Raise TrainingError for a state that differs between the ranks and is not known to be a moving mean."""
        if not moving:
            return
        means = {
            id(variable)
            for layer in keras_internals.layers_of(self.model)
            if isinstance(layer, keras.layers.BatchNormalization)
            for variable in layer.non_trainable_variables
        }
        for variable, ranks in zip(moving, self.group.sum(differs), strict=True):
            if ranks and id(variable) not in means:
                raise TrainingError(
                    f"The state {variable.path!r} differs between the workers after their rows, and only the moving "
                    "statistics of BatchNormalization are known to be means of the workers'. Set num_workers=1."
                )

    def _result(self, flat: np.ndarray) -> dict[str, Any]:
        """Assign reduced values to the metrics and return their results."""
        first = 0
        for variable in self.model.metrics_variables:
            size = int(np.prod(variable.shape))
            variable.assign(flat[first : first + size].reshape(variable.shape))
            first += size
        return self._figures()

    def _values(self) -> list[np.ndarray]:
        """Return this rank's part of each metric variable's sum over the ranks."""
        alike = [metric for metric in metrics_of(self.model) if self.same_on_all(metric)]
        self._require_same_metrics(alike)
        of_one = {id(variable) for metric in alike if self.group.rank for variable in metric.variables}
        return [_numpy(variable) * (id(variable) not in of_one) for variable in self.model.metrics_variables]

    def _require_same_metrics(self, alike: list[keras.Metric]) -> None:
        """Raise TrainingError for a metric that is not a sum over rows and has not seen the rows of all ranks."""
        if not alike:
            return
        own = [sum(_size(_numpy(variable)) for variable in metric.variables) for metric in alike]
        values = _of_each_rank(self.group, own)
        for metric, sizes in zip(alike, values.T, strict=True):
            if np.ptp(sizes) > _DRIFT * sizes.max():
                raise TrainingError(
                    f"The metric {metric.name!r} was updated with a value computed per worker, and its class does "
                    "not define how to combine the workers' states. Give it values per row, take keras.metrics.Mean or "
                    "Sum, or set num_workers=1."
                )

    def _moving(self) -> list[keras.Variable]:
        """Return the variables that no optimizer changes and that may be moving statistics."""
        return [v for v in self.model.non_trainable_variables if keras.backend.is_float_dtype(v.dtype)]


class StopTogether(keras.callbacks.Callback):
    """Stop on all ranks when one rank's callbacks stop; ``fit``'s last callback."""

    def __init__(self, group: Group) -> None:
        super().__init__()
        self.group = group

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        stopping = self.group.sum(np.array([int(bool(self.model.stop_training))], np.int32))
        self.model.stop_training = bool(stopping[0])


class StopTogetherAtEachStep(StopTogether):
    """The same after each step, for callbacks that may stop in an epoch: ranks at different steps wait for ever."""

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.on_epoch_end(batch)


def stop_together(group: Group, callbacks: Iterable[keras.callbacks.Callback]) -> StopTogether:
    """Return the callback with which ranks stop together.

    Parameters
    ----------
    group : backends' Group
    callbacks : list of keras.callbacks.Callback
        The user's.
    """
    return (StopTogetherAtEachStep if any(map(_may_stop_at_a_step, callbacks)) else StopTogether)(group)


def _may_stop_at_a_step(callback: keras.callbacks.Callback) -> bool:
    hooks = [getattr(callback, name) for name in ("on_train_batch_begin", "on_train_batch_end")]
    hooks += [getattr(callback, name) for name in ("on_batch_begin", "on_batch_end")]
    own = any(not (hook.__module__ or "").startswith("keras.") for hook in hooks)
    return own or isinstance(callback, keras.callbacks.TerminateOnNaN)


def _of_each_rank(group: Group, numbers: Sequence[float]) -> np.ndarray:
    """Return the numbers of all ranks, (ranks, numbers) float32, where each knows its own."""
    table = np.zeros((group.ranks, len(numbers)), np.float32)
    table[group.rank] = numbers
    return group.sum(table.ravel()).reshape(group.ranks, -1)


def _flattened(figures: dict[str, Any]) -> dict[str, Any]:
    """Return figures with those of a metric that returns a dict among the others, as Keras logs them."""
    flat: dict[str, Any] = {}
    for name, value in figures.items():
        flat |= _flattened(value) if isinstance(value, dict) else {name: value}
    return flat


def _same(value: Any, other: Any) -> bool:
    value, other = np.asarray(value), np.asarray(np.nan if other is None else other)
    return value.shape == other.shape and np.allclose(value, other, rtol=_SAME, equal_nan=True)


def _size(value: Any) -> float:
    """Return the sum of a figure's absolute numbers, 0 where it is not finite."""
    return float(np.nan_to_num(np.abs(np.asarray(value, np.float64)).sum(), posinf=0.0, neginf=0.0))


def _numpy(variable: keras.Variable) -> np.ndarray:
    return keras.ops.convert_to_numpy(variable.value)


def _flat(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.asarray(array, np.float32).ravel() for array in arrays])
