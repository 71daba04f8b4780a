"""Names of Keras' own arguments that are other names here: they are refused with the right one, not by a TypeError.

Runs on: driver.
"""

import functools
import inspect
from collections.abc import Callable, Container
from typing import ParamSpec, TypeVar

from sparkeras.engine.params import table
from sparkeras.errors import InvalidParamError

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_SETTINGS = tuple(each for group in vars(table).values() if isinstance(group, tuple) for each in group)
_SPARK_NAMES = {each.argument: each.param for each in _SETTINGS if each.param and each.argument}
_ALL_HELD_OUT = "All rows to validate with are used after each epoch; leave it out."
_PARALLEL = "Training processes are set by num_workers, and rows need no loader's threads; leave it out."
_ADVICE = {  # by Keras' name; {fraction}, {column} and {weight} stand for the name of our setting
    "x": "Give the rows as df, fit(model, df), or as arrays, fit(model, x, y).",
    "y": "Labels are in a column of the DataFrame; what only predicts needs none.",
    "validation_data": "Mark the rows to validate with in a boolean column of the same DataFrame: {column}='column'.",
    "validation_split": "A seeded fraction of the rows is held out by {fraction}=0.2.",
    "initial_epoch": "Each training goes on from the model's weights and optimizer; epochs counts those to add.",
    "sample_weight": "Name a column of row weights: {weight}='column'.",
    "steps_per_epoch": "Each epoch takes all rows; give fewer, e.g. df.sample(0.1), or more epochs.",
    "steps": "All rows are taken; give fewer, e.g. df.limit(1000).",
    "validation_steps": _ALL_HELD_OUT,
    "validation_freq": _ALL_HELD_OUT,
    "validation_batch_size": _ALL_HELD_OUT,
    "return_dict": "Metrics always come as a dict; leave it out.",
    "verbose": "Progress shows in fit alone, where a person looks on; leave it out.",
    "callbacks": "Callbacks run in fit alone; leave it out.",
    **dict.fromkeys(("workers", "use_multiprocessing", "max_queue_size"), _PARALLEL),
}
_CALLED = {
    False: {"fraction": "validation", "column": "validation", "weight": "weight"},
    True: {"fraction": "validationFraction", "column": "validationIndicatorCol", "weight": "weightCol"},
}


def advice(name: str, known: Container[str], spark: bool = False) -> str:
    """Return a sentence with our name for an argument; empty for an unknown one.

    Parameters
    ----------
    name : str
        As the user wrote it.
    known : container of str
        The names that exist.
    spark : bool
        Whether those are a stage's Params, and not a function's arguments.
    """
    other = _SPARK_NAMES if spark else {param: argument for argument, param in _SPARK_NAMES.items()}
    other = other | ({} if spark else {"validationFraction": "validation", "validationIndicatorCol": "validation"})
    if other.get(name) in known:
        return f"It is called {other[name]!r} here. "
    return f"{_ADVICE[name].format(**_CALLED[spark])} " if name in _ADVICE else ""


def refusing_unknown(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Decorate a public function so that an argument which it does not have is an InvalidParamError."""
    known = list(inspect.signature(function).parameters)

    @functools.wraps(function)
    def call(*arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
        unknown = [name for name in named if name not in known]
        if unknown:
            raise InvalidParamError(
                f"{function.__name__} has no argument {unknown[0]!r}. {advice(unknown[0], known)}It has: "
                f"{', '.join(known)}."
            )
        return function(*arguments, **named)

    return call
