"""Asking a trained model: its probabilities and its loss.

Knows in what portions a model is asked and what a loss is compared with; how it came to its weights is the business of
`training`.
"""

import keras
import numpy as np

from digits.datasets import CLASSES, Split
from digits.params import Loss

BATCH = 1000  # images at a time where nothing is learned; fixed, since batch sizes round differently


def targets(labels: np.ndarray, loss: Loss) -> np.ndarray:
    """`labels` (n,) as `loss` wants them: one-hot (n, 10) float32 or as they are."""
    if loss == "categorical_crossentropy":
        return keras.utils.to_categorical(labels, CLASSES)
    return labels


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Probabilities (n, 10) float32 of `images` (n, 28, 28, 1) uint8."""
    return model.predict(images, batch_size=BATCH, verbose=0)


def mean_loss(model: keras.Model, split: Split, loss: Loss) -> float:
    """The mean over `split` of `loss` from the logits, as training computes it but for label smoothing."""
    model.compile(loss=loss)
    measured = model.evaluate(split.images, targets(split.labels, loss), batch_size=BATCH, verbose=0, return_dict=True)
    return measured["loss"]
