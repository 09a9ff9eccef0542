"""The networks, one module per recipe, which has the recipe's name.

A module has one function, `layers`, which returns the hidden layers from input to output; its arguments are the keys of
the recipe's section in params.yaml. `build` puts them between the normalization and the ten probabilities. May import
`config` and `data`.
"""

import importlib

import keras
from keras import layers

from digits.config.recipes import Recipe
from digits.core.errors import UserError
from digits.data.datasets import CLASSES, IMAGE_SHAPE
from digits.data.splits import Normalization


def build(name: str, recipe: Recipe, normalization: Normalization) -> keras.Sequential:
    """The untrained model of recipe `name`: raw pixels (n, 28, 28, 1) uint8 to probabilities (n, 10).

    The normalization is the model's first layer, so that nobody can apply another one. Raises UserError if the recipe's
    values do not fit the network.
    """
    module = importlib.import_module(f"digits.architectures.{name}")
    try:
        hidden = module.layers(**recipe.architecture)
    except (TypeError, ValueError) as error:
        raise UserError(f"recipes.{name} does not fit digits/architectures/{name}.py: {error}") from error
    mean, std = normalization
    return keras.Sequential(
        [
            layers.Input(IMAGE_SHAPE, dtype="uint8", name="pixels"),  # 28x28x1
            layers.Rescaling(1 / std, -mean / std, name="normalisation"),  # the name is part of the model file's bytes
            *hidden,
            layers.Dense(CLASSES, "softmax", name="probabilities"),  # 10
        ],
        name=name,
    )
