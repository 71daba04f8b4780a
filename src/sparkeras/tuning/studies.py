"""Open an Optuna study: a new one, or one that an earlier call began and that goes on.

Runs on: driver.
"""

import contextlib
import os
import socket

from sparkeras.errors import InvalidParamError, SetupError

_METRIC, _DRIVER, _INTERRUPTED = "sparkeras:metric", "sparkeras:driver", "sparkeras:interrupted"


def optuna():
    """Return the module; SetupError with the way out where it is not installed."""
    try:
        import optuna as module
    except ImportError as error:
        raise SetupError("sparkeras.tune searches with Optuna, which is not installed: pip install optuna.") from error
    return module


@contextlib.contextmanager
def quiet():
    """Keep Optuna's own lines away: ``tune`` says what they say."""
    logging = optuna().logging
    before = logging.get_verbosity()
    logging.set_verbosity(logging.WARNING)
    try:
        yield
    finally:
        logging.set_verbosity(before)


def opened(storage, name, goal, sampler, pruner, seed):
    """Return the study ``name`` of ``storage``, begun or taken up.

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
        If the stored study looks for something else, or the storage cannot be opened.
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


def _require_kinds(module, storage, sampler, pruner):
    for name, value, kinds, words in (
        ("storage", storage, (str, os.PathLike, module.storages.BaseStorage), "the path of an SQLite file or a URL"),
        ("sampler", sampler, module.samplers.BaseSampler, "an optuna.samplers.BaseSampler"),
        ("pruner", pruner, module.pruners.BasePruner, "an optuna.pruners.BasePruner"),
    ):
        if value is not None and not isinstance(value, kinds):
            raise InvalidParamError(f"{name!r} must be {words}; got {value!r}.")


def _require_goal(study, goal, words):
    begun_for = study.user_attrs.get(_METRIC, goal.metric)
    directions = [each.name.lower() for each in study.directions]
    if begun_for != goal.metric or directions != [goal.direction]:
        raise InvalidParamError(
            f"The study {words} was begun to {' and '.join(directions)} {begun_for!r}, not to {goal.direction} "
            f"{goal.metric!r}. Give this search another name: study=..."
        )


def mark(trial):
    """Note who runs ``trial``, so that a later call can tell whether somebody still does."""
    trial.set_user_attr(_DRIVER, [socket.gethostname(), os.getpid()])


def give_back(study, trial):
    """End a trial that was broken off; its parameters come first when the study goes on."""
    trial.set_user_attr(_INTERRUPTED, True)
    study.tell(trial, state=optuna().trial.TrialState.FAIL)
    study.enqueue_trial(trial.params)


def finished(study):
    """Return the trials that came to an end of their own: complete, pruned, or failed."""
    return [trial for trial in study.trials if trial.state.is_finished() and _INTERRUPTED not in trial.user_attrs]


def _end_abandoned(study):
    """Give back the trials of drivers of this machine that are gone."""
    states = optuna().trial.TrialState
    for frozen in study.get_trials(states=(states.RUNNING,)):
        host, pid = frozen.user_attrs.get(_DRIVER, (None, None))
        if host == socket.gethostname() and not _lives(pid):
            give_back(study, optuna().trial.Trial(study, frozen._trial_id))


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
