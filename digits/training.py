"""Training a model: the tf.data input, the loop, the history.

Knows how examples reach the model and what is recorded of an epoch. The architecture comes from `models`, the pins
that make it reproducible from `pinning`.
"""

import math
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from digits.datasets import CLASSES, Split
from digits.params import Loss, Recipe

BATCH = 1000  # images at a time where nothing is learned; fixed, since batch sizes round differently


def targets(labels: np.ndarray, loss: Loss) -> np.ndarray:
    """`labels` (n,) as `loss` wants them: one-hot (n, 10) float32 or as they are."""
    if loss == "categorical_crossentropy":
        return keras.utils.to_categorical(labels, CLASSES)
    return labels


def batches(split: Split, recipe: Recipe, seed: int | None) -> tf.data.Dataset:
    """Batches of (pixels, targets), cached and prefetched; with a seed, in a new order each epoch.

    The last, smaller batch is kept: every example counts.
    """
    examples = tf.data.Dataset.from_tensor_slices((split.images, targets(split.labels, recipe.loss))).cache()
    if seed is not None:
        examples = examples.shuffle(len(split.labels), seed=seed, reshuffle_each_iteration=True)
    return examples.batch(recipe.batch_size if seed is not None else BATCH).prefetch(tf.data.AUTOTUNE)


def learning_rate(recipe: Recipe, examples: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """The recipe's rate: one number, or a cosine from it to 0 at the last step (Loshchilov and Hutter 2017)."""
    if recipe.schedule == "constant":
        return recipe.learning_rate
    steps = recipe.epochs * math.ceil(examples / recipe.batch_size)
    return keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps)


def fit(model: keras.Model, recipe: Recipe, train: Split, validation: Split, seed: int, logs: Path) -> pd.DataFrame:
    """Train `model` in place and return its history.

    One row an epoch: `epoch` from 1, `accuracy` and `loss` as averaged while the epoch ran, `val_accuracy` and
    `val_loss` at its end. TensorBoard's files go to `logs`. Raises ValueError where the loss did not stay finite.
    """
    optimizer = keras.optimizers.Adam(learning_rate(recipe, len(train.labels)))
    model.compile(optimizer, loss=recipe.loss, metrics=["accuracy"])
    watched = sys.stdout.isatty()
    history = model.fit(
        batches(train, recipe, seed),
        validation_data=batches(validation, recipe, None),
        epochs=recipe.epochs,
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.TensorBoard(logs),
            *([] if watched else [EpochLine(recipe.epochs)]),
        ],
        shuffle=False,  # `batches` does
        verbose=1 if watched else 0,
    )
    table = pd.DataFrame(history.history)[["accuracy", "loss", "val_accuracy", "val_loss"]]
    table.insert(0, "epoch", range(1, len(table) + 1))
    diverged = table.loc[~np.isfinite(table["loss"]), "epoch"]
    if len(diverged):
        raise ValueError(
            f"training diverged in epoch {diverged.iloc[0]}: the loss is not finite; lower the learning rate"
        )
    return table


class EpochLine(keras.callbacks.Callback):
    """One line an epoch, for logs that nobody watches as they grow."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        numbers = "  ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items())
        print(f"{self.model.name}: epoch {epoch + 1}/{self.epochs}  {numbers}", flush=True)


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Probabilities (n, 10) float32 of `images` (n, 28, 28, 1) uint8."""
    return model.predict(images, batch_size=BATCH, verbose=0)


def mean_loss(model: keras.Model, split: Split, loss: Loss) -> float:
    """The mean over `split` of the loss that training minimised, from the logits, as training computes it."""
    model.compile(loss=loss)
    measured = model.evaluate(split.images, targets(split.labels, loss), batch_size=BATCH, verbose=0, return_dict=True)
    return measured["loss"]
