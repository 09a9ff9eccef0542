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
