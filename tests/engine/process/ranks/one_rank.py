"""One rank of a test: join the others once, then train each case as the engine does, and write what came out.

Run by ``test_exactness``: ``python -m tests.engine.process.ranks.one_rank BACKEND RANK RANKS ADDRESS FOLDER NAMES``.
"""

import json
import os
import sys
import time
from pathlib import Path

EPOCHS, SEED = 3, 7


def train(case, rank, ranks, group, events):
    """Train one case as rank ``rank`` and return weights and history."""
    import keras
    import numpy as np

    from sparkeras.engine.history import TrainingHistory
    from sparkeras.engine.params import Settings
    from sparkeras.engine.process import keras_fit
    from sparkeras.engine.process.callbacks import Recorder
    from sparkeras.engine.shards import MemoryShard
    from sparkeras.engine.spark_job.job import Job

    own = case.deal(ranks)[rank]
    shard = MemoryShard({key: array[own] for key, array in case.arrays().items()}, np.arange(len(own)))
    job = Job(
        mode="fit",
        blueprint=b"",
        fields=case.fields(),
        limits={},
        backend=keras.config.backend(),
        workers=ranks,
        settings=Settings(
            batch_size=case.batch_size,
            seed=SEED,
            epochs=EPOCHS,
            validation=case.validation or None,
            class_weight=case.class_weight,
            check_exact=False,  # the catalogue's cases (tests/conformance) have it
        ),
    )
    history = TrainingHistory()
    model = case.build()
    keras_fit.fit(job, model, shard, group, Recorder(events, history), history)
    return [keras.ops.convert_to_numpy(v.value) for v in model.variables], history


def main():
    backend, rank, ranks, address, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    from sparkeras.engine import backends

    loaded = backends.load(backend)
    loaded.set_threads(1)
    group = loaded.join(address, "127.0.0.1", rank, ranks, 60) if ranks > 1 else None
    import numpy as np

    from tests.engine.process.ranks.cases import CASES

    for name in json.loads(sys.argv[6]):
        began = time.monotonic()
        weights, history = train(CASES[name], rank, ranks, group, os.open(os.devnull, os.O_WRONLY))
        np.savez(Path(folder) / f"{name}-{rank}.npz", *weights)
        (Path(folder) / f"{name}-{rank}.json").write_text(json.dumps(history.by_name()))
        print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)
    if group:
        group.leave()
    os._exit(0)


if __name__ == "__main__":
    main()
