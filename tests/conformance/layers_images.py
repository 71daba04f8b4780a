"""Cases of ``keras.layers``: convolutions, pooling, preprocessing and augmentation of images, sounds."""

from keras import layers

from tests.conformance.building import pooled
from tests.conformance.case import Case
from tests.conformance.layers_basic import of_layers

REASONS = {"MaxNumBoundingBoxes": "of bounding boxes beside images, a dict that no column of a DataFrame gives"}
_RANDOM = {"compares": "names", "why": "draws at random"}


def _several_axes(name, *arguments, **settings):
    """Return {name with 1D, 2D, 3D: function that makes the layer}, those that Keras has."""
    found = {f"{name}{axes}D": getattr(layers, f"{name}{axes}D", None) for axes in (1, 2, 3)}
    return {each: lambda kind=kind: kind(*arguments, **settings) for each, kind in found.items() if kind is not None}


_CONVOLUTIONS = {
    **_several_axes("Conv", 3, 2),
    **_several_axes("SeparableConv", 3, 2),
    **_several_axes("DepthwiseConv", 2),
}
_TRANSPOSED = {
    f"Conv{axes}DTranspose": lambda kind=f"Conv{axes}DTranspose": getattr(layers, kind)(3, 2) for axes in (1, 2, 3)
}
_POOLING = {
    **_several_axes("AveragePooling", 2),
    **_several_axes("MaxPooling", 2),
    **_several_axes("GlobalAveragePooling"),
    **_several_axes("GlobalMaxPooling"),
    **_several_axes("AdaptiveAveragePooling", 2),
    **_several_axes("AdaptiveMaxPooling", 2),
}
_SHAPES = {
    **_several_axes("Cropping", 1),
    **_several_axes("UpSampling", 2),
    **_several_axes("ZeroPadding", 1),
}
_INPUTS = {"1": "series", "2": "image", "3": "video"}


def _by_axes(kinds, **settings):
    made = {}
    for name, make in kinds.items():
        axes = name.replace("DTranspose", "D")[-2]
        made |= of_layers({name: make}, _INPUTS[axes], **settings)
    return made


_RECURRENT = {
    "ConvLSTM1D": ("strip", lambda: layers.ConvLSTM1D(2, 2)),
    "ConvLSTM2D": ("video", lambda: layers.ConvLSTM2D(2, 2)),
}
_ON_IMAGES = {
    "CenterCrop": lambda: layers.CenterCrop(4, 4),
    "Resizing": lambda: layers.Resizing(4, 4),
    "AutoContrast": lambda: layers.AutoContrast((0, 1)),
    "Pipeline": lambda: layers.Pipeline([layers.Resizing(4, 4), layers.Rescaling(0.5)]),
    "ContrastLimitedAdaptiveHistogramEqualization": lambda: layers.ContrastLimitedAdaptiveHistogramEqualization(
        (0, 1), tile_grid_size=(2, 2)
    ),
    "GroupNormalization, images": lambda: layers.GroupNormalization(3),
    "Conv2D, same": lambda: layers.Conv2D(3, 3, padding="same", strides=2),
    "Conv2D, dilated": lambda: layers.Conv2D(3, 3, dilation_rate=2),
    "Conv2D, grouped": lambda: layers.Conv2D(3, 3, groups=3),
}
_AUGMENTATION = {
    "AugMix": lambda: layers.AugMix((0, 1)),
    "CutMix": layers.CutMix,
    "MixUp": layers.MixUp,
    "RandAugment": lambda: layers.RandAugment((0, 1)),
    "RandomBrightness": lambda: layers.RandomBrightness(0.2, (0, 1)),
    "RandomColorDegeneration": lambda: layers.RandomColorDegeneration(0.5, (0, 1)),
    "RandomColorJitter": lambda: layers.RandomColorJitter((0, 1), 0.2, 0.2, 0.2, 0.2),
    "RandomContrast": lambda: layers.RandomContrast(0.2, (0, 1)),
    "RandomErasing": lambda: layers.RandomErasing(1.0, value_range=(0, 1)),
    "RandomFlip": layers.RandomFlip,
    "RandomGaussianBlur": lambda: layers.RandomGaussianBlur(1.0, value_range=(0, 1)),
    "RandomGrayscale": layers.RandomGrayscale,
    "RandomHue": lambda: layers.RandomHue(0.2, (0, 1)),
    "RandomInvert": lambda: layers.RandomInvert(0.5, (0, 1)),
    "RandomPerspective": layers.RandomPerspective,
    "RandomPosterization": lambda: layers.RandomPosterization(4, (0, 1)),
    "RandomRotation": lambda: layers.RandomRotation(0.2),
    "RandomSaturation": lambda: layers.RandomSaturation(0.2, (0, 1)),
    "RandomSharpness": lambda: layers.RandomSharpness(0.2, (0, 1)),
    "RandomTranslation": lambda: layers.RandomTranslation(0.2, 0.2),
    "RandomZoom": lambda: layers.RandomZoom(0.2),
    "Solarization": lambda: layers.Solarization(0.5, 0.5, (0, 1)),
    "SpatialDropout2D": lambda: layers.SpatialDropout2D(0.3),
}
CASES = _by_axes(_CONVOLUTIONS | _TRANSPOSED | _POOLING | _SHAPES)
CASES |= {name: of_layers({name: make}, x)[name] for name, (x, make) in _RECURRENT.items()}
CASES |= of_layers({name: make for name, make in _ON_IMAGES.items() if hasattr(layers, name.split(",")[0])}, "image")
CASES |= of_layers(
    {name: make for name, make in _AUGMENTATION.items() if hasattr(layers, name)},
    "image",
    **_RANDOM,
)
CASES |= of_layers(
    {
        "Equalization": lambda: layers.Equalization((0, 1)),
        "RandomShear": lambda: layers.RandomShear(0.2, 0.2),
    },
    "image",
    refused="cannot be built again from what Keras saves of it",
    refused_with=1,
    why="Keras does not open its own file of it",
)
# Keras 3.15 itself fails with these on the other backends: on JAX, RandomCrop gives uncropped images in training.
CASES |= of_layers({"RandomCrop": lambda: layers.RandomCrop(4, 4)}, "image", **_RANDOM, backends=("tensorflow",))
if hasattr(layers, "RandomElasticTransform"):
    CASES |= of_layers(
        {"RandomElasticTransform": lambda: layers.RandomElasticTransform(0.5, 0.5, value_range=(0, 1))},
        "image",
        **_RANDOM,
        backends=("torch", "tensorflow"),
    )
CASES |= of_layers({"SpatialDropout3D": lambda: layers.SpatialDropout3D(0.3)}, "video", **_RANDOM)
CASES |= of_layers(
    {
        "MelSpectrogram": lambda: layers.MelSpectrogram(
            fft_length=64, sequence_stride=32, sampling_rate=1000, num_mel_bins=8
        )
    },
    "sound",
)
CASES |= of_layers(
    {"STFTSpectrogram": lambda: layers.STFTSpectrogram("magnitude", frame_length=32, frame_step=16, fft_length=32)},
    "long sound",
)
CASES["ConvLSTM3D"] = Case(
    lambda: pooled((2, 3, 3, 3, 1), layers.ConvLSTM3D(2, 2)), x="film", holds=("layers.ConvLSTM3D",)
)
