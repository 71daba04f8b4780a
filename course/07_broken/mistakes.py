"""Wrong answers that learners give in lesson 7."""

from sparkeras.course.exercise import Mistake

SCALING = "layers.Normalization(mean=x_train.mean(), variance=x_train.var())"


def network(scaling=SCALING, output="None", loss='"mse"', rate=0.01):
    """Return an answer to 7.5 with another part, never trained: its faults are seen without."""
    convolution = 'layers.Conv2D(8, 3, activation="relu"), '
    end = f"layers.GlobalAveragePooling2D(), layers.Dense(1, activation={output})"
    return (
        f"mended = keras.Sequential([keras.Input((12, 12, 1)), {scaling}, {2 * convolution}{end}])\n"
        f"mended.compile(optimizer=keras.optimizers.Adam({rate}), loss={loss})"
    )


def reader(divide="/ 16.0", loss='loss="sparse_categorical_crossentropy"', activation='"softmax"'):
    """Return an answer to 7.6 with another part, never trained."""
    return (
        f"rows_train, rows_test = (x.reshape(-1, 64) {divide} for x in (digits.x_train, digits.x_test))\n"
        f"reader = keras.Sequential([keras.Input((64,)), layers.Dense(10, activation={activation})])\n"
        f'reader.compile(optimizer="adam", {loss})'
    )


MISTAKES = {
    "7.1": (
        Mistake(
            "without one minus",
            "return np.sum((label - predicted) ** 2) / np.sum((label - label.mean()) ** 2)",
            "share that is not explained",
        ),
        Mistake("correlation", "return np.corrcoef(label, predicted)[0, 1] ** 2", "squared correlation"),
        Mistake(
            "the predictions' spread",
            "return 1 - np.sum((label - predicted) ** 2) / np.sum((predicted - predicted.mean()) ** 2)",
            "spread of the predictions",
        ),
    ),
    "7.2": (
        Mistake("perfection", "best_with_tanh = 1.0", "within the range of tanh"),
        Mistake("the middle", "best_with_tanh = r_squared(y_test, np.zeros_like(y_test))", "always predicting 0"),
        Mistake("the mean", "best_with_tanh = 0.0", "cannot predict the mean"),
    ),
    "7.3": (
        Mistake("steps", "epochs_needed = 5 / 1e-6", "number of steps"),
        Mistake("rows instead of batches", "epochs_needed = 5 / 1e-6 / 2000", "per batch"),
        Mistake("upside down", "epochs_needed = 1e-6 * 63 * 5", "less than one epoch"),
    ),
    "7.4": (
        Mistake("no absolute value", "return np.mean(say((a + b) / 2) - (say(a) + say(b)) / 2)", "cancel"),
        Mistake("sums", "return np.mean(np.abs(say(a + b) - (say(a) + say(b))))", "with a bias"),
        Mistake(
            "no half of the outputs",
            "return np.mean(np.abs(say((a + b) / 2) - (say(a) + say(b))))",
            "half of their sum",
        ),
    ),
    "7.5": (
        Mistake("divided by the largest", network(scaling="layers.Rescaling(1 / 10000)"), "small beside their mean"),
        Mistake("tanh again", network(output='"tanh"'), "the activation tanh"),
        Mistake("still the wrong loss", network(loss='"binary_crossentropy"'), "is an amount"),
        Mistake("not trained", network(), "fit"),
    ),
    "7.6": (
        Mistake("no loss", reader(loss="loss=None"), "moves no weight"),
        Mistake("no scaling", reader(divide=""), "up to 16"),
        Mistake("no softmax", reader(activation="None"), "not probabilities"),
        Mistake("not trained", reader(), "reader.fit"),
    ),
}
