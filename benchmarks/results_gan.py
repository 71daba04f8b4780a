"""What a task of ``bench_results.py`` measures by: the GAN's digits, judged by a network that learnt from real ones."""

import keras
from bench_gan import MADE, make_judge, verdict

import sparkeras
from sparkeras import datasets, zoo
from sparkeras.spark import session

EPOCHS = 150


def digits(seed):
    """1,000 made digits of 8 x 8: how sure a cnn is of them that learnt from real ones, and the rarest one's share."""
    data = datasets.load_arrays("digits", seed=seed)
    judge, _ = make_judge(data, len(data.x_train))
    keras.utils.set_random_seed(seed)
    model = zoo.build("gan", data.input_shape, scaling=data.scaling)
    untrained = model.generate(MADE, seed)
    frame = datasets.frame_from_arrays(session.get_or_start(), data.x_train, data.y_train)
    sparkeras.fit(model, frame, label=None, epochs=EPOCHS, batch_size=32, seed=seed, verbose=0)
    images = {"gan": model.generate(MADE, seed), "gan, untrained": untrained, "real test rows": data.x_test}
    found = {name: verdict(judge, each) for name, each in images.items()}
    return {name: (sure, rarest) for name, (sure, _, _, rarest) in found.items()}
