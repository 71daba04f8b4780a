"""Search for the settings and the architecture of a model: ``tune``.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sparkeras.datasets.as_dataframe import as_dataframe
from sparkeras.engine import columns, params, tracking
from sparkeras.engine.columns.named import columns_of_training
from sparkeras.engine.params import limits
from sparkeras.engine.preflight import planning
from sparkeras.engine.progress_bar import is_wanted
from sparkeras.errors import InvalidParamError, TrainingError
from sparkeras.spark import session
from sparkeras.spark.names import quoted
from sparkeras.tuning import studies
from sparkeras.tuning.goal import Goal
from sparkeras.tuning.result import TuningResult
from sparkeras.tuning.search import Fitted, Search
from sparkeras.tuning.trial_lines import TrialLines

if TYPE_CHECKING:
    import optuna
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["TuningResult", "tune"]


def tune(
    build: Callable[..., Any],
    df: Any,
    y: Any = None,
    *,
    trials: int = 20,
    metric: str = "val_loss",
    direction: str | None = None,
    parallelism: int | str = "auto",
    storage: str | None = None,
    study: str = "sparkeras",
    sampler: Any = None,
    pruner: Any = None,
    verbose: bool | int | str | None = None,
    **settings: Any,
) -> TuningResult:
    """Search with Optuna for the best hyperparameters: many small models side by side, or one large one per trial.

    Parameters
    ----------
    build : callable
        Takes an ``optuna.Trial``, asks it for values (``trial.suggest_float("rate", 1e-4, 1e-1, log=True)``), and
        returns a compiled model; or a model and a dict of this trial's own settings, e.g. ``{"batch_size": 64}``.
    df, y
        As in ``fit``. Its columns are kept in Spark's memory while the search runs.
    trials : int
        That the study has in the end, those of earlier calls included.
    metric : str
        Of Keras' history; a trial's value is that of its best epoch, and the best model has that epoch's weights.
    direction : str, optional
        ``"minimize"`` or ``"maximize"``; by default by the metric's name.
    parallelism : int or "auto"
        Trials at a time. ``"auto"``: as many as Spark's task slots have room for; 1 where Spark does not tell, as
        through Connect. A local master's cores are divided among them.
    storage : str, optional
        Path of an SQLite file, or a database's URL: the same call goes on from there after it was interrupted.
    study : str
        Its name in the storage.
    sampler, pruner : optuna.samplers.BaseSampler, optuna.pruners.BasePruner, optional
        By default TPE with the seed, and the median pruner, which ends trials that are worse than half of the others
        at the same epoch. (Nothing is pruned through Connect, where figures come at the end.)
    verbose : bool, optional
        Show a line per trial; by default where a person looks on, as in ``fit``.
    **settings
        Those of ``fit``: ``features``, ``label``, ``epochs``, ``batch_size``, ``validation``, ``num_workers``, ...

    Returns
    -------
    TuningResult

    Raises
    ------
    SetupError
        If Optuna is not installed, or Spark cannot run a trial.
    InvalidParamError
        For a setting out of its limits, at once.
    TrainingError
        If the first three trials, or all, failed. A trial that fails later is a row of the result.
    """
    studies.optuna()
    checked = params.settings(**settings)
    goal = Goal.of(metric, direction, checked.validation)
    trials = limits.whole("trials", trials, low=1)
    if parallelism != "auto":
        parallelism = limits.whole("parallelism", parallelism, low=1)
    if not callable(build):
        raise InvalidParamError(f"'build' must be a function of a trial that makes a compiled model; got {build!r}.")
    if checked.checkpoint_dir:
        raise InvalidParamError("Trials keep no checkpoints (checkpoint_dir); give storage=... to go on after a break.")
    shown = is_wanted(verbose)
    dataset = as_dataframe(df, y, checked)
    parallelism, threads = _shares(dataset.sparkSession, checked, parallelism)
    with studies.quiet(), _cached(dataset, checked) as rows:
        opened = studies.opened(storage, study, goal, sampler, pruner, checked.seed)
        done = len(studies.finished(opened))
        listeners: list[Callable[[dict[str, Any]], None]] = [TrialLines(trials, metric, done)] if shown else []
        run = tracking.active_run()
        listeners += [functools.partial(tracking.log_trial, run, metric)] if run else []
        shared = {**settings, "threads_per_worker": threads}
        search = Search(opened, build, rows, shared, goal, lambda row: [each(row) for each in listeners])
        if trials > done:
            search.run(trials - done, parallelism)
        best = _best(search, opened)
    tracking.log_training(best.model, best.history, best.settings)
    return TuningResult(opened, studies.finished(opened), goal, best)


def _shares(spark: SparkSession, checked: params.Settings, parallelism: int | str) -> tuple[int, int]:
    """Return how many trials run at a time, and the threads of each of their workers."""
    workers = planning.number_of_workers(spark, checked)
    if parallelism == "auto":
        parallelism = max(1, (session.slots(spark) or 1) // workers)
    parallelism = int(parallelism)
    return parallelism, planning.threads_per_worker(spark, checked, workers, parallelism)


@contextlib.contextmanager
def _cached(dataset: DataFrame, checked: params.Settings) -> Iterator[DataFrame]:
    """Yield the columns of ``dataset`` that training needs, which Spark caches after they were first read."""
    names = columns_of_training(checked.features, checked.label, checked.weight, checked.validation_column)
    for name in names:
        columns.require_column(dataset.columns, name)
    rows = dataset.select(*(quoted(name) for name in names)).persist()
    try:
        yield rows
    finally:
        with contextlib.suppress(Exception):  # Spark itself may have gone
            rows.unpersist()


def _best(search: Search, study: optuna.Study) -> Fitted:
    """Return the best model as Fitted: of this call, or trained again with the parameters of an earlier one."""
    try:
        best = study.best_trial
    except ValueError:
        raise TrainingError(_without_any(studies.finished(study))) from None
    if search.best and search.best.value == best.value:
        return search.best
    return search.train(studies.optuna().trial.FixedTrial(best.params, best.number))


def _without_any(trials: list[optuna.trial.FrozenTrial]) -> str:
    """Return the message for a study without a completed trial."""
    states = [trial.state.name for trial in trials]
    pruned, failed = states.count("PRUNED"), states.count("FAIL")
    errors = [trial.user_attrs["error"] for trial in trials if "error" in trial.user_attrs]
    last = f" The last that failed said: {errors[-1]}" if errors else ""
    return (
        f"No trial was completed: {pruned} pruned, {failed} failed. To go on, ask for more trials, or begin another "
        f"study (study=...).{last}"
    )
