"""A network for tables: numbers piecewise linear in bins, embedded categories, then two dense layers.

Runs on: driver.
"""

from __future__ import annotations

import keras

from sparkeras.errors import InvalidModelError
from sparkeras.zoo.parts import Scaling, head
from sparkeras.zoo.table_layers import PIECES, Table, compile_for_table, model_of, vector

UNITS = (256, 128)
DROPOUT = 0.1


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
        Weight updates of the whole training: the model is then compiled, with a learning rate that falls from 0.003 to
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
    x = vector(table, inputs, pieces=PIECES)
    for units in UNITS:
        x = keras.layers.Dense(units, activation="relu")(x)
        x = keras.layers.Dropout(DROPOUT)(x)
    model = model_of(inputs, head(x, num_classes, targets, label_scaling), "tabular")
    if steps:
        compile_for_table(model, steps, is_regression=num_classes is None)
    return model
