"""A network for tables: numbers piecewise linear in bins, embedded categories, then two dense layers.

Runs on: driver.
"""

from __future__ import annotations

import keras

from sparkeras.errors import InvalidModelError
from sparkeras.zoo.parts import Scaling, falling_rate, head
from sparkeras.zoo.table_layers import Table, encoded, piecewise

UNITS = (256, 128)
DROPOUT = 0.1
PIECES = 8  # numbers that each column of numbers becomes
LEARNING_RATE, WEIGHT_DECAY = 0.002, 0.01


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    table: Table | None = None,
    steps: int | None = None,
) -> keras.Model:
    """Return the model.

    Parameters
    ----------
    input_shape, scaling
        Ignored: the table says both.
    table : Table
        The inputs, of ``sparkeras.features.table(spec)``.
    steps : int, optional
        Weight updates of the whole training: the model is then compiled, with a learning rate that falls from 0.002 to
        almost nothing by half a cosine.

    Raises
    ------
    InvalidModelError
        Without a table.

    Notes
    -----
    Gorishniy, Rubachev and Babenko 2022, https://arxiv.org/abs/2203.05556: piecewise linear numbers bring a plain
    perceptron to where transformers and boosted trees are.
    """
    if table is None:
        raise InvalidModelError(
            "The tabular model is built for learned columns: zoo.build('tabular', ..., table=features.table(spec)), "
            "where spec is of features.learn."
        )
    inputs = table.inputs()
    parts = encoded(table, inputs)
    if "numbers" in inputs:
        pieces = piecewise(table, inputs["numbers"], PIECES)
        parts += [] if pieces is None else [pieces]
    x = parts[0] if len(parts) == 1 else keras.layers.Concatenate(name="encoded")(parts)
    for units in UNITS:
        x = keras.layers.Dense(units, activation="relu")(x)
        x = keras.layers.Dropout(DROPOUT)(x)
    model = keras.Model(inputs, head(x, num_classes, targets, label_scaling), name="tabular")
    if steps:
        regression = num_classes is None
        model.compile(
            keras.optimizers.AdamW(falling_rate(LEARNING_RATE, steps), weight_decay=WEIGHT_DECAY, global_clipnorm=1.0),
            "mean_squared_error" if regression else "sparse_categorical_crossentropy",
            metrics=["mean_absolute_error" if regression else "accuracy"],
        )
    return model
