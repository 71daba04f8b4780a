"""The entry point of the training process, which ``spark_job.process_handle`` starts.

Runs on: training process.

Order of work: read the job, import Keras and open the blueprint (the task spools meanwhile), meet the other ranks if
there are any, read the shard, train, write the answer and at last the file ``done``.
"""

from __future__ import annotations

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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from sparkeras.engine.spark_job import files, pipe_messages
from sparkeras.engine.spark_job.job import Answer
from sparkeras.errors import SparkerasError

if TYPE_CHECKING:
    import keras

    from sparkeras.engine.backends.protocols import Backend, Group
    from sparkeras.engine.history import TrainingHistory
    from sparkeras.engine.process.callbacks import Recorder
    from sparkeras.engine.shards import Shard
    from sparkeras.engine.spark_job.job import Job

_Result = TypeVar("_Result")
_SPARE_SECONDS = 60
_REMOVALS = 100
# Held by the thread that ends this process: the removal of the folder must not be cut short by the other's exit.
_ending = threading.Lock()


def main(folder: str, descriptors: dict[str, int], without: Iterable[str] = ()) -> NoReturn:
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
    messages: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_follow_parent, args=(folder, messages), daemon=True).start()
    os.makedirs(os.path.join(folder, "answer"))
    try:
        job = replace(pickle.loads(messages.get()), root=os.path.join(folder, files.FOLDER))
        files.enter(job.root, job)
        answer, group = _work(job, messages, descriptors, folder, without)
        _write_answer(os.path.join(folder, "answer"), answer)
        code = 0
        if group:
            # Only now: leaving may go wrong (a rank that is slow, an abort in C++), and must not cost the result.
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


def _follow_parent(folder: str, messages: queue.Queue[bytes]) -> None:
    """Pass on the Spark task's messages; when it is gone, remove the folder and end the process."""
    try:
        while True:
            messages.put(pipe_messages.receive(sys.stdin.buffer))
    except EOFError:
        _ending.acquire()
        for _ in range(_REMOVALS):  # training may write there meanwhile
            shutil.rmtree(folder, ignore_errors=True)
            if not os.path.exists(folder):
                break
            time.sleep(0.01)
        os.killpg(0, signal.SIGKILL)


def _work(
    job: Job, messages: queue.Queue[bytes], descriptors: dict[str, int], folder: str, without: Iterable[str]
) -> tuple[Answer, Group | None]:
    """Do the work of a job; return the answer, and the other ranks where there are some."""
    started = time.monotonic()
    from sparkeras.engine import backends

    backend = backends.load(job.backend, without)
    backend.set_threads(job.threads)
    import keras

    from sparkeras.engine.history import TrainingHistory
    from sparkeras.engine.process.callbacks import Recorder
    from sparkeras.engine.shards import SpoolFacts, open_shard

    history = TrainingHistory()
    recorder = Recorder(descriptors["events"], history)
    history.parts["imports"] = time.monotonic() - started
    # Alone, the model is opened while the task spools; several ranks must meet before their backend does anything.
    facts: Any = None  # JSON of ``Spool.close``; with several workers, of ``rendezvous.meet`` too
    group: Group | None = None
    if job.workers > 1:
        facts = json.loads(messages.get())
        group = _joined(backend, facts, job)
    with _temporary_files_in(folder):  # which goes with the process, whatever ends it
        model = _timed(history, "open model", lambda: _open_model(job))
    recorder.send("ready")
    facts = facts or json.loads(messages.get())
    history.parts["spool"], history.skipped = facts["spool_seconds"], facts["skipped"]
    in_order = job.mode == "fit" and not job.settings.shuffle
    beat = functools.partial(recorder.send, "ordering")
    layout, blocks = facts["layout"], facts["blocks"]
    rows = SpoolFacts(layout=layout, blocks=blocks, digest=facts["digest"], skipped=facts["skipped"])
    shard = open_shard(descriptors["spool"], rows, job.settings.max_shard_memory, folder, in_order, beat)
    versions = {"keras": keras.__version__, job.backend: backend.version(), "python": sys.version.split()[0]}
    return _answer(job, model, shard, facts["digest"], group, recorder, history, versions), group


