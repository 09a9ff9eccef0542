"""The input pipeline: labeled images as shuffled, augmented and prefetched batches, through tf.data."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from digits.config.recipes import Recipe
from digits.core.determinism import THREADS
from digits.data.datasets import IMAGE_SHAPE, LabeledImages
from digits.models.inference import BATCH, targets
from digits.training.augmentation import augment

IN_MEMORY = 2**30  # bytes of images that are kept in memory: twenty times MNIST


def batches(split: LabeledImages, recipe: Recipe, seed: int | None) -> tf.data.Dataset:
    """Batches of (pixels, targets), prefetched; with a seed, shuffled and augmented anew in each epoch.

    The last, smaller batch is kept. Only positions are shuffled, 8 bytes each; the images are gathered batch by batch.
    """
    images, wanted = gatherer(split.images), tf.constant(targets(split.labels, recipe.loss))
    positions = tf.data.Dataset.range(len(split.labels))
    if seed is None:
        return positions.batch(BATCH).map(lambda at: (images(at), tf.gather(wanted, at))).prefetch(2)
    positions = positions.shuffle(len(split.labels), seed=seed, reshuffle_each_iteration=True)
    # Each batch has a seed of its own, so that parallel maps cannot race for random numbers.
    seeds = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True).batch(2)
    strength = recipe.augmentation

    def gather(at: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        chosen = images(at)
        return augment(chosen, seed, strength) if strength else chosen, tf.gather(wanted, at)

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
