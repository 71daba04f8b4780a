"""Run the trials of a study, several at a time: each is one training job, watched, pruned, and stored as a row.

Runs on: driver.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras

from sparkeras.engine import blueprint, params, training
from sparkeras.engine.blueprint import state
from sparkeras.engine.callbacks import travelling
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.logs import is_number, text
from sparkeras.errors import InvalidModelError, InvalidParamError, SetupError, SparkerasError, TrainingError
from sparkeras.spark.actions import interruptible
from sparkeras.tuning import studies
from sparkeras.tuning.goal import Goal
from sparkeras.tuning.result import row_of

if TYPE_CHECKING:
    import optuna
    from pyspark.sql import DataFrame

_MOST_FAILURES = 3


class _Pruned(SparkerasError):
    """The pruner ends a trial."""


class _Interrupted(SparkerasError):
    """The search ends while a trial runs."""


class _NoMetric(InvalidParamError):
    """No trial will have the metric."""


@dataclass
class Fitted:
    """A trained model: ``value`` of its best epoch, whose weights it has."""

    number: int
    value: float
    model: keras.Model
    history: TrainingHistory
    settings: params.Settings


class Search:
    """The trials of one call of ``tune``.

    Attributes
    ----------
    best : Fitted or None
        Of the trials that ran in this call.

    Parameters
    ----------
    study : optuna.Study
    build : callable
        From a trial to a compiled model, or to a model and a dict of this trial's own settings.
    dataset : DataFrame
    settings : dict
        Arguments of ``params.settings`` that all trials share.
    goal : Goal
    on_trial : callable
        Called with the row of each trial that ended, see ``TuningResult.rows``; never twice at once.
    """

    best: Fitted | None

    def __init__(
        self,
        study: optuna.Study,
        build: Callable[..., Any],
        dataset: DataFrame,
        settings: dict[str, Any],
        goal: Goal,
        on_trial: Callable[[dict[str, Any]], object],
    ) -> None:
        self.study, self.build, self.dataset, self.goal, self.on_trial = study, build, dataset, goal, on_trial
        self.settings, self.best, self.left = settings, None, 0
        self.lock, self.ended = threading.RLock(), threading.Event()
        # A sampler without further suggestions (of a grid) calls this; Optuna's own works only within its own loop.
        setattr(study, "stop", self._begin_no_more)  # noqa: B010 - a method, which an assignment may not replace

    def run(self, trials: int, parallelism: int) -> None:
        """Run ``trials`` more trials, ``parallelism`` at a time.

        Raises
        ------
        SparkerasError
            For an error that all trials share, and when the first trials all fail.
        """
        from pyspark import inheritable_thread_target

        self.left = trials
        pool = ThreadPoolExecutor(parallelism, thread_name_prefix="sparkeras-trial")

        def end() -> None:
            self.ended.set()  # trials at work look for it twice a second
            pool.shutdown()

        with interruptible(end):
            # Each thread its own copy of the caller's job group, tags and description.
            inherit = inheritable_thread_target(self.dataset.sparkSession)
            for each in as_completed([pool.submit(inherit(self._work)) for _ in range(min(trials, parallelism))]):
                each.result()
        pool.shutdown()

    def train(
        self,
        trial: Any,
        on_event: Callable[[dict[str, Any]], object] | None = None,
        stop: Callable[[], object] | None = None,
    ) -> Fitted:
        """Build one trial's model, train it, and return it as Fitted."""
        with blueprint.seeded(params.settings(**self.settings).seed):
            model, own = _parts(self.build(trial))
        blueprint.require_compiled(model)
        settings = params.settings(**{**self.settings, **own})
        # Trials that run at once must not share callbacks, which a training gives their state back.
        own_callbacks = travelling.opened(travelling.pack(settings.callbacks))
        settings = replace(settings, callbacks=[*own_callbacks, self._keep_best(settings.epochs)])
        result = training.run(self.dataset, model, settings, on_event=on_event, stop=stop)
        value = self._value(result.history)
        # A copy: trials may share layers, and each trial starts from the same weights.
        trained = blueprint.copy(model)
        state.set_state(trained, result.arrays, result.build_shape)
        return Fitted(trial.number, value, trained, result.history, settings)

    def _keep_best(self, epochs: int) -> keras.callbacks.Callback:
        """Return a callback that gives the model the weights of its best epoch, and stops nothing."""
        return keras.callbacks.EarlyStopping(
            monitor=self.goal.metric, mode=self.goal.mode, patience=epochs, restore_best_weights=True
        )

    def _value(self, history: TrainingHistory) -> float:
        _require_metric(self.goal, history.epochs[-1])
        best = self.goal.best(history.by_name()[self.goal.metric])
        if best is None:
            raise TrainingError(f"{self.goal.metric!r} was no number in any epoch.")
        return best

    def _work(self) -> None:
        while (trial := self._next()) is not None:
            try:
                self._run(trial)
            except BaseException:
                self.ended.set()
                raise

    def _next(self) -> optuna.Trial | None:
        with self.lock:
            if self.ended.is_set() or not self.left:
                return None
            self.left -= 1
            trial = self.study.ask()
            studies.mark(trial)
            return trial

    def _begin_no_more(self) -> None:
        with self.lock:
            self.left = 0

    def _run(self, trial: optuna.Trial) -> None:
        states = studies.optuna().trial.TrialState
        watch, began = _Watch(trial, self.goal, self.ended), time.monotonic()
        try:
            fitted = self.train(trial, watch.see, watch.stop)
        except (_Pruned, studies.optuna().TrialPruned):
            self._finish(trial, began, watch.epochs, state=states.PRUNED)
        except (_Interrupted, SetupError, _NoMetric) as error:
            studies.give_back(self.study, trial)
            if isinstance(error, _NoMetric):
                raise InvalidParamError(str(error)) from None
            if not isinstance(error, _Interrupted):
                raise
        except Exception as error:  # the user's own code builds the model
            trial.set_user_attr("error", f"{type(error).__name__}: {error}")
            self._finish(trial, began, watch.epochs, state=states.FAIL)
            self._require_success(error)
        else:
            watch.report(fitted.history.epochs)
            self._compare(fitted)
            self._finish(trial, began, len(fitted.history.epochs), values=fitted.value)

    def _compare(self, fitted: Fitted) -> None:
        with self.lock:
            if self.goal.is_better(fitted.value, self.best.value if self.best else None):
                self.best = fitted

    def _finish(self, trial: optuna.Trial, began: float, epochs: int, **outcome: Any) -> None:
        with self.lock:
            trial.set_user_attr("epochs", epochs)
            trial.set_user_attr("seconds", round(time.monotonic() - began, 2))
            self.on_trial(row_of(self.study.tell(trial, **outcome)))

    def _require_success(self, error: Exception) -> None:
        """Raise when several trials failed and none did anything else: the next ones would fail alike."""
        done = studies.finished(self.study)
        if len(done) >= _MOST_FAILURES and all(each.state.name == "FAIL" for each in done):
            raise TrainingError(f"The first {len(done)} trials all failed; the last one said: {error}") from error


