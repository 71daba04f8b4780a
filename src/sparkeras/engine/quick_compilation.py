"""Quick compilation of programs that run once, such as those that draw the first weights of a model.

Runs on: driver, Spark task, training process.

JAX compiles a random generator for each shape of weights, 0.3 s each: 5 s for the zoo's U-Net, and all in vain where
the weights then come from a file. Without LLVM's optimizations that is 2 s, for the same numbers.
"""

import contextlib
import threading
from collections.abc import Iterator

import keras

_OPTION = "jax_disable_most_optimizations"
_one_at_a_time = threading.RLock()  # the option is the whole process's


@contextlib.contextmanager
def quick_compilation() -> Iterator[None]:
    """Let JAX skip its optimizations; for programs that run once, not for training steps and predictions."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    if _OPTION not in getattr(jax.config, "values", ()):  # a private name of JAX; without it an opening takes longer
        yield
        return
    with _one_at_a_time:
        before = jax.config.values[_OPTION]
        jax.config.update(_OPTION, True)
        try:
            yield
        finally:
            jax.config.update(_OPTION, before)
