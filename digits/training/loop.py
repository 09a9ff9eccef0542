"""The training loop: compile, fit, and the history of every epoch."""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from digits import architectures
from digits.config.params import Strategy
from digits.config.recipes import Recipe
from digits.core.errors import UserError
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from digits.training import drawn_digits, optimizers
from digits.training.batches import batches

STEPS = 8  # per call of the graph: Python overhead is a tenth of a small network's step


def fit(
    model: keras.Model,
    recipe: Recipe,
    train: LabeledImages,
    validation: LabeledImages,
    seed: int,
    logs: Path,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> pd.DataFrame:
    """Train `model` in place, on `train` and the recipe's drawn digits, and return its history.

    One row per epoch: `epoch` from 1, `accuracy` and `loss` as averaged while the epoch ran, `val_accuracy` and
    `val_loss` at its end. TensorBoard's files go to `logs`; `callbacks` are added to the loop's own. Raises
    UserError if the loss did not stay finite.
    """
    train = drawn_digits.added(train, recipe.drawn_digits, seed)
    optimizer = optimizers.optimizer(recipe, len(train.labels))
    steps = 1 if tf.distribute.has_strategy() else STEPS  # Keras 3.15 fails with a strategy and several steps per call
    model.compile(optimizer, optimizers.loss(recipe), metrics=["accuracy"], steps_per_execution=steps)
    watched = sys.stdout.isatty()
    history = model.fit(
        batches(train, recipe, seed),
        validation_data=batches(validation, recipe, None),
        epochs=recipe.epochs,
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.TensorBoard(logs, write_graph=False),  # writing it takes a second
            *([keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if optimizer.use_ema else []),
            *([] if watched else [EpochLine(recipe.epochs)]),
            *callbacks,
        ],
        shuffle=False,  # `batches` does
        verbose=1 if watched else 0,
    )
    table = pd.DataFrame(history.history)[["accuracy", "loss", "val_accuracy", "val_loss"]]
    table.insert(0, "epoch", range(1, len(table) + 1))
    diverged = table.loc[~np.isfinite(table["loss"]), "epoch"]
    if len(diverged):
        raise UserError(
            f"training diverged in epoch {diverged.iloc[0]}: the loss is not finite; lower the learning rate"
        )
    return table


def trained(
    name: str,
    recipe: Recipe,
    normalization: Normalization,
    train: LabeledImages,
    validation: LabeledImages,
    seed: int,
) -> keras.Model:
    """A new model of the recipe called `name`, trained from `seed`, whatever was trained before in this process."""
    keras.utils.set_random_seed(seed)
    model = architectures.build(name, recipe, normalization)
    with tempfile.TemporaryDirectory() as logs:
        fit(model, recipe, train, validation, seed, Path(logs))
    return model


class EpochLine(keras.callbacks.Callback):
    """Prints one line per epoch, for logs."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        numbers = "  ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items())
        print(f"{self.model.name}: epoch {epoch + 1}/{self.epochs}  {numbers}", flush=True)


def distribution_scope(strategy: Strategy) -> AbstractContextManager:
    """The scope in which a model is built and trained: with "mirrored", on all GPUs, or logical CPUs if there is none.

    Batch normalization then takes the statistics of each GPU's part of the batch, and sums are rounded differently:
    another number of GPUs gives other numbers. Several machines train independent seeds and recipes instead (sweeps),
    since Keras 3 on TensorFlow does not run MultiWorkerMirroredStrategy.

    Raises UserError if there are not several devices.
    """
    if strategy == "single":
        return nullcontext()
    devices = [it.name for it in tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")]
    if len(devices) < 2:
        raise UserError("train.strategy is mirrored, which takes several GPUs; TensorFlow sees none or one")
    # The reductions that TensorFlow would choose fail with Keras 3.15: gradients of one replica are concatenated.
    return tf.distribute.MirroredStrategy(devices, cross_device_ops=tf.distribute.ReductionToOneDevice()).scope()
