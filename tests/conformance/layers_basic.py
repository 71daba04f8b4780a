"""Cases of ``keras.layers``: those of rows and of series, from Dense to attention."""

import keras
from keras import layers

from tests.conformance import own_layers
from tests.conformance.building import compiling, pooled
from tests.conformance.case import Case
from tests.conformance.rows import rows_of

REASONS = {
    "Layer": "the base class; layers of the user's own stand for it",
    "Wrapper": "the base class of wrappers; a wrapper of the user's own stands for it",
    "InputSpec": "no layer: what a layer says of its inputs",
    "InputLayer": "every functional model has one; keras.Input makes it",
    "FlaxLayer": "wants the package flax",
    "JaxLayer": "wants the package tensorflow, on JAX too",
    "StringLookup": "takes texts; a model's inputs are numbers, and texts are refused by name (columns)",
    "TextVectorization": "takes texts; a model's inputs are numbers, and texts are refused by name (columns)",
    "TFSMLayer": "wants a SavedModel folder beside the model; TensorFlow alone, in inference alone",
}
_STATISTICS = "moving statistics are the mean of the workers' own, as documented"


def of_layers(kinds, x, **settings):
    """Return the cases of layers: ``kinds`` are functions that make one, by name; text after a comma tells variants."""
    shape = rows_of(x).shape[1:]
    dtype = "int32" if rows_of(x).dtype.kind == "i" else None
    return {
        name: Case(
            lambda make=make: pooled(shape, make(), dtype=dtype),
            x=x,
            holds=(f"layers.{name.split(',')[0]}",),
            **settings,
        )
        for name, make in kinds.items()
    }


def _joined(name, make):
    """A case of a layer that takes several tensors."""

    def build():
        first, second = keras.Input((6,), name="first"), keras.Input((6,), name="second")
        made = make()([layers.Dense(4)(first), layers.Dense(4)(second)])
        model = keras.Model([first, second], layers.Dense(1)(layers.Flatten()(made)))
        model.compile(**compiling({}))
        return model

    return Case(build, x={"first": "row", "second": "other row"}, holds=(f"layers.{name}",))


def _attending(name, attend):
    def build():
        inputs = keras.Input((7, 4), name="x")
        model = keras.Model(inputs, layers.Dense(1)(layers.Flatten()(attend(inputs))))
        model.compile(**compiling({}))
        return model

    return Case(build, x="series", holds=(f"layers.{name}",))


