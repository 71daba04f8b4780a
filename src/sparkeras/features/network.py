"""The network that a table gets where none is given.

Runs on: driver. It imports Keras.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkeras import zoo
from sparkeras.engine.params import by_rows
from sparkeras.errors import InvalidParamError
from sparkeras.features.layers import table

if TYPE_CHECKING:
    import keras

    from sparkeras.features.spec import Features


def default_network(features: Features, steps: int) -> keras.Model:
    """Return the zoo's model for learned columns and their label, compiled: ``tabm`` for few rows, else ``tabular``.

    Parameters
    ----------
    features : Features
        With a label: classes, or amounts, which the network learns standardized and gives in their own units.
    steps : int
        Weight updates of the training to come.

    Raises
    ------
    InvalidParamError
        If no label was learned.
    """
    label = features.label
    if label is None:
        raise InvalidParamError(
            "No label was learned with the columns, so that there is no telling what a network should predict. Name "
            "the label's column (one class or number per row), or give a model of your own."
        )
    classes = None if label.classes is None else len(label.classes)
    scaling = None if label.classes else ("standardize", ([label.mean], [label.variance]))
    width, name = len(features.sources), by_rows.table_model(features.rows - label.missing)
    return zoo.build(name, (width,), classes, label_scaling=scaling, table=table(features), steps=steps)
