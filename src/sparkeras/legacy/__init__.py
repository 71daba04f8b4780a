"""Models that Keras 1, Keras 2 and tf.keras saved, as models of Keras 3.

Runs on: driver.

::

    from sparkeras import legacy

    model = legacy.load("model.json", "weights.h5")  # architecture and weights
    model = legacy.load("model.h5")                  # a whole model in one file, or "model.keras" of TensorFlow 2.15

Code in a file (Lambda layers, functions) is never run. The result is made of plain layers of Keras 3, so that its
``.keras`` file opens anywhere. What is translated and what is refused: docs/decisions/017-old-keras-files.md.
"""

from sparkeras.legacy import archives
from sparkeras.legacy.loading import Revived, load, read

__all__ = ["Revived", "archives", "load", "read"]
