"""The vocabularies of a DataFrame's text columns, for a model that embeds words or categories.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from pyspark.sql.types import StringType

from sparkeras.engine.blueprint.shapes import embedding_size, signature
from sparkeras.engine.columns import vocabulary
from sparkeras.engine.columns.matching import match
from sparkeras.engine.columns.texts import Vocabulary
from sparkeras.engine.params import Columns
from sparkeras.errors import InvalidModelError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def vocabularies(dataset: DataFrame, model: keras.Model, features: Columns) -> dict[str, Vocabulary]:
    """Return the vocabulary of each text column among the features, each made by one Spark job.

    A text for an input of width 1 is one category, whole; wider inputs take as many of its words.
    """
    found: dict[str, Vocabulary] = {}
    for field in match(features, signature(model)["inputs"], "input"):
        column = field.columns[0]
        kind = dataset.schema[column].dataType if column in dataset.columns else None
        if isinstance(kind, StringType) and len(field.columns) == 1:
            size = embedding_size(model, field.name)
            if not size or field.shape is None or len(field.shape) > 1 or None in field.shape:
                raise InvalidModelError(
                    f"Column {column!r} holds texts, which are numbered for an Embedding of a fixed length; the "
                    f"model's input {field.name!r} has the shape {field.shape} and {'an' if size else 'no'} Embedding. "
                    "Begin the model with keras.Input((words,)), or keras.Input((1,)) for whole texts as categories, "
                    "and keras.layers.Embedding. (Keras' TextVectorization needs TensorFlow, and texts, which "
                    "sparkeras hands to no model.)"
                )
            found[column] = vocabulary.build(dataset, column, size, whole=field.shape in ((), (1,)))
    return found
