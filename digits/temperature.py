"""Temperature scaling (Guo et al. 2017). Imports NumPy alone: the recognizer starts in a third of a second."""

import numpy as np


def apply_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """`probabilities` (n, 10) as the softmax of their logits divided by `temperature`: (n, 10) float64."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
