"""One rank that trains many cases one after the other, as the engine does, and writes what came of each.

Run by ``crew``: ``python -m tests.conformance.runner BACKEND RANK RANKS ADDRESS FOLDER FILE_OF_NAMES``. A single rank
trains each case by plain Keras too. Imports and meeting are dear, so one process takes all cases.
"""

import contextlib
import gc
import json
import os
import pickle
import sys
import time
import traceback
from pathlib import Path

EPOCHS, SEED = 3, 7
JOB_SEED = 11  # not the model's: what did not travel, and is drawn there, is not what was drawn here
MEETING_SECONDS = 120  # longest wait for the other ranks after a case
LOST = 3  # the exit code of a rank that has lost the others
FAILED_SECONDS = 10  # and after one that failed here: they may hang for want of this rank


def plain(case):
    """Train a case by Keras' own ``fit`` and return its history and variables."""
    model, arrays = fresh(case), {"x": _alone(case.inputs())}
    names = list(case.labels())
    if names:
        labels = case.labels()
        arrays["y"] = labels if _outputs_are_named(model) else _alone(labels, list)
    history = model.fit(
        **arrays,
        sample_weight=case.weights(),
        class_weight=case.class_weight,
        batch_size=len(next(iter(case.inputs().values()))),
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        callbacks=case.callbacks() if case.callbacks else None,
    )
    return {"history": plain_values(history.history), "variables": variables_of(model)}


def ranked(case, rank, ranks, group):
    """Train a case as one rank of several, or alone, and return history and variables of the caller's model."""
    import numpy as np

    from sparkeras.engine import blueprint
    from sparkeras.engine.blueprint import byvalue, state
    from sparkeras.engine.history import TrainingHistory
    from sparkeras.engine.preflight import requirements
    from sparkeras.engine.process import keras_fit, main
    from sparkeras.engine.process.callbacks import Recorder
    from sparkeras.engine.shards import MemoryShard

    own = np.array_split(np.arange(len(next(iter(case.inputs().values())))), ranks)[rank]
    shard = MemoryShard(case.arrays(own), np.arange(len(own)))
    callers = fresh(case)
    requirements.require_known_reductions(callers, ranks)
    callbacks = byvalue.dumps(case.callbacks(), "The callbacks") if case.callbacks else b""
    job = _job(case, ranks, blueprint.pack(callers), callbacks)
    history = TrainingHistory()
    model = main._open_model(job)
    with open(os.devnull, "wb") as nothing:
        made = keras_fit.fit(job, model, shard, group, Recorder(nothing.fileno(), history), history)
    state.set_state(callers, state.open_state(made["state"]), made["build_shape"])
    return {"history": plain_values(history.by_name()), "variables": variables_of(callers)}


def _job(case, ranks, packed, callbacks):
    import keras

    from sparkeras.engine.params import Settings
    from sparkeras.engine.spark_job.job import Job

    return Job(
        mode="fit",
        blueprint=packed,
        fields=case.fields(),
        limits={},
        callbacks=callbacks,
        backend=keras.config.backend(),
        workers=ranks,
        settings=Settings(
            batch_size=len(next(iter(case.inputs().values()))),
            seed=JOB_SEED,
            epochs=EPOCHS,
            shuffle=False,
            class_weight=case.class_weight,
        ),
    )


def fresh(case):
    """Build a case's model as a new Python would: Keras counts names, and cases set policies."""
    import keras

    keras.utils.clear_session()
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(SEED)
    return case.build()


def _alone(arrays, kind=dict):
    """One array by itself, several as they are."""
    return next(iter(arrays.values())) if len(arrays) == 1 else arrays if kind is dict else list(arrays.values())


def _outputs_are_named(model):
    return isinstance(getattr(model, "_outputs_struct", None), dict) or isinstance(getattr(model, "loss", None), dict)


def plain_values(history):
    import keras

    return {name: keras.tree.map_structure(lambda v: _array(v).tolist(), values) for name, values in history.items()}


def _array(value):
    import keras

    return keras.ops.convert_to_numpy(value)


def variables_of(model):
    """Return (path, array) of all variables of the model and of its optimizer."""
    from sparkeras.engine.blueprint import state

    first = (state.optimizers(model) or [None])[0]
    variables = [*model.variables, *(first.variables if first is not None else [])]
    return [(variable.path, _array(variable.value)) for variable in variables]


def attempt(function, *arguments):
    """Return what a function returned, or its error: its class, whether it is one of ours, its words."""
    from sparkeras.errors import SparkerasError

    began = time.monotonic()
    try:
        outcome = function(*arguments)
    except BaseException as error:
        where = "".join(traceback.format_exception(error)[-12:])
        words = " ".join(str(error).split())
        outcome = {"error": type(error).__name__, "ours": isinstance(error, SparkerasError), "words": words}
        outcome["traceback"] = where
    return outcome | {"seconds": time.monotonic() - began}


def _write(path, outcome):
    beside = path.with_suffix(".part")
    beside.write_bytes(pickle.dumps(outcome))
    beside.rename(path)


def _work_in(folder):
    """Go to an empty folder, as a training process does: callbacks write there, and all of it is carried back."""
    folder.mkdir(exist_ok=True)
    os.chdir(folder)


def _await_others(folder, number, ranks, failed):
    """Wait until all ranks are through with a case; end where one never is: it waits for this rank, or this for it."""
    deadline = time.monotonic() + (FAILED_SECONDS if failed else MEETING_SECONDS)
    while not all((folder / f"{number}-{rank}.ranked").exists() for rank in range(ranks)):
        if time.monotonic() > deadline:
            os._exit(LOST)
        time.sleep(0.002)


def main():
    backend, rank, ranks, address, folder, names = sys.argv[1:]
    rank, ranks, folder = int(rank), int(ranks), Path(folder)
    from sparkeras.engine import backends

    loaded = backends.load(backend)
    loaded.set_threads(1)
    group = loaded.join(address, "127.0.0.1", rank, ranks, 150) if ranks > 1 else None
    from tests.conformance.catalogue import CASES

    gc.freeze()  # clear_session collects garbage; to look through the imports each time took most of a case's seconds
    for number, name in json.loads(Path(names).read_text()).items():
        if ranks == 1:
            _work_in(folder / f"files-{number}-plain")
            _write(folder / f"{number}-0.plain", attempt(plain, CASES[name]))
        _work_in(folder / f"files-{number}-{rank}")
        outcome = attempt(ranked, CASES[name], rank, ranks, group)
        _write(folder / f"{number}-{rank}.ranked", outcome)
        if ranks > 1 and not outcome.get("ours", True):
            os._exit(LOST)  # and so would be the next case
        _await_others(folder, number, ranks, "error" in outcome)
    if group:
        with contextlib.suppress(Exception):
            group.leave()
    os._exit(0)


if __name__ == "__main__":
    main()
