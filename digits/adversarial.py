"""Images changed as little as possible to be misread: by one step along the gradient, or by many.

Knows the attacks; the model is attacked as it is, its normalisation included. What withstands them says only that these
two do not break it.
"""

from functools import partial

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from digits.datasets import Split
from digits.inference import BATCH

STEPS = 20  # of the stronger attack
STRIDE = 2.5  # how far they reach together, in budgets (Madry et al. 2018)
FULL = 255.0


def open_to_gradients(model: keras.Sequential) -> keras.Sequential:
    """`model` with pixels as float32, from 0 to 255, which have a gradient."""
    return keras.Sequential([keras.Input(model.input_shape[1:], dtype="float32"), *model.layers])


def fgsm(model: keras.Sequential, images: np.ndarray, labels: np.ndarray, budget: float) -> np.ndarray:
    """One step of `budget`, a share of full scale, for each pixel (Goodfellow et al. 2015): (n, 28, 28, 1) float32."""
    x = tf.constant(images, tf.float32)
    return _within(x + budget * FULL * tf.sign(_gradient(model, x, labels)), x, budget).numpy()


def pgd(model: keras.Sequential, images: np.ndarray, labels: np.ndarray, budget: float, seed: int) -> np.ndarray:
    """STEPS steps from a random start, never further than `budget` from `images` (Madry et al. 2018)."""
    x = tf.constant(images, tf.float32)
    start = np.random.default_rng(seed).uniform(-budget * FULL, budget * FULL, images.shape)
    attacked = _within(x + start.astype(np.float32), x, budget)
    for _ in range(STEPS):
        step = STRIDE * budget * FULL / STEPS
        attacked = _within(attacked + step * tf.sign(_gradient(model, attacked, labels)), x, budget)
    return attacked.numpy()


def _gradient(model: keras.Sequential, x: tf.Tensor, labels: np.ndarray) -> tf.Tensor:
    """Of the loss of each image, by its pixels."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = keras.losses.sparse_categorical_crossentropy(labels, model(x, training=False))
    return tape.gradient(loss, x)


def _within(attacked: tf.Tensor, x: tf.Tensor, budget: float) -> tf.Tensor:
    near = tf.clip_by_value(attacked, x - budget * FULL, x + budget * FULL)
    return tf.clip_by_value(near, 0.0, FULL)


def withstood(model: keras.Sequential, split: Split, images: int, budgets: list[float], seed: int) -> pd.DataFrame:
    """How many of the first `images` of `split` are still read rightly: `attack`, `budget`, `accuracy`, one row each;
    budget 0 is no attack."""
    attacked = open_to_gradients(model)
    x, labels = split.images[:images].astype(np.float32), split.labels[:images]

    def row(attack: str, budget: float, found: np.ndarray) -> dict[str, str | float]:
        read = attacked.predict(found, batch_size=BATCH, verbose=0).argmax(axis=1)
        return {"attack": attack, "budget": budget, "accuracy": float((read == labels).mean())}

    rows = []
    for name, attack in (("fgsm", fgsm), ("pgd", partial(pgd, seed=seed))):
        rows.append(row(name, 0.0, x))
        rows += [row(name, budget, attack(attacked, x, labels, budget)) for budget in budgets]
    return pd.DataFrame(rows)
