"""What do 4 GB of rows cost a training process in memory, and what does reading them from disk cost in time?

Run: python benchmarks/bench_memory.py

784-64-10, batch 1024, rows of 784 bytes made up by a seed, one worker on all cores of local[2]. Memory is VmHWM, the
peak of VmRSS, of the training process. An eighth of the rows, trained in memory, says what speed the same rows have.
"""

import os
import sys

import keras
from table import median, show

GIGABYTE, WIDTH, EPOCHS, BATCH = 10**9, 784, 3, 1024
ROWS = 4 * GIGABYTE // WIDTH
RUNS = (
    # what, rows, max_shard_memory
    ("in memory", ROWS // 8, "2g"),
    ("from disk", ROWS, "1g"),
    ("in memory, again", ROWS // 8, "2g"),
    ("from disk, less memory", ROWS // 8, "128m"),
)


class Peak(keras.callbacks.Callback):
    """Read the training process's memory from /proc, in MB: before the first step, and its peak."""

    def on_train_begin(self, logs=None):
        self.before = self._read("VmRSS")

    def on_train_end(self, logs=None):
        self.peak = self._read("VmHWM")

    def _read(self, name):
        with open("/proc/self/status") as status:
            (line,) = [line for line in status if line.startswith(name)]
        return int(line.split()[1]) * 1024 / 1e6


def rows_of(spark, count):
    """Return a DataFrame of ``count`` rows: ten noisy patterns of 784 small numbers, and which of them it is."""

    def make(batches):
        import numpy as np
        import pyarrow as pa

        patterns = np.random.default_rng(0).integers(0, 100, (10, WIDTH), np.int8)
        for batch in batches:
            numbers = batch.column(0).to_numpy()
            random = np.random.default_rng(int(numbers[0]))
            labels = random.integers(0, 10, len(numbers), np.int32)
            noise = random.integers(0, 28, (len(numbers), WIDTH), np.int8)
            features = pa.ListArray.from_arrays(
                np.arange(len(numbers) + 1, dtype=np.int32) * WIDTH, (patterns[labels] + noise).ravel()
            )
            yield pa.RecordBatch.from_arrays([features, pa.array(labels)], ["features", "label"])

    return spark.range(count).mapInArrow(make, "features array<tinyint>, label int")


def train(rows, memory):
    """Return (steady rows per second, peak MB, MB before the first step, parts, last accuracy)."""
    import sparkeras

    keras.utils.set_random_seed(0)
    hidden = keras.layers.Dense(64, activation="relu")
    inputs = [keras.Input((WIDTH,)), keras.layers.Rescaling(1 / 127)]
    model = keras.Sequential([*inputs, hidden, keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    peak = Peak()
    history = sparkeras.fit(
        model, rows, epochs=EPOCHS, batch_size=BATCH, callbacks=[peak], max_shard_memory=memory, verbose=False
    )
    told = history.training
    return told.rows / median(told.seconds[1:]), peak.peak, peak.before, told.parts, history.history["accuracy"][-1]


def main():
    """Measure and print."""
    os.environ["SPARKERAS_DRIVER_MEMORY"] = os.environ.get("SPARKERAS_DRIVER_MEMORY", "2g")
    from sparkeras.spark import session

    spark = session.get_or_start("local[2]")
    table, speeds = [], {}
    for what, count, memory in RUNS:
        speed, peak, before, parts, accuracy = train(rows_of(spark, count), memory)
        speeds[what] = speed
        seconds = [f"{parts[part]:.0f}" for part in ("spool", "order rows")]
        print(f"{what}: {parts}", file=sys.stderr, flush=True)
        figures = (f"{speed:,.0f}", f"{peak:,.0f}", f"{before:,.0f}", *seconds, f"{accuracy:.3f}")
        table.append((what, f"{count * WIDTH / GIGABYTE:.1f}", memory, *figures))
    in_memory = median([speeds["in memory"], speeds["in memory, again"]])
    slower = {what: in_memory / speed for what, speed in speeds.items() if "disk" in what}
    show(
        "bench_memory: rows beyond maxShardMemory, 784-64-10, batch 1024, JAX",
        ("rows", "GB", "maxShardMemory", "rows/s", "VmHWM, MB", "VmRSS before", "spool, s", "order, s", "accuracy"),
        table,
        [
            "Time of a steady epoch, by that of as many rows in memory: "
            + ", ".join(f"{what} {times:.2f}" for what, times in slower.items())
            + " (to reach: 1.30). VmHWM from disk to reach: 1,500 MB."
        ],
    )


if __name__ == "__main__":
    main()
