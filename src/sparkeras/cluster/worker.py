"""The training process: ``python -m sparkeras.cluster.worker FOLDER DESCRIPTORS``, started by ``process.Process``.

Runs on: workers (training process). Imports: everything else once the job says which backend; errors go to a file.

Order of work: read the job, import Keras and open the blueprint (the task spools meanwhile), read the shard, train,
write the answer beside and rename it last.
"""

import json
import os
import pickle
import queue
import shutil
import signal
import sys
import threading
import time
import traceback
import zipfile

from sparkeras.cluster import frames
from sparkeras.errors import SparkerasError


def main():
    """Run one job and end the process."""
    folder, descriptors = sys.argv[1], json.loads(sys.argv[2])
    messages = queue.Queue()
    threading.Thread(target=_follow_parent, args=(folder, messages), daemon=True).start()
    os.makedirs(os.path.join(folder, "answer"))
    os.makedirs(os.path.join(folder, "files"))
    # Relative paths of callbacks mean the caller's folder: what they write here is carried there.
    os.chdir(os.path.join(folder, "files"))
    try:
        answer = _work(pickle.loads(messages.get()), messages, descriptors)
        _write_answer(os.path.join(folder, "answer"), answer)
        code = 0
    except BaseException as error:
        _write_failure(os.path.join(folder, "answer"), error)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # The answer is on disk; tearing down a backend's threads could only spoil the exit.
    os._exit(code)


def _follow_parent(folder, messages):
    """Pass on what the Spark task sends; when it is gone, leave nothing behind."""
    try:
        while True:
            messages.put(frames.receive(sys.stdin.buffer))
    except EOFError:
        shutil.rmtree(folder, ignore_errors=True)
        os.killpg(0, signal.SIGKILL)


def _work(job, messages, descriptors):
    started = time.monotonic()
    from sparkeras import backends

    backend = backends.load(job.backend)
    backend.set_threads(job.threads)
    import keras

    from sparkeras.cluster.callbacks import Recorder
    from sparkeras.history import TrainingHistory
    from sparkeras.shards import Shard

    history = TrainingHistory()
    recorder = Recorder(descriptors["events"], history)
    history.parts["imports"] = time.monotonic() - started
    model = _open_model(job)
    history.parts["open model"] = time.monotonic() - started - history.parts["imports"]
    recorder.tell("ready")
    facts = json.loads(messages.get())
    history.parts["spool"] = facts["spool_seconds"]
    shard = Shard.read(descriptors["spool"], facts)
    versions = {"keras": keras.__version__, job.backend: backend.version(), "python": sys.version.split()[0]}
    run = _fit if job.mode == "fit" else _evaluate
    return run(job, model, shard, recorder, history, {"versions": versions})


def _open_model(job):
    import keras

    from sparkeras import blueprint

    keras.utils.set_random_seed(job.seed)
    return blueprint.open_blueprint(job.blueprint, adopt_settings=True)


def _fit(job, model, shard, recorder, history, facts):
    import keras

    from sparkeras.blueprint import byvalue, state
    from sparkeras.cluster.batches import ShardBatches

    train, validation = shard.split(job.validation_fraction, job.seed)
    seed = job.seed if job.shuffle else None
    batches = ShardBatches(shard, train, job.fields, job.batch_size, seed, job.class_weight, recorder.sign_of_life)
    held_out = None
    if len(validation):
        held_out = ShardBatches(
            shard, validation, job.fields, job.batch_size, on_step=lambda _: recorder.sign_of_life(None)
        )
    callbacks = byvalue.loads(job.callbacks) if job.callbacks else []
    ordering = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: batches.start_epoch(epoch))
    history.rows, history.steps = len(train), len(batches)
    recorder.tell("start", rows=len(train), validation_rows=len(validation), steps=len(batches), epochs=job.epochs)
    started = time.monotonic()
    model.fit(
        batches,
        epochs=job.epochs,
        shuffle=False,  # ShardBatches shuffles, by a seed
        verbose=0,
        validation_data=held_out,
        callbacks=[ordering, *callbacks, recorder],
    )
    history.parts["epochs"] = time.monotonic() - started
    shape = keras.tree.map_structure(lambda array: (None, *array.shape[1:]), batches[0][0])
    facts |= {"history": vars(history), "build_shape": shape}
    trained = state.pack_state(state.get_state(model))
    return {"facts": facts, "state": trained, "callbacks": _attributes(callbacks), "files": _zip(".")}


def _evaluate(job, model, shard, recorder, history, facts):
    from sparkeras.cluster.batches import ShardBatches

    batches = ShardBatches(
        shard, shard.order, job.fields, job.batch_size, class_weight=job.class_weight, on_step=recorder.sign_of_life
    )
    figures = model.evaluate(batches, verbose=0, return_dict=True, callbacks=[recorder])
    history.rows, history.steps = shard.rows, len(batches)
    figures = {name: float(value) for name, value in figures.items()}
    return {"facts": facts | {"history": vars(history), "figures": figures}}


def _attributes(callbacks):
    """Return what each callback holds after training, so that the caller's own objects show it."""
    from sparkeras.blueprint import byvalue

    if not callbacks:
        return b""
    kept = []
    for callback in callbacks:
        attributes = {}
        for name, value in vars(callback).items():
            if name in ("_model", "model", "params"):
                continue
            try:
                byvalue.dumps(value, name)
            except SparkerasError:
                continue  # an open file or the like; it means nothing elsewhere
            attributes[name] = value
        kept.append(attributes)
    return byvalue.dumps(kept, "The callbacks")


def _zip(folder):
    """Return the files below ``folder`` as a zip, empty for none."""
    names = [os.path.join(where, name) for where, _, files in os.walk(folder) for name in files]
    if not names:
        return b""
    import io

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.write(name)
    return buffer.getvalue()


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
    message = str(error) if ours else f"Training failed with {type(error).__name__}: {' '.join(str(error).split())}"
    with open(os.path.join(folder, "failure"), "w") as file:
        json.dump({"error": type(error).__name__, "message": message, "log": not ours}, file)


if __name__ == "__main__":
    main()
