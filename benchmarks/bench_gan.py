"""Does the GAN make digits? A cnn that learnt from real ones says how sure it is of them, and whether all ten occur.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_gan.py digits:EPOCHS[:ROWS] mnist:EPOCHS[:ROWS]

The judge never saw a made image. Beside the GAN's images stand real test rows, which are as good as can be, and those
of the same GAN before its training. ROWS takes the first so many training rows. A picture per epoch goes to the folder
``gan-samples``.
"""

import sys
import time

import numpy as np
from table import show

MADE, SEED = 1000, 0
JUDGE_EPOCHS = {"digits": 30, "mnist": 2}


def main():
    """Measure and print."""
    import keras

    import sparkeras
    from sparkeras import datasets, zoo
    from sparkeras.spark import session
    from sparkeras.zoo.samples import SampleGrid

    spark = session.get_or_start()
    lines, judges = [], []
    for wanted in sys.argv[1:] or ["digits:200"]:
        name, epochs, rows = (*wanted.split(":"), None)[:3]
        data = datasets.load_arrays(name)
        count = int(rows or len(data.x_train))
        judge, accuracy = make_judge(data, count)
        judges.append(f"Judge of {name}: cnn, {JUDGE_EPOCHS[name]} epochs, test accuracy {accuracy:.4f}.")
        keras.utils.set_random_seed(SEED)
        model = zoo.build("gan", data.input_shape, scaling=data.scaling)
        untrained = verdict(judge, model.generate(MADE, SEED))
        real = verdict(judge, data.x_test[:MADE])
        frame = datasets.frame_from_arrays(spark, data.x_train[:count], data.y_train[:count])
        began = time.monotonic()
        sparkeras.fit(
            model,
            frame,
            label=None,
            epochs=int(epochs),
            batch_size=32 if count < 10_000 else 128,
            seed=SEED,
            num_workers=1,
            callbacks=[SampleGrid(folder=f"gan-samples/{name}")],
            verbose=False,
        )
        seconds = time.monotonic() - began
        made = verdict(judge, model.generate(MADE, SEED))
        for what, found, spent in (
            ("GAN", made, seconds),
            ("GAN, untrained", untrained, 0),
            ("real test rows", real, 0),
        ):
            sure, confident, classes, rarest = found
            took = f"{spent:.0f}" if spent else "-"
            of_training = (epochs, f"{count:,}", took) if spent else ("-", "-", "-")
            lines.append((name, what, *of_training, f"{sure:.3f}", f"{confident:.3f}", classes, f"{rarest:.3f}"))
    show(
        f"bench_gan: {MADE:,} images judged by a cnn that learnt from real ones, seed {SEED}",
        (
            *("data", "images", "epochs", "rows", "seconds", "mean top probability", "share above 0.9"),
            *("digits that occur", "share of the rarest"),
        ),
        lines,
        judges,
    )


def make_judge(data, rows):
    """Return a cnn trained on real rows, and its accuracy on the test rows."""
    import keras

    from sparkeras import zoo

    keras.utils.set_random_seed(SEED + 1)
    judge = zoo.build("cnn", data.input_shape, data.num_classes, scaling=data.scaling)
    judge.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    judge.fit(data.x_train[:rows], data.y_train[:rows], batch_size=64, epochs=JUDGE_EPOCHS[data.name], verbose=0)
    return judge, judge.evaluate(data.x_test, data.y_test, batch_size=500, verbose=0, return_dict=True)["accuracy"]


def verdict(judge, images):
    """Return mean top probability, share above 0.9, number of digits that occur, share of the rarest."""
    said = judge.predict(images, batch_size=500, verbose=0)
    shares = np.bincount(said.argmax(axis=1), minlength=10) / len(said)
    return said.max(axis=1).mean(), (said.max(axis=1) > 0.9).mean(), int((shares > 0).sum()), shares.min()


if __name__ == "__main__":
    main()