_MERGING = {
    "Add": layers.Add,
    "Average": layers.Average,
    "Concatenate": layers.Concatenate,
    "Dot": lambda: layers.Dot(1),
    "Maximum": layers.Maximum,
    "Minimum": layers.Minimum,
    "Multiply": layers.Multiply,
    "Subtract": layers.Subtract,
}
_ATTENTION = {
    "AdditiveAttention": lambda x: layers.AdditiveAttention()([x, x]),
    "Attention": lambda x: layers.Attention(use_scale=True)([x, x]),
    "MultiHeadAttention": lambda x: layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True),
    "GroupQueryAttention": lambda x: layers.GroupQueryAttention(3, 4, 2)(x, x),
}
_OF_ROWS = {
    "Activation": lambda: layers.Activation("relu"),
    "ActivityRegularization": lambda: layers.ActivityRegularization(l1=0.05, l2=0.01),
    "Dense": lambda: layers.Dense(4),
    "Dense, by a function": lambda: layers.Dense(4, activation=keras.ops.sin),
    "ELU": layers.ELU,
    "EinsumDense": lambda: layers.EinsumDense("ab,bc->ac", output_shape=4, bias_axes="c"),
    "Flatten": layers.Flatten,
    "Identity": layers.Identity,
    "Lambda": lambda: layers.Lambda(lambda x: x**2),
    "LayerNormalization": layers.LayerNormalization,
    "LeakyReLU": layers.LeakyReLU,
    "Layer": own_layers.Antirectifier,
    "Normalization": lambda: layers.Normalization(mean=0.2, variance=2.0),
    "PReLU": layers.PReLU,
    "RMSNormalization": layers.RMSNormalization,
    "ReLU": lambda: layers.ReLU(max_value=1.0),
    "RepeatVector": lambda: layers.RepeatVector(2),
    "Rescaling": lambda: layers.Rescaling(0.5),
    "Reshape": lambda: layers.Reshape((2, 3)),
    "Softmax": layers.Softmax,
    "SpectralNormalization": lambda: layers.SpectralNormalization(layers.Dense(4)),
    "UnitNormalization": layers.UnitNormalization,
    "Discretization": lambda: layers.Discretization([-1.0, 0.0, 1.0], output_mode="int"),
    "GroupNormalization": lambda: layers.GroupNormalization(2),
    "Wrapper": lambda: own_layers.Twice(layers.Dense(6)),
}
_OF_SERIES = {
    "Masking": layers.Masking,
    "Permute": lambda: layers.Permute((2, 1)),
    "TimeDistributed": lambda: layers.TimeDistributed(layers.Dense(2)),
    "Bidirectional": lambda: layers.Bidirectional(layers.LSTM(3)),
    "Bidirectional, series": lambda: layers.Bidirectional(layers.GRU(3, return_sequences=True)),
    "GRU": lambda: layers.GRU(3),
    "GRU, reset before": lambda: layers.GRU(3, reset_after=False),
    "GRUCell": lambda: layers.RNN(layers.GRUCell(3)),
    "LSTM": lambda: layers.LSTM(3),
    "LSTM, series": lambda: layers.LSTM(3, return_sequences=True),
    "LSTMCell": lambda: layers.RNN(layers.LSTMCell(3)),
    "RNN": lambda: layers.RNN(layers.SimpleRNNCell(3)),
    "SimpleRNN": lambda: layers.SimpleRNN(3),
    "SimpleRNNCell": lambda: layers.RNN(layers.SimpleRNNCell(3), return_sequences=True),
    "StackedRNNCells": lambda: layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)]),
    "LayerNormalization, series": layers.LayerNormalization,
}
_OF_IDS = {
    "Embedding": lambda: layers.Embedding(11, 4),
    "Embedding, masked": lambda: layers.Embedding(11, 4, mask_zero=True),
    "ReversibleEmbedding": lambda: layers.ReversibleEmbedding(11, 4),
}
_RANDOM = {
    "AlphaDropout": lambda: layers.AlphaDropout(0.3),
    "Dropout": lambda: layers.Dropout(0.3),
    "GaussianDropout": lambda: layers.GaussianDropout(0.3),
    "GaussianNoise": lambda: layers.GaussianNoise(0.3),
}
_CATEGORIES = {
    "CategoryEncoding": lambda: layers.CategoryEncoding(8, output_mode="multi_hot"),
}
# Keras itself computes these by TensorFlow, on whatever backend.
_BY_TENSORFLOW = {
    "Hashing": lambda: layers.Hashing(5, output_mode="one_hot"),
    "IntegerLookup": lambda: layers.IntegerLookup(vocabulary=list(range(8)), output_mode="multi_hot"),
}
CASES = of_layers(_OF_ROWS, "row") | of_layers(_OF_SERIES, "series") | of_layers(_OF_IDS, "sentence")
CASES |= of_layers(_RANDOM, "row", compares="names", why="draws at random")
CASES |= of_layers(
    {"SpatialDropout1D": lambda: layers.SpatialDropout1D(0.3)}, "series", compares="names", why="draws at random"
)
CASES |= of_layers({"BatchNormalization": layers.BatchNormalization}, "row", over_ranks="names", why=_STATISTICS)
CASES |= of_layers(_CATEGORIES, "ids")
CASES |= of_layers(_BY_TENSORFLOW, "ids", backends=("tensorflow",))
CASES |= {name: _joined(name, make) for name, make in _MERGING.items()}
CASES |= {name: _attending(name, attend) for name, attend in _ATTENTION.items()}
CASES["TorchModuleWrapper"] = Case(own_layers.torch_module, holds=("layers.TorchModuleWrapper",), backends=("torch",))
CASES["masked series"] = Case(
    lambda: pooled((7, 4), layers.Masking(), layers.LSTM(3), layers.Dense(2)), x="padded series"
)
CASES["HashedCrossing"] = Case(
    lambda: own_layers.crossing(),
    x={"first": "ids", "second": "class column"},
    holds=("layers.HashedCrossing",),
    backends=("tensorflow",),
)
