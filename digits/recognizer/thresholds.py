"""Chooses the confidence and the out-of-distribution score from which a prediction is accepted."""

import math

import numpy as np
from scipy.stats import rankdata


def choose(confidence: np.ndarray, ood_score: np.ndarray, coverage: float) -> dict[str, float]:
    """Thresholds of `confidence` (n,) and `ood_score` (n,), such that the share `coverage` of the images reaches both.

    Both thresholds are the same quantile of their own values, so that each alone rejects equally many images. Returns
    `coverage`, `threshold` (of the confidence) and `ood_threshold`.
    """
    # An image is accepted by quantiles up to its lower rank: the threshold is a quantile of these lower ranks.
    lower = np.minimum(rankdata(confidence, "ordinal"), rankdata(ood_score, "ordinal"))
    place = int(np.sort(lower)[math.floor((1 - coverage) * len(lower))]) - 1
    return {
        "coverage": coverage,
        "threshold": float(np.sort(confidence)[place]),
        "ood_threshold": float(np.sort(ood_score)[place]),
    }


def raised(
    chosen: dict[str, float], confidence: np.ndarray, ood_score: np.ndarray, correct: np.ndarray, wanted: float
) -> dict[str, float]:
    """`chosen` with a threshold of the confidence at which enough accepted predictions are right on other images, too.

    `confidence`, `ood_score` and the mask `correct` (n,) are of other people's digits. The threshold becomes the
    lowest one, not below the chosen one, at which the share `wanted` of the accepted predictions is correct; if there
    is none, that of the most confident prediction.
    """
    accepted = ood_score >= chosen["ood_threshold"]
    descending = np.argsort(-confidence[accepted], kind="stable")
    levels, right = confidence[accepted][descending], correct[accepted][descending]
    selective_accuracy = np.cumsum(right) / np.arange(1, len(right) + 1)
    enough = levels[selective_accuracy >= wanted]
    lowest = enough.min() if len(enough) else confidence.max()
    return {**chosen, "threshold": max(chosen["threshold"], float(lowest))}