def _joined(backend: Backend, facts: dict[str, Any], job: Job) -> Group:
    """Return the group of this training's ranks."""
    # The task ends a wait that is too long, with the setting's name; the backend's own limit must not come first.
    limit = max(job.settings.start_timeout_seconds, job.settings.step_timeout_seconds) + _SPARE_SECONDS
    group = backend.join(facts["address"], facts["own_host"], facts["rank"], facts["ranks"], limit)
    _require_same_run(group, job.run)
    return group


def _require_same_run(group: Group, run: str) -> None:
    """Raise SetupError if a rank of another training has come to the same address."""
    import numpy as np

    from sparkeras.errors import SetupError

    runs = np.zeros(group.ranks, np.int32)
    runs[group.rank] = int(run[:7], 16)
    runs = group.sum(runs)
    if (runs != runs[group.rank]).any():
        raise SetupError(
            "Another training's worker connected to this one's address. Start the training again; if that happens "
            "often, give each machine an address of its own by SPARKERAS_ADDRESS."
        )


def _answer(
    job: Job,
    model: keras.Model,
    shard: Shard[Any],
    digest: int,
    group: Group | None,
    recorder: Recorder,
    history: TrainingHistory,
    versions: dict[str, str],
) -> Answer:
    """Train or evaluate, and return the answer."""
    from sparkeras.engine import logs
    from sparkeras.engine.blueprint.links import linked
    from sparkeras.engine.process import keras_fit

    facts: dict[str, Any] = {"versions": versions}
    if job.mode == "evaluate":
        facts["figures"] = logs.pack(keras_fit.evaluate(job, model, shard, recorder, history))
        return Answer(facts | {"history": history.packed()})
    with linked(model):  # callbacks hold parts of this model where they held the caller's
        trained = keras_fit.fit(job, model, shard, group, recorder, history, digest)
    facts |= {"history": history.packed(), "last_epoch": logs.pack(trained["last_epoch"])}
    facts |= {"build_shape": trained["build_shape"], "checkpoints": trained["checkpoints"]}
    return Answer(facts, trained["state"], trained["callbacks"], trained["files"])


def _timed(history: TrainingHistory, part: str, function: Callable[[], _Result]) -> _Result:
    """Call a function, and note its seconds as a part of the training."""
    started = time.monotonic()
    result = function()
    history.parts[part] = time.monotonic() - started
    return result


@contextlib.contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, folder
    try:
        yield
    finally:
        tempfile.tempdir = before


def _open_model(job: Job) -> keras.Model:
    """Open the blueprint, drawing weights only where the saved ones do not replace them."""
    import keras
    import numpy as np

    from sparkeras.engine import blueprint
    from sparkeras.engine.blueprint.without_initial_weights import weights_to_come

    with contextlib.suppress(Exception), weights_to_come():
        keras.utils.set_random_seed(job.settings.seed)
        model = blueprint.open_blueprint(job.blueprint, adopt_settings=True)
        if not any(np.isnan(weight).all() for weight in model.get_weights() if weight.size):
            return model
    # Some layer does not save all its weights and draws them again, or computes with its random numbers.
    keras.utils.set_random_seed(job.settings.seed)
    return blueprint.open_blueprint(job.blueprint, adopt_settings=True)


def _write_answer(folder: str, answer: Answer) -> None:
    parts = {"state": answer.state, "callbacks": answer.callbacks, "files": answer.files}
    for kind, data in {**parts, "facts": json.dumps(answer.facts).encode()}.items():
        with open(os.path.join(folder, kind), "wb") as file:
            file.write(data)
    open(os.path.join(folder, "done"), "w").close()


def _write_failure(folder: str, error: BaseException) -> None:
    ours = isinstance(error, SparkerasError)
    if not ours:
        traceback.print_exception(error)
    line = " ".join(str(error).split())
    message = str(error) if ours else f"{_who_failed(error)} failed with {type(error).__name__}: {line}"
    with open(os.path.join(folder, "failure"), "w") as file:
        json.dump({"error": type(error).__name__, "message": message, "log": not ours}, file)


def _who_failed(error: BaseException) -> str:
    """Return the callback that raised, by its class and hook, else training itself."""
    import keras

    for frame, _ in traceback.walk_tb(error.__traceback__):
        raised_in = frame.f_locals.get("self")
        if isinstance(raised_in, keras.callbacks.Callback) and frame.f_code.co_name.startswith(("on_", "set_")):
            return f"The callback {type(raised_in).__name__} ({frame.f_code.co_name})"
    return "Training"


if __name__ == "__main__":
    main(sys.argv[1], *map(json.loads, sys.argv[2:]))
