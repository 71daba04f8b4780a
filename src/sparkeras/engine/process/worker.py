"""The training process: ``python -m sparkeras.engine.process.worker FOLDER DESCRIPTORS WITHOUT``, of a Spark task.

Runs on: training process.

Order of work: read the job, import Keras and open the blueprint (the task spools meanwhile), meet the other ranks if
there are any, read the shard, train, write the answer and a last file that says it is whole.
"""

import contextlib
import functools
import json
import os
import pickle
import queue
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import replace

from sparkeras.engine.stage import files, frames
from sparkeras.errors import SparkerasError

_SPARE_SECONDS = 60
_REMOVALS = 100
# Held by the thread that ends this process: one that removes the folder is not to be cut short by the other's exit.
_ending = threading.Lock()


def main(folder, descriptors, without=()):
    """Run one job and end the process.

    Parameters
    ----------
    folder : str
        The process's own.
    descriptors : dict of str to int
        The open files ``spool`` and ``events``.
    without : tuple of str
        Packages to import Keras without, where it is not imported yet.
    """
    messages = queue.Queue()
    threading.Thread(target=_follow_parent, args=(folder, messages), daemon=True).start()
    os.makedirs(os.path.join(folder, "answer"))
    try:
        job = replace(pickle.loads(messages.get()), root=os.path.join(folder, files.FOLDER))
        files.enter(job.root, job)
        answer, group = _work(job, messages, descriptors, folder, without)
        _write_answer(os.path.join(folder, "answer"), answer)
        code = 0
        if group:
            # Only now: parting may go wrong (a rank that is slow, an abort in C++), and must not cost the result.
            group.leave()
    except BaseException as error:
        code = 1
        # The task is gone: the folder is being removed, and nobody reads the log.
        with contextlib.suppress(FileNotFoundError, BrokenPipeError):
            _write_failure(os.path.join(folder, "answer"), error)
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    _ending.acquire()
    # The answer is on disk; tearing down a backend's threads could only spoil the exit.
    os._exit(code)


def _follow_parent(folder, messages):
    """Pass on what the Spark task sends; when it is gone, leave nothing behind."""
    try:
        while True:
            messages.put(frames.receive(sys.stdin.buffer))
    except EOFError:
        _ending.acquire()
        for _ in range(_REMOVALS):  # training may write there meanwhile
            shutil.rmtree(folder, ignore_errors=True)
            if not os.path.exists(folder):
                break
            time.sleep(0.01)
        os.killpg(0, signal.SIGKILL)


def _work(job, messages, descriptors, folder, without):
    started = time.monotonic()
    from sparkeras.engine import backends

    backend = backends.load(job.backend, without)
    backend.set_threads(job.threads)
    import keras

    from sparkeras.engine.history import TrainingHistory
    from sparkeras.engine.process.callbacks import Recorder
    from sparkeras.engine.shards import open_shard

    history = TrainingHistory()
    recorder = Recorder(descriptors["events"], history)
    history.parts["imports"] = time.monotonic() - started
    # Alone, the model is opened while the task spools; several ranks must meet before their backend does anything.
    facts, group = None, None
    if job.workers > 1:
        facts = json.loads(messages.get())
        where = facts["address"], facts["own_host"], facts["rank"], facts["ranks"]
        # The task ends a wait that is too long, and says whose it is; the backend's own limit must not come first.
        group = backend.join(
            *where, max(job.settings.start_timeout_seconds, job.settings.step_timeout_seconds) + _SPARE_SECONDS
        )
        _require_same_run(group, job.run)
    with _temporary_files_in(folder):  # which goes with the process, whatever ends it
        model = _timed(history, "open model", lambda: _open_model(job))
    recorder.tell("ready")
    facts = facts or json.loads(messages.get())
    history.parts["spool"], history.skipped = facts["spool_seconds"], facts["skipped"]
    in_order = job.mode == "fit" and not job.settings.shuffle
    beat = functools.partial(recorder.tell, "ordering")
    shard = open_shard(descriptors["spool"], facts, job.settings.max_shard_memory, folder, in_order, beat)
    versions = {"keras": keras.__version__, job.backend: backend.version(), "python": sys.version.split()[0]}
    return _answer(job, model, shard, facts["digest"], group, recorder, history, versions), group


