"""How much faster are trials side by side? The same 16 trials, one after the other and one per core.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_tune.py

One after the other, each trial has all cores; side by side, each has its share. Both suggest the same parameters
(random ones of one seed) and prune nothing, so both do the same work.
"""

import time

from table import median, show

TRIALS, EPOCHS, ROUNDS = 16, 6, 2


def network(trial):
    """Return a compiled classifier of MNIST's digits."""
    import keras

    units = trial.suggest_int("units", 32, 128, log=True)
    model = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    rate = trial.suggest_float("rate", 1e-4, 1e-2, log=True)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, {"batch_size": trial.suggest_categorical("batch", [128, 256])}


def main():
    """Measure and print."""
    from sparkeras import datasets
    from sparkeras.engine import backends
    from sparkeras.spark import session

    backends.load("jax")
    import optuna

    import sparkeras

    spark = session.get_or_start()
    rows, _ = datasets.load("mnist", spark)
    rows = rows.cache()
    rows.count()
    table, ratios = [], []
    for number in range(ROUNDS):
        took, found = {}, {}
        for parallelism in (1, session.slots(spark)):
            began = time.monotonic()
            found[parallelism] = sparkeras.tune(
                network,
                rows,
                trials=TRIALS,
                metric="val_accuracy",
                epochs=EPOCHS,
                validation=0.1,
                parallelism=parallelism,
                sampler=optuna.samplers.RandomSampler(seed=number),
                pruner=optuna.pruners.NopPruner(),
            )
            took[parallelism] = time.monotonic() - began
        (_, alone), (slots, together) = took.items()
        ratios.append(alone / together)
        best = " / ".join(f"{each.best_value:.4f}" for each in found.values())
        table.append((number + 1, f"{alone:.1f}", f"{together:.1f}", slots, best, f"{ratios[-1]:.2f}"))
    show(
        f"bench_tune: {TRIALS} trials of {EPOCHS} epochs, MNIST, 784-(32 to 128)-10, JAX",
        ("round", "one after the other, s", "side by side, s", "at a time", "best accuracy", "faster (to reach: 1.7)"),
        table,
        [f"Median of {ROUNDS} rounds: {median(ratios):.2f} times faster. Validation: a tenth of the training rows."],
    )


if __name__ == "__main__":
    main()
