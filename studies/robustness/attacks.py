"""Adversarial attacks that change each pixel by at most epsilon: FGSM, one gradient step, and PGD, many.

The attacks use the gradient of the whole model, its normalization included. Accuracy under these two is an upper bound:
another attack may find more errors. Images are (n, 28, 28, 1), 0 to 255; epsilon is a share of full scale, 0 to 1.
"""

from functools import partial

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from digits.data.datasets import LabeledImages
from digits.models.inference import BATCH

STEPS = 20  # of PGD
STRIDE = 2.5  # length of all steps of PGD together, in epsilons (Madry et al. 2018)
FULL = 255.0  # full scale, in gray levels


def open_to_gradients(model: keras.Sequential) -> keras.Sequential:
    """`model` with float32 input, 0 to 255, so that its loss has a gradient by the pixels."""
    return keras.Sequential([keras.Input(model.input_shape[1:], dtype="float32"), *model.layers])


def fgsm(model: keras.Sequential, images: np.ndarray, labels: np.ndarray, epsilon: float) -> np.ndarray:
    """`images` with each pixel moved by `epsilon` up the loss (Goodfellow et al. 2015), float32."""
    x = tf.constant(images, tf.float32)
    return _within(x + epsilon * FULL * tf.sign(_gradient(model, x, labels)), x, epsilon).numpy()


def pgd(model: keras.Sequential, images: np.ndarray, labels: np.ndarray, epsilon: float, seed: int) -> np.ndarray:
    """`images` after STEPS steps up the loss, from a random start within `epsilon` (Madry et al. 2018), float32."""
    x = tf.constant(images, tf.float32)
    start = np.random.default_rng(seed).uniform(-epsilon * FULL, epsilon * FULL, images.shape)
    attacked = _within(x + start.astype(np.float32), x, epsilon)
    for _ in range(STEPS):
        step = STRIDE * epsilon * FULL / STEPS
        attacked = _within(attacked + step * tf.sign(_gradient(model, attacked, labels)), x, epsilon)
    return attacked.numpy()


def _gradient(model: keras.Sequential, x: tf.Tensor, labels: np.ndarray) -> tf.Tensor:
    """The gradient of each image's loss by its pixels."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = keras.losses.sparse_categorical_crossentropy(labels, model(x, training=False))
    return tape.gradient(loss, x)


def _within(attacked: tf.Tensor, x: tf.Tensor, epsilon: float) -> tf.Tensor:
    near = tf.clip_by_value(attacked, x - epsilon * FULL, x + epsilon * FULL)
    return tf.clip_by_value(near, 0.0, FULL)


def robust_accuracy(
    model: keras.Sequential, split: LabeledImages, images: int, epsilons: list[float], seed: int
) -> pd.DataFrame:
    """Accuracy on the first `images` of `split` under attack.

    One row per attack and epsilon: `attack`, `epsilon`, `accuracy`. Each attack starts with epsilon 0, the images as
    they are.
    """
    attacked = open_to_gradients(model)
    x, labels = split.images[:images].astype(np.float32), split.labels[:images]

    def accuracy(images: np.ndarray) -> float:
        predicted = attacked.predict(images, batch_size=BATCH, verbose=0).argmax(axis=1)
        return float((predicted == labels).mean())

    clean = accuracy(x)
    rows = []
    for name, attack in (("fgsm", fgsm), ("pgd", partial(pgd, seed=seed))):
        rows.append((name, 0.0, clean))
        rows += [(name, epsilon, accuracy(attack(attacked, x, labels, epsilon))) for epsilon in epsilons]
    return pd.DataFrame(rows, columns=["attack", "epsilon", "accuracy"])
