"""Programs that run once, compiled in a part of the time: those that draw the first weights of a model.

Runs on: driver, Spark task, training process.

JAX compiles a random generator for each shape of weights, 0.3 s each: 5 s for the zoo's U-Net, and all for nothing
where a model is opened whose weights come from a file. Without LLVM's optimizations that is 2 s, of the same numbers.
"""

import contextlib
import threading

import keras

_OPTION = "jax_disable_most_optimizations"
_one_at_a_time = threading.RLock()  # the option is the whole process's


@contextlib.contextmanager
def quick_compilation():
    """Let JAX leave out what makes programs fast; for what runs once, and trains and predicts nothing."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    with _one_at_a_time:
        before = jax.config.values[_OPTION]
        jax.config.update(_OPTION, True)
        try:
            yield
        finally:
            jax.config.update(_OPTION, before)
