"""Asking a trained model: its probabilities and its loss.

Knows in what portions a model is asked and what a loss is compared with; how it came to its weights is the business of
`training`.
"""

import keras
import numpy as np

from digits.datasets import CLASSES, Split, portions
from digits.recipes import Loss

BATCH = 1000  # images at a time where nothing is learned; fixed, since batch sizes round differently


def targets(labels: np.ndarray, loss: Loss) -> np.ndarray:
    """`labels` (n,) as `loss` wants them: one-hot (n, 10) float32 or as they are."""
    if loss == "categorical_crossentropy":
        return keras.utils.to_categorical(labels, CLASSES)
    return labels


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Probabilities (n, 10) float32 of `images` (n, 28, 28, 1) uint8, whole batches at a time: Keras copies what it is
    given."""
    return np.concatenate([model.predict(it, batch_size=BATCH, verbose=0) for it in portions(images)])


def mean_loss(model: keras.Model, split: Split, loss: Loss) -> float:
    """The mean over `split` of `loss` from the logits, as training computes it but for label smoothing."""
    model.compile(loss=loss)
    pairs = zip(portions(split.images), portions(targets(split.labels, loss)), strict=True)
    # A model that was just fitted goes on to measure what it was compiled with then: only the dictionary tells apart.
    told = [(len(it), model.evaluate(it, wanted, BATCH, verbose=0, return_dict=True)) for it, wanted in pairs]
    return sum(count * measured["loss"] for count, measured in told) / len(split.labels)