def _require_same_run(group, run):
    """Raise SetupError if a rank of another training has come to the same address."""
    import numpy as np

    from sparkeras.errors import SetupError

    found = np.zeros(group.ranks, np.int32)
    found[group.rank] = int(run[:7], 16)
    found = group.sum(found)
    if (found != found[group.rank]).any():
        raise SetupError(
            "Another training's worker came to this one's address. Start it again; if that happens often, give each "
            "machine an address of its own by SPARKERAS_ADDRESS."
        )


def _answer(job, model, shard, digest, group, recorder, history, versions):
    from sparkeras.engine import logs
    from sparkeras.engine.blueprint.links import linked
    from sparkeras.engine.process import keras_fit

    facts = {"versions": versions}
    if job.mode == "evaluate":
        facts["figures"] = logs.pack(keras_fit.evaluate(job, model, shard, recorder, history))
        return {"facts": facts | {"history": history.packed()}}
    with linked(model):  # callbacks hold parts of this model where they held the caller's
        made = keras_fit.fit(job, model, shard, group, recorder, history, digest)
    facts |= {"history": history.packed(), "last_epoch": logs.pack(made.pop("last_epoch"))}
    facts |= {name: made.pop(name) for name in ("build_shape", "checkpoints")}
    return {"facts": facts, **made}


def _timed(history, part, function):
    started = time.monotonic()
    made = function()
    history.parts[part] = time.monotonic() - started
    return made


@contextlib.contextmanager
def _temporary_files_in(folder):
    before, tempfile.tempdir = tempfile.tempdir, folder
    try:
        yield
    finally:
        tempfile.tempdir = before


def _open_model(job):
    import keras
    import numpy as np

    from sparkeras.engine import blueprint
    from sparkeras.engine.blueprint.drawing import weights_to_come

    with contextlib.suppress(Exception), weights_to_come():
        keras.utils.set_random_seed(job.settings.seed)
        model = blueprint.open_blueprint(job.blueprint, adopt_settings=True)
        if not any(np.isnan(weight).all() for weight in model.get_weights() if weight.size):
            return model
    # Some layer does not save all its weights and means to draw them anew, or computes with what it draws.
    keras.utils.set_random_seed(job.settings.seed)
    return blueprint.open_blueprint(job.blueprint, adopt_settings=True)


def _write_answer(folder, answer):
    answer = {"state": b"", "callbacks": b"", "files": b""} | answer
    answer["facts"] = json.dumps(answer["facts"]).encode()
    for kind, data in answer.items():
        with open(os.path.join(folder, kind), "wb") as file:
            file.write(data)
    open(os.path.join(folder, "done"), "w").close()


def _write_failure(folder, error):
    ours = isinstance(error, SparkerasError)
    if not ours:
        traceback.print_exception(error)
    words = " ".join(str(error).split())
    message = str(error) if ours else f"{_who_failed(error)} failed with {type(error).__name__}: {words}"
    with open(os.path.join(folder, "failure"), "w") as file:
        json.dump({"error": type(error).__name__, "message": message, "log": not ours}, file)


def _who_failed(error):
    """Return the callback that raised, by its class and hook, else training itself."""
    import keras

    for frame, _ in traceback.walk_tb(error.__traceback__):
        raised_in = frame.f_locals.get("self")
        if isinstance(raised_in, keras.callbacks.Callback) and frame.f_code.co_name.startswith(("on_", "set_")):
            return f"The callback {type(raised_in).__name__} ({frame.f_code.co_name})"
    return "Training"


if __name__ == "__main__":
    main(sys.argv[1], *map(json.loads, sys.argv[2:]))
