"""The recipes' architectures: each a function whose layers can be read from top to bottom.

Every model takes raw pixels, (n, 28, 28, 1) uint8, and gives ten probabilities: its normalisation is its own first
layer, so that whoever uses it cannot prepare the pixels differently. How it is trained is known to `training`.
"""

import keras
from keras import layers

from digits.datasets import CLASSES, IMAGE_SHAPE
from digits.recipes import CnnRecipe, FlagshipRecipe, Recipe
from digits.splits import Normalisation


def build(name: str, recipe: Recipe, normalisation: Normalisation) -> keras.Sequential:
    """The untrained model of recipe `name`."""
    match name, recipe:
        case "mlp", _:
            hidden = mlp()
        case "sigmoid", _:
            hidden = sigmoid()
        case "cnn", CnnRecipe():
            hidden = cnn(recipe.dropout)
        case "fast", FlagshipRecipe():
            hidden = fast(recipe.channels)
        case _, FlagshipRecipe():
            hidden = flagship(recipe.channels)
        case _:
            raise ValueError(f"there is no recipe {name} with a {type(recipe).__name__}")
    mean, std = normalisation
    return keras.Sequential(
        [
            layers.Input(IMAGE_SHAPE, dtype="uint8", name="pixels"),  # 28x28x1
            layers.Rescaling(1 / std, -mean / std, name="normalisation"),
            *hidden,
            layers.Dense(CLASSES, "softmax", name="probabilities"),  # 10
        ],
        name=name,
    )


def mlp() -> list[layers.Layer]:
    """The classic feed-forward reference, 109,386 parameters; reported elsewhere at 97.6 to 98 %."""
    return [
        layers.Flatten(name="flatten"),  # 784
        layers.Dense(128, "relu", name="dense_1"),
        layers.Dense(64, "relu", name="dense_2"),
    ]


def sigmoid() -> list[layers.Layer]:
    """The net of the TensorFlow Datasets tutorials, 468,874 parameters; reported elsewhere at about 98 %."""
    return [
        layers.Flatten(name="flatten"),  # 784
        layers.Dense(512, "sigmoid", name="dense_1"),
        layers.Dense(128, "sigmoid", name="dense_2"),
    ]


def cnn(dropout: float) -> list[layers.Layer]:
    """The textbook convolutional net, 225,034 parameters; reported elsewhere at 99.0 to 99.3 %.

    A widely copied summary adds its layers up to 224,034, which is 1,000 short.
    """
    return [
        layers.Conv2D(32, 3, activation="relu", name="conv_1"),  # 26x26x32
        layers.MaxPooling2D(name="pool_1"),  # 13x13x32
        layers.Conv2D(64, 3, activation="relu", name="conv_2"),  # 11x11x64
        layers.MaxPooling2D(name="pool_2"),  # 5x5x64
        layers.Flatten(name="flatten"),  # 1600
        layers.Dense(128, "relu", name="dense"),
        layers.Dropout(dropout, name="dropout"),
    ]


def fast(channels: list[int]) -> list[layers.Layer]:
    """The least net that reads as well as the textbook net: its first layer steps over every other pixel."""
    first, second, third, fourth = channels
    return [
        layers.Conv2D(first, 5, strides=2, use_bias=False, name="conv_1"),  # 12x12
        *normalised(1),
        layers.Conv2D(second, 3, use_bias=False, name="conv_2"),  # 10x10
        layers.MaxPooling2D(name="pool_2"),  # 5x5
        *normalised(2),
        layers.Conv2D(third, 3, padding="same", use_bias=False, name="conv_3"),  # 5x5
        *normalised(3),
        layers.Conv2D(fourth, 3, use_bias=False, name="conv_4"),  # 3x3
        *normalised(4),
        layers.Flatten(name="flatten"),
    ]


def flagship(channels: list[int]) -> list[layers.Layer]:
    """Four convolutions, most of them on small maps, where a parameter costs least time.

    Pooling stands before batch normalisation and ReLU, which then pass over a quarter of the values.
    """
    first, second, third, fourth = channels
    return [
        layers.Conv2D(first, 5, use_bias=False, name="conv_1"),  # 24x24
        layers.MaxPooling2D(name="pool_1"),  # 12x12
        *normalised(1),
        layers.Conv2D(second, 3, use_bias=False, name="conv_2"),  # 10x10
        layers.MaxPooling2D(name="pool_2"),  # 5x5
        *normalised(2),
        layers.Conv2D(third, 3, padding="same", use_bias=False, name="conv_3"),  # 5x5
        *normalised(3),
        layers.Conv2D(fourth, 3, use_bias=False, name="conv_4"),  # 3x3
        *normalised(4),
        layers.Flatten(name="flatten"),
    ]


def normalised(block: int) -> list[layers.Layer]:
    """Batch normalisation (Ioffe and Szegedy 2015) and ReLU. The mean follows over tens of batches, not hundreds,
    since a short training has no more."""
    return [
        layers.BatchNormalization(momentum=0.9, name=f"norm_{block}"),
        layers.ReLU(name=f"relu_{block}"),
    ]
