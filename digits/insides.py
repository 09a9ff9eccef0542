"""What is inside a trained model, before its probabilities."""

from collections.abc import Callable

import keras
import numpy as np

from digits import inference


def of(model: keras.Model) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Gives the last features (n, d) float32 of images (n, 28, 28, 1) uint8, and the logits (n, 10) float64 made of
    them."""
    last = model.layers[-1]
    body = keras.Model(model.inputs, last.input)
    weights, bias = last.get_weights()

    def ask(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        features = inference.predict(body, images)
        return features, features.astype(np.float64) @ weights + bias

    return ask
