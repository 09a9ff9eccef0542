"""The loss, the optimizer and the learning rate schedule of a recipe."""

import math

import keras

from digits.config.recipes import Recipe

WARM_UP = 0.2  # share of the steps in which a one-cycle rate rises
MOMENTUM = 0.9


def loss(recipe: Recipe) -> str | keras.losses.Loss:
    """The loss that the recipe minimizes, with label smoothing (Szegedy et al. 2016) if it has any."""
    if recipe.label_smoothing:
        return keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
    return recipe.loss


def learning_rate(recipe: Recipe, examples: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """The recipe's rate: one number; a cosine from it to 0 at the last step (Loshchilov and Hutter 2017); or one
    cycle, which rises to it from a tenth in the first fifth of all steps, then falls as a cosine (Smith 2018)."""
    steps = recipe.epochs * math.ceil(examples / recipe.batch_size)
    match recipe.schedule:
        case "constant":
            return recipe.learning_rate
        case "cosine":
            return keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps)
        case "one_cycle":
            rise = round(WARM_UP * steps)
            return keras.optimizers.schedules.CosineDecay(
                recipe.learning_rate / 10, steps - rise, warmup_target=recipe.learning_rate, warmup_steps=rise
            )


def optimizer(recipe: Recipe, examples: int) -> keras.optimizers.Optimizer:
    """The recipe's optimizer for `examples` training images."""
    rate = learning_rate(recipe, examples)
    average = {"use_ema": True, "ema_momentum": recipe.ema_decay} if recipe.ema_decay else {}
    decay = recipe.weight_decay or None
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate, weight_decay=decay, **average)
    return keras.optimizers.SGD(rate, momentum=MOMENTUM, nesterov=True, weight_decay=decay, **average)
