"""The networks, one module per recipe, which has the recipe's name, and the layers that several of them share.

A module has one function, `layers`, which returns the hidden layers from input to output; its arguments are those keys
of the recipe's section in params.yaml that `Recipe` does not have. `build` puts the layers between the normalization
and the ten probabilities. Two recipes share a network by a symbolic link.
"""

import importlib

import keras
from keras import layers

from digits.config import Recipe
from digits.data import CLASSES, IMAGE_SHAPE, Normalization
from digits.files import UserError


def build(name: str, recipe: Recipe, normalization: Normalization) -> keras.Sequential:
    """The untrained model of recipe `name`: raw pixels (n, 28, 28, 1) uint8 to probabilities (n, 10).

    The normalization is the model's first layer, so that nobody can apply another one. Raises UserError if the recipe's
    values do not fit the network.
    """
    module = importlib.import_module(f"digits.networks.{name}")
    try:
        hidden = module.layers(**recipe.network_arguments)
    except (TypeError, ValueError) as error:
        raise UserError(f"recipes.{name} does not fit digits/networks/{name}.py: {error}") from error
    mean, std = normalization
    return keras.Sequential(
        [
            layers.Input(IMAGE_SHAPE, dtype="uint8", name="pixels"),  # 28x28x1
            layers.Rescaling(1 / std, -mean / std, name="normalization"),
            *hidden,
            layers.Dense(CLASSES, "softmax", name="probabilities"),  # 10
        ],
        name=name,
    )


def bn_relu(block: int) -> list[layers.Layer]:
    """Batch normalization (Ioffe and Szegedy 2015) and ReLU.

    The momentum is below Keras' 0.99, with which the running mean needs more batches than a short training has.
    """
    return [
        layers.BatchNormalization(momentum=0.9, name=f"norm_{block}"),
        layers.ReLU(name=f"relu_{block}"),
    ]


def later_convolutions(second: int, third: int, fourth: int) -> list[layers.Layer]:
    """Three convolutions with these numbers of channels, from 12x12 to the features."""
    return [
        layers.Conv2D(second, 3, use_bias=False, name="conv_2"),  # 10x10
        layers.MaxPooling2D(name="pool_2"),  # 5x5
        *bn_relu(2),
        layers.Conv2D(third, 3, padding="same", use_bias=False, name="conv_3"),  # 5x5
        *bn_relu(3),
        layers.Conv2D(fourth, 3, use_bias=False, name="conv_4"),  # 3x3
        *bn_relu(4),
        layers.Flatten(name="flatten"),
    ]
