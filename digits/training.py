"""Training: the loop with its history, the batches, the loss, optimizers and learning rate schedules."""

import math
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from digits import networks, strokes
from digits.augmentation import augment
from digits.config import Recipe
from digits.data import CLASSES, IMAGE_SHAPE, LabeledImages, Normalization
from digits.determinism import THREADS
from digits.files import UserError
from digits.models import BATCH

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
    train = strokes.with_drawn_digits(train, recipe.drawn_digits, seed)
    optimizer = make_optimizer(recipe, len(train.labels))
    model.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        steps_per_execution=STEPS,
    )
    watched = sys.stdout.isatty()
    history = model.fit(
        make_batches(train, recipe, seed),
        validation_data=make_batches(validation, recipe, None),
        epochs=recipe.epochs,
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.TensorBoard(logs, write_graph=False),  # writing it takes a second
            *([] if watched else [EpochLine(recipe.epochs)]),
            *callbacks,
        ],
        shuffle=False,  # `make_batches` does
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
    """A new model of the recipe called `name`, trained from `seed`, independent of what this process trained before."""
    keras.utils.set_random_seed(seed)
    model = networks.build(name, recipe, normalization)
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


IN_MEMORY = 2**30  # bytes of images that are held in memory: twenty times MNIST


def make_batches(split: LabeledImages, recipe: Recipe, seed: int | None) -> tf.data.Dataset:
    """Batches of (pixels, one-hot labels), prefetched; with a seed, shuffled and augmented anew in each epoch.

    The last, smaller batch is kept. Only positions are shuffled, 8 bytes each; the images are gathered batch by batch.
    """
    images, labels = gatherer(split.images), tf.constant(keras.utils.to_categorical(split.labels, CLASSES))
    positions = tf.data.Dataset.range(len(split.labels))
    if seed is None:
        return positions.batch(BATCH).map(lambda at: (images(at), tf.gather(labels, at))).prefetch(2)
    positions = positions.shuffle(len(split.labels), seed=seed, reshuffle_each_iteration=True)
    # Each batch has a seed of its own, so that parallel maps cannot race for random numbers.
    seeds = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True).batch(2)
    strength = recipe.augmentation

    def gather(at: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        batch = images(at)
        return augment(batch, seed, strength) if strength else batch, tf.gather(labels, at)

    pairs = tf.data.Dataset.zip(positions.batch(recipe.batch_size), seeds)
    return pairs.map(gather, num_parallel_calls=THREADS, deterministic=True).prefetch(2 * THREADS)


def gatherer(images: np.ndarray) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from positions (m,) to that batch of `images`: in memory up to IN_MEMORY bytes, else from the file."""
    if images.nbytes <= IN_MEMORY:
        held = tf.constant(images)
        return lambda at: tf.gather(held, at)

    def read(at: tf.Tensor) -> tf.Tensor:
        batch = tf.numpy_function(lambda positions: images[positions], [at], tf.uint8, stateful=False)
        return tf.ensure_shape(batch, (None, *IMAGE_SHAPE))

    return read


WARM_UP = 0.2  # share of the steps in which a one-cycle rate rises
MOMENTUM = 0.9
ADAM_SHARE = 0.06  # of Muon's rate: Adam's, for what Muon leaves to it


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


def make_optimizer(recipe: Recipe, examples: int) -> keras.optimizers.Optimizer:
    """The recipe's optimizer for `examples` training images."""
    rate = learning_rate(recipe, examples)
    match recipe.optimizer:
        case "adam":
            return keras.optimizers.Adam(rate)
        case "sgd":
            return keras.optimizers.SGD(rate, momentum=MOMENTUM, nesterov=True)
        case "muon":
            return Muon(rate)


class Muon(keras.optimizers.Muon):
    """Nesterov momentum whose step is the nearest orthogonal matrix (Jordan et al. 2024), for kernels as matrices of
    (all inputs of a channel, channels); Adam for the first kernel, the last one and all that is no matrix.

    Keras' own leaves kernels of convolutions to Adam.
    """

    def __init__(self, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule) -> None:
        super().__init__(
            learning_rate,
            momentum=MOMENTUM,
            adam_lr_ratio=ADAM_SHARE,
            weight_decay=None,
            adam_weight_decay=None,
            rms_rate=None,  # the step is orthogonal, not scaled to the size of Adam's
        )

    def build(self, var_list: list[keras.Variable]) -> None:
        matrices = [variable for variable in var_list if len(variable.shape) > 1 and variable.shape[-1] > 1]
        self.orthogonal = {variable.path for variable in matrices[1:-1]}
        super().build(var_list)

    def _should_use_adamw(self, variable: keras.Variable) -> bool:
        return variable.path not in self.orthogonal

    def zeropower_via_newtonschulz5(self, x: tf.Tensor, steps: int) -> tf.Tensor:
        matrix = tf.reshape(x, (-1, x.shape[-1]))
        return tf.reshape(super().zeropower_via_newtonschulz5(matrix, steps), x.shape)
