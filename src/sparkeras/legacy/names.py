"""The names of layers and arguments, old and new.

Runs on: driver.

Sources: the ``get_config`` of the layers of Keras 1.0.0 to 1.2.2 and 2.0.0 to 2.15, and Keras' own notes on the change
from 1 to 2 (https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes).
"""

from __future__ import annotations

from typing import Any

MODELS = ("Sequential", "Model", "Functional")
MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")
RECURRENT = ("SimpleRNN", "LSTM", "GRU", "ConvLSTM2D")
CELLS = ("SimpleRNNCell", "LSTMCell", "GRUCell")
CONVOLUTIONS = (
    *("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
    *("SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D", "ConvLSTM2D"),
)
POOLINGS = ("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D")

SAME = (
    *MERGES,
    *RECURRENT,
    *CELLS,
    *CONVOLUTIONS,
    *POOLINGS,
    *(f"{kind}{d}D" for kind in ("GlobalMaxPooling", "GlobalAveragePooling", "SpatialDropout") for d in (1, 2, 3)),
    *(f"{kind}{d}D" for kind in ("Cropping", "UpSampling", "ZeroPadding") for d in (1, 2, 3)),
    *("Dense", "Activation", "Dropout", "Flatten", "Reshape", "Permute", "RepeatVector", "Masking", "Embedding"),
    *("GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Rescaling"),
    *("Attention", "AdditiveAttention", "MultiHeadAttention"),
    *("BatchNormalization", "LayerNormalization", "LeakyReLU", "PReLU", "ELU", "ReLU", "Softmax"),
    *("GroupNormalization", "UnitNormalization", "Normalization", "EinsumDense"),
    *("Resizing", "CenterCrop", "CategoryEncoding", "Discretization"),
    *(f"Random{what}" for what in ("Flip", "Rotation", "Zoom", "Translation", "Contrast", "Brightness")),
)
RENAMED = {
    **{f"Convolution{d}D": f"Conv{d}D" for d in (1, 2, 3)},
    **{f"AtrousConvolution{d}D": f"Conv{d}D" for d in (1, 2)},
    **{f"AtrousConv{d}D": f"Conv{d}D" for d in (1, 2)},
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
    "ThresholdedReLU": "ReLU",
    **dict.fromkeys(("BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"), "BatchNormalization"),
    **dict.fromkeys(("LSTMV1", "LSTMV2", "UnifiedLSTM", "CuDNNLSTM"), "LSTM"),
    **dict.fromkeys(("GRUV1", "GRUV2", "UnifiedGRU", "CuDNNGRU"), "GRU"),
    **{name.lower(): name for name in MERGES},
}
KINDS = {name: name for name in SAME} | RENAMED

COMMON = {
    "output_dim": "units",
    "nb_filter": "filters",
    "border_mode": "padding",
    "subsample": "strides",
    "subsample_length": "strides",
    "filter_length": "kernel_size",
    "atrous_rate": "dilation_rate",
    "dim_ordering": "data_format",
    "bias": "use_bias",
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "pool_length": "pool_size",
    "stride": "strides",
    "length": "size",
    **{f"{old}_{what}": f"{new}_{what}" for old, new in (("W", "kernel"), ("U", "recurrent"), ("b", "bias"))
       for what in ("regularizer", "constraint")},
}  # fmt: skip
BY_KIND: dict[str, dict[str, str]] = {
    "Embedding": {
        "output_dim": "output_dim",
        "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
    },
    **{name: {"p": "rate"} for name in ("Dropout", "GaussianDropout", *(f"SpatialDropout{d}D" for d in (1, 2, 3)))},
    "GaussianNoise": {"sigma": "stddev"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "PReLU": {"init": "alpha_initializer"},
    "BatchNormalization": {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"},
    "Dot": {"dot_axes": "axes"},
}

# Defaults of old layers that differ from those of Keras 3.
MISSING: dict[str, dict[str, Any]] = {
    **{kind: {"recurrent_activation": "hard_sigmoid"} for kind in ("LSTM", "LSTMCell", "ConvLSTM2D")},
    **{kind: {"recurrent_activation": "hard_sigmoid", "reset_after": False} for kind in ("GRU", "GRUCell")},
    "BatchNormalization": {"momentum": 0.99, "epsilon": 1e-3},
    "CuDNNLSTM": {"recurrent_activation": "sigmoid"},
    "CuDNNGRU": {"recurrent_activation": "sigmoid", "reset_after": True},
}

# No prediction depends on these: they chose an implementation, or stand elsewhere too.
DROPPED = {
    *("batch_input_shape", "batch_shape", "input_shape", "input_length", "input_dtype", "weights", "name", "trainable"),
    *("consume_less", "implementation", "fused", "zero_output_for_mask", "renorm_clipping", "renorm_momentum"),
    *("output_shape", "autocast", "nb_feature", "build_input_shape", "synchronized", "use_cudnn"),
    *("query_shape", "key_shape", "value_shape"),
}

# These must have one of the values: Keras 3 has nothing for the others.
ONLY: dict[str, tuple[object, ...]] = {
    "renorm": (False, None),
    "virtual_batch_size": (None,),
    "adjustment": (None,),
    "time_major": (False, None),
    "ragged": (False, None),
    "causal": (False, None),
    "mode": (0,),
    "reverse_state_order": (False, None),
    "num_constants": (None, 0),
    "sparse": (False, None),
}
ONLY_MESSAGES = {
    "mode": "normalizes by the batch or the row at hand (mode {value}); Keras 3 normalizes by moving averages alone.",
    "ragged": "takes ragged tensors, which Keras 3 does not support. Pad the rows.",
}

ACTIVATIONS = (
    *("linear", "relu", "relu6", "elu", "selu", "softplus", "softsign", "softmax", "tanh", "sigmoid", "hard_sigmoid"),
    *("exponential", "swish", "silu", "gelu", "mish", "leaky_relu", "log_softmax"),
)
