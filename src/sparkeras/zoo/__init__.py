"""Reference models by name: ``zoo.build("mlp", input_shape, num_classes)``.

Runs on: driver.
"""

from sparkeras.zoo.catalogue import MODELS, build, describe, names, options, register

__all__ = ["MODELS", "build", "describe", "names", "options", "register"]
