"""How many errors a recognizer loses when it learns from corrections, by way to learn.

Features are (n, d + 1) float64, as `last_layer.features` gives them. A way makes a function from features to logits
(n, 10) of corrections.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from digits.data.datasets import CLASSES
from digits.recognizer import last_layer

COUNTS = (5, 10, 20, 50)  # of corrections
DRAWS = 10  # of that many corrections
GAIN, SHARPNESS = 5.0, 10.0  # of the nearest features, chosen on scikit-learn's digits


class Digits(NamedTuple):
    """Features and labels (n,)."""

    features: np.ndarray
    labels: np.ndarray

    def at(self, positions: np.ndarray) -> "Digits":
        return Digits(self.features[positions], self.labels[positions])


Logits = Callable[[np.ndarray], np.ndarray]
Way = Callable[[Digits], Logits]


def ways(present: np.ndarray, train: np.ndarray) -> dict[str, Way]:
    """The ways by name, for the `present` weights (d + 1, 10) of the last layer and the features of train images."""

    def fitted(given: Digits) -> Logits:
        """As `make learn`: the last layer fitted to corrections, held on train images."""
        weights = last_layer.fit(present, given.features, given.labels, train)
        return lambda features: features @ weights

    def nearest(given: Digits) -> Logits:
        """Nothing is fitted: a correction adds to the logit of its digit, the more the nearer (Zhang et al. 2022)."""
        keys, values = _directions(given.features), np.eye(CLASSES)[given.labels]
        return lambda features: (
            features @ present + GAIN * np.exp(SHARPNESS * (_directions(features) @ keys.T - 1)) @ values
        )

    return {"nearest features": nearest, "last layer": fitted}


def _directions(features: np.ndarray) -> np.ndarray:
    """Without the constant, of length 1."""
    return features[:, :-1] / np.linalg.norm(features[:, :-1], axis=1, keepdims=True)


def measure(
    before: Logits, way: Way, digits: Digits, validation: Digits, pool: np.ndarray, count: int
) -> dict[str, float]:
    """Means over DRAWS draws of `count` corrections from `pool`, positions in `digits`.

    `accuracy_before` and `accuracy` are of the digits that were not drawn, `accuracy_std` is the standard deviation of
    the latter over the draws, `errors_gone` the share of their errors; `validation_lowest` is of the worst draw.
    """
    found = []
    for seed in range(DRAWS):
        drawn = np.random.default_rng([seed, count]).choice(pool, count, replace=False)
        rest = digits.at(np.setdiff1d(np.arange(len(digits.labels)), drawn))
        after = way(digits.at(drawn))
        found.append([_accuracy(logits, it) for it in (rest, validation) for logits in (before, after)])
    rest_before, rest_after, validation_before, validation_after = np.transpose(found)
    return {
        "accuracy_before": rest_before.mean(),
        "accuracy": rest_after.mean(),
        "accuracy_std": rest_after.std(ddof=1),
        "errors_gone": 1 - (1 - rest_after).mean() / (1 - rest_before).mean(),
        "validation_before": validation_before[0],
        "validation": validation_after.mean(),
        "validation_lowest": validation_after.min(),
    }


def _accuracy(logits: Logits, digits: Digits) -> float:
    return float((logits(digits.features).argmax(axis=1) == digits.labels).mean())
