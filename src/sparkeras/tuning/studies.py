"""Open an Optuna study: a new one, or one that an earlier call began and that goes on.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import os
import socket
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sparkeras.errors import InvalidParamError, SetupError
from sparkeras.tuning.goal import Goal

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

_METRIC, _DRIVER, _INTERRUPTED = "sparkeras:metric", "sparkeras:driver", "sparkeras:interrupted"


def optuna() -> Any:
    """Return the module; SetupError with the command that installs it if it is missing."""
    try:
        with warnings.catch_warnings():  # it imports tqdm, which looks for a notebook's widgets
            warnings.filterwarnings("ignore", "IProgress not found")
            import optuna as module
    except ImportError as error:
        raise SetupError("sparkeras.tune searches with Optuna, which is not installed: pip install optuna.") from error
    return module


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence Optuna's own log lines: ``tune`` prints a line per trial itself."""
    logging = optuna().logging
    before = logging.get_verbosity()
    logging.set_verbosity(logging.WARNING)
    try:
        yield
    finally:
        logging.set_verbosity(before)


def opened(storage: Any, name: str, goal: Goal, sampler: Any, pruner: Any, seed: int) -> Study:
    """Return the study ``name`` of ``storage``, a new one or an earlier one that goes on.

    Parameters
    ----------
    storage : str, optuna.storages.BaseStorage or None
        URL of a database, or path of an SQLite file; None keeps the study in memory.
    name : str
    goal : Goal
    sampler, pruner
        Optuna's, or None.
    seed : int

    Raises
    ------
    InvalidParamError
        If the stored study has another goal, or the storage cannot be opened.
    """
    module, url = optuna(), storage
    _require_kinds(module, storage, sampler, pruner)
    if isinstance(storage, str | os.PathLike) and "://" not in str(storage):
        url = f"sqlite:///{os.path.abspath(os.path.expanduser(storage))}"
    try:
        study = module.create_study(storage=url, study_name=name, direction=goal.direction, load_if_exists=True)
    except Exception as error:  # of whatever database it is
        raise InvalidParamError(
            f"The storage {storage!r} cannot be opened: {str(error).splitlines()[0]}. Give the path of an SQLite file, "
            "or a database's URL."
        ) from error
    _require_goal(study, goal, f"{name!r} of {storage!r}")
    study.set_user_attr(_METRIC, goal.metric)
    # A sampler with the seed of the first call would suggest the same parameters once more.
    study.sampler = sampler or module.samplers.TPESampler(seed=seed + len(study.trials))
    study.pruner = pruner or module.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1)
    _end_abandoned(study)
    return study


def _require_kinds(module: Any, storage: Any, sampler: Any, pruner: Any) -> None:
    for name, value, kinds, expected in (
        ("storage", storage, (str, os.PathLike, module.storages.BaseStorage), "the path of an SQLite file or a URL"),
        ("sampler", sampler, module.samplers.BaseSampler, "an optuna.samplers.BaseSampler"),
        ("pruner", pruner, module.pruners.BasePruner, "an optuna.pruners.BasePruner"),
    ):
        if value is not None and not isinstance(value, kinds):
            raise InvalidParamError(f"{name!r} must be {expected}; got {value!r}.")


def _require_goal(study: Study, goal: Goal, name: str) -> None:
    begun_for = study.user_attrs.get(_METRIC, goal.metric)
    directions = [each.name.lower() for each in study.directions]
    if begun_for != goal.metric or directions != [goal.direction]:
        raise InvalidParamError(
            f"The study {name} was begun to {' and '.join(directions)} {begun_for!r}, not to {goal.direction} "
            f"{goal.metric!r}. Give this search another name: study=..."
        )


def mark(trial: Trial) -> None:
    """Record which process runs ``trial``, so that a later call can tell whether it still does."""
    trial.set_user_attr(_DRIVER, [socket.gethostname(), os.getpid()])


def give_back(study: Study, trial: Trial) -> None:
    """End an interrupted trial; its parameters come first when the study goes on."""
    trial.set_user_attr(_INTERRUPTED, True)
    study.tell(trial, state=optuna().trial.TrialState.FAIL)
    study.enqueue_trial(trial.params)


def finished(study: Study) -> list[FrozenTrial]:
    """Return the trials that were not interrupted: complete, pruned, or failed."""
    return [trial for trial in study.trials if trial.state.is_finished() and _INTERRUPTED not in trial.user_attrs]


def _end_abandoned(study: Study) -> None:
    """Give back the trials of drivers of this machine that are gone."""
    states = optuna().trial.TrialState
    for frozen in study.get_trials(states=(states.RUNNING,)):
        host, pid = frozen.user_attrs.get(_DRIVER, (None, None))
        if host == socket.gethostname() and not _is_running(pid):
            give_back(study, optuna().trial.Trial(study, frozen._trial_id))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
