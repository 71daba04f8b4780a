"""A classifier of short texts: the mean of the word vectors, then a dense layer; word order does not count.

Runs on: driver.
"""

from __future__ import annotations

import keras

from sparkeras.errors import InvalidModelError
from sparkeras.zoo.layers import MeanOfWords
from sparkeras.zoo.parts import Scaling, head


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    vocabulary: int = 10_000,
    width: int = 32,
) -> keras.Model:
    """Return the model; for 2 classes and 10,000 ids 321,122 parameters, whatever the texts' length.

    Parameters
    ----------
    input_shape : (int,)
        Words per text. Rows are word ids of a text column's vocabulary: 0 after the text's end, 1 for an unknown word,
        the commonest words from 2 on.
    scaling
        Ignored: ids are names, not quantities.
    vocabulary : int
        Number of ids, 0 and 1 included.
    width : int
        Numbers per word.

    Raises
    ------
    InvalidModelError
        If rows are not one row of ids.

    Notes
    -----
    Joulin et al. 2017, Bag of Tricks for Efficient Text Classification, EACL, https://arxiv.org/abs/1607.01759.
    """
    if len(input_shape) != 1:
        raise InvalidModelError(
            f"The text model needs rows of word ids, (words,); rows here have shape {input_shape}. "
            f"Take --model mlp for rows of this shape, or cnn for images."
        )
    inputs = keras.Input(input_shape, name="features", dtype="int32")
    x = keras.layers.Embedding(vocabulary, width, mask_zero=True, name="words")(inputs)
    x = MeanOfWords()(x)
    x = keras.layers.Dropout(0.3)(x)
    x = keras.layers.Dense(width, activation="relu")(x)
    return keras.Model(inputs, head(x, num_classes, targets, label_scaling), name="text")
