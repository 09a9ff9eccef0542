"""Predictions of a Keras model."""

import keras
import numpy as np

from digits.config.recipes import Loss
from digits.data.datasets import CLASSES, chunks

BATCH = 1000  # images at a time in evaluation; fixed, since other batch sizes round differently


def targets(labels: np.ndarray, loss: Loss) -> np.ndarray:
    """`labels` (n,) as `loss` needs them: one-hot (n, 10) float32, or unchanged."""
    if loss == "categorical_crossentropy":
        return keras.utils.to_categorical(labels, CLASSES)
    return labels


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """The output of `model`, (n, …) float32, for `images` (n, 28, 28, 1) uint8; in chunks: Keras copies its input."""
    return np.concatenate([model.predict(it, batch_size=BATCH, verbose=0) for it in chunks(images)])