def _parts(built: Any) -> tuple[keras.Model, dict[str, Any]]:
    """Return the model and the settings that a ``build`` returned."""
    if not isinstance(built, tuple):
        return built, {}
    if len(built) != 2 or not isinstance(built[1], dict):
        raise InvalidModelError("'build' must return a compiled model, or a model and a dict of this trial's settings.")
    return built


def _require_metric(goal: Goal, logs: dict[str, Any]) -> None:
    if goal.metric not in logs:
        raise _NoMetric(
            f"There is no metric {goal.metric!r}; the model's are: {', '.join(logs)}. Name one of them, or compile the "
            "model with it."
        )
    if not is_number(logs[goal.metric]):
        raise _NoMetric(
            f"The metric {goal.metric!r} is not one number per epoch: {text(logs[goal.metric])}. Compile the model "
            "with one that is, e.g. F1Score(average='macro')."
        )


class _Watch:
    """Watch one trial while it trains: report its figures to the study, and end it when the pruner does."""

    problem: SparkerasError | None

    def __init__(self, trial: optuna.Trial, goal: Goal, ended: threading.Event) -> None:
        self.trial, self.goal, self.ended = trial, goal, ended
        self.epochs, self.problem = 0, None

    def see(self, event: dict[str, Any]) -> None:
        """Handle one event of ``spark_job.progress``."""
        if event["event"] == "epoch" and self.problem is None:
            try:
                _require_metric(self.goal, event["logs"])
                self.report([event["logs"]], event["epoch"] - 1)
                if self.trial.should_prune():
                    self.problem = _Pruned("The pruner ended this trial.")
            except _NoMetric as error:
                self.problem = error
            except Exception as error:  # of the user's own pruner, or of the database
                self.problem = TrainingError(f"The pruner or the study failed: {type(error).__name__}: {error}")

    def report(self, epochs: list[dict[str, Any]], first: int = 0) -> None:
        """Report the figures of epochs that the study does not have yet."""
        for number, logs in enumerate(epochs, first):
            value = logs.get(self.goal.metric)
            if number >= self.epochs and value is not None:
                self.trial.report(value, number)
        self.epochs = max(self.epochs, first + len(epochs))

    def stop(self) -> None:
        """Raise the error that ends the training early, if there is one."""
        if self.ended.is_set():
            raise _Interrupted("The search has ended.")
        if self.problem:
            raise self.problem
