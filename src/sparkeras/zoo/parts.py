"""What the zoo's models have in common: the scaling layer at their start and the units at their end.

Runs on: driver. Imports: Keras (a door).
"""

import keras


def scale(x, scaling):
    """Apply the scaling of ``zoo.build`` as a layer, so that the saved model takes rows as the data set gives them."""
    if scaling is None:
        return x
    kind, value = scaling
    if kind == "rescale":
        return keras.layers.Rescaling(value, name="scaling")(x)
    mean, variance = value
    return keras.layers.Normalization(mean=mean, variance=variance, name="scaling")(x)


def head(x, num_classes):
    """End in class probabilities, or in one number for a regression."""
    if num_classes is None:
        return keras.layers.Dense(1, name="output")(x)
    return keras.layers.Dense(num_classes, activation="softmax", name="output")(x)
