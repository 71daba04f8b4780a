"""Cases of ``keras.regularizers``, ``keras.constraints`` and ``keras.initializers``."""

from keras import constraints, initializers, layers, regularizers

from tests.conformance import own
from tests.conformance.building import row, stacked
from tests.conformance.case import Case

REASONS = {
    "regularizers.Regularizer": "the base class; one of the user's own stands for it",
    "constraints.Constraint": "the base class; one of the user's own stands for it",
    "initializers.Initializer": "the base class; one of the user's own stands for it",
}


def _with_dense(holds, **settings):
    return Case(lambda: row(layers.Dense(4, **{name: make() for name, make in settings.items()})), holds=holds)


_REGULARIZERS = {
    "L1": lambda: regularizers.L1(0.1),
    "L2": lambda: regularizers.L2(0.1),
    "L1L2": lambda: regularizers.L1L2(0.1, 0.05),
    "OrthogonalRegularizer": lambda: regularizers.OrthogonalRegularizer(0.1),
}
_CONSTRAINTS = {
    "MaxNorm": lambda: constraints.MaxNorm(0.5),
    "MinMaxNorm": lambda: constraints.MinMaxNorm(0.3, 0.6, rate=0.5),
    "NonNeg": constraints.NonNeg,
    "UnitNorm": constraints.UnitNorm,
}
# The weights are drawn before they travel, so the classes differ in what is saved of them.
_INITIALIZERS = {
    "Constant": lambda: initializers.Constant(0.3),
    "Identity": initializers.Identity,
    "Ones": initializers.Ones,
    "Zeros": initializers.Zeros,
    **{
        name: getattr(initializers, name)
        for name in (
            *("GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform"),
            *("Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling"),
        )
    },
}
CASES = {
    f"regularizer {name}": _with_dense((f"regularizers.{name}",), kernel_regularizer=make)
    for name, make in _REGULARIZERS.items()
}
CASES |= {
    f"constraint {name}": _with_dense((f"constraints.{name}",), kernel_constraint=make)
    for name, make in _CONSTRAINTS.items()
}
CASES |= {
    f"initializer {name}": _with_dense((f"initializers.{name}",), kernel_initializer=make)
    for name, make in _INITIALIZERS.items()
}
CASES |= {
    "initializer STFT": Case(
        lambda: stacked(
            (256, 1),
            layers.Conv1D(10, 16, strides=16, kernel_initializer=initializers.STFT("real"), use_bias=False),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1),
        ),
        x="long sound",
        holds=("initializers.STFT",),
    ),
    "own regularizer": _with_dense(("regularizers.Regularizer",), kernel_regularizer=own.Smooth),
    "own regularizer without get_config": Case(
        lambda: row(layers.Dense(4, kernel_regularizer=own.Unnamed())),
        refused="own.Unnamed.*get_config",
        refused_with=1,
        why="Keras cannot save it",
    ),
    "own constraint": _with_dense(("constraints.Constraint",), kernel_constraint=own.NonNegative),
    "own initializer": _with_dense(("initializers.Initializer",), kernel_initializer=own.Halves),
    "regularizers of bias and activity": _with_dense(
        (), bias_regularizer=lambda: regularizers.L2(0.1), activity_regularizer=lambda: regularizers.L2(0.1)
    ),
}
