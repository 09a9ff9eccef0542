"""Training a model: the tf.data input, the loop, the history.

Knows how examples reach the model and what is recorded of an epoch. The architecture comes from `models`, the
deformed copies of images from `augmentation`, the optimizer and its rate from `optimizing`, the pins that make it
reproducible from `pinning`.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from digits import optimizing
from digits.augmentation import deform
from digits.datasets import IMAGE_SHAPE, Split
from digits.inference import BATCH, targets
from digits.pinning import THREADS
from digits.recipes import FlagshipRecipe, Recipe

HELD = 2**30  # bytes of images that training keeps in memory: twenty times MNIST
STEPS = 8  # that one call of the graph takes: Python's share of a small net's step is a tenth


def batches(split: Split, recipe: Recipe, seed: int | None) -> tf.data.Dataset:
    """Batches of (pixels, targets), prefetched; with a seed, in a new order and newly deformed each epoch.

    The last, smaller batch is kept: every example counts. What is shuffled are positions, 8 bytes each; the images
    stay where they are, as uint8, until their batch is gathered.
    """
    images, wanted = gatherer(split.images), tf.constant(targets(split.labels, recipe.loss))
    positions = tf.data.Dataset.range(len(split.labels))
    if seed is None:
        return positions.batch(BATCH).map(lambda at: (images(at), tf.gather(wanted, at))).prefetch(2)
    positions = positions.shuffle(len(split.labels), seed=seed, reshuffle_each_iteration=True)
    # A batch carries the seed of its deformations with it, so that parallel maps cannot race for random numbers.
    seeds = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True).batch(2)
    strength = recipe.augmentation if isinstance(recipe, FlagshipRecipe) else None

    def gather(at: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        chosen = images(at)
        return deform(chosen, seed, strength) if strength else chosen, tf.gather(wanted, at)

    pairs = tf.data.Dataset.zip(positions.batch(recipe.batch_size), seeds)
    return pairs.map(gather, num_parallel_calls=THREADS, deterministic=True).prefetch(2 * THREADS)


def gatherer(images: np.ndarray) -> Callable[[tf.Tensor], tf.Tensor]:
    """Gives the batch of `images` at positions (m,): from memory up to HELD bytes of them, else from their file."""
    if images.nbytes <= HELD:
        held = tf.constant(images)
        return lambda at: tf.gather(held, at)

    def read(at: tf.Tensor) -> tf.Tensor:
        batch = tf.numpy_function(lambda positions: images[positions], [at], tf.uint8, stateful=False)
        return tf.ensure_shape(batch, (None, *IMAGE_SHAPE))

    return read


def fit(
    model: keras.Model,
    recipe: Recipe,
    train: Split,
    validation: Split,
    seed: int,
    logs: Path,
    observers: Sequence[keras.callbacks.Callback] = (),
) -> pd.DataFrame:
    """Train `model` in place and return its history.

    One row an epoch: `epoch` from 1, `accuracy` and `loss` as averaged while the epoch ran, `val_accuracy` and
    `val_loss` at its end. TensorBoard's files go to `logs`; `observers` are told of every batch and epoch. Raises
    ValueError where the loss did not stay finite.
    """
    optimizer = optimizing.optimizer(recipe, len(train.labels))
    steps = 1 if tf.distribute.has_strategy() else STEPS  # Keras 3.15 fails with both
    model.compile(optimizer, optimizing.loss(recipe), metrics=["accuracy"], steps_per_execution=steps)
    watched = sys.stdout.isatty()
    history = model.fit(
        batches(train, recipe, seed),
        validation_data=batches(validation, recipe, None),
        epochs=recipe.epochs,
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.TensorBoard(logs, write_graph=False),  # which would take a second to write
            *([keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if optimizer.use_ema else []),
            *([] if watched else [EpochLine(recipe.epochs)]),
            *observers,
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
