"""Features and logits of a trained Keras model."""

from collections.abc import Callable

import keras
import numpy as np

from digits.models import inference


def extractor(model: keras.Model) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """A function from images (n, 28, 28, 1) uint8 to features (n, d) float32 and logits (n, 10) float64.

    The features are the input of the model's last layer, which is dense; the logits are computed from them.
    """
    last = model.layers[-1]
    body = keras.Model(model.inputs, last.input)
    weights, bias = last.get_weights()

    def extract(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        features = inference.predict(body, images)
        return features, features.astype(np.float64) @ weights + bias

    return extract
