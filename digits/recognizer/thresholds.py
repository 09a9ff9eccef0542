"""Chooses the confidence and the out-of-distribution score from which a prediction is accepted."""

import math

import numpy as np
from scipy.stats import rankdata


def choose(confidence: np.ndarray, ood_score: np.ndarray, coverage: float) -> dict[str, float]:
    """Thresholds on `confidence` (n,) and `ood_score` (n,) that the share `coverage` of the images reach together.

    Both thresholds are the same quantile of their own score, so that each rejects equally many images. Returns
    `coverage`, `threshold` (of the confidence) and `ood_threshold`.
    """
    lesser = np.minimum(rankdata(confidence, "ordinal"), rankdata(ood_score, "ordinal"))
    place = int(np.sort(lesser)[math.floor((1 - coverage) * len(lesser))]) - 1
    return {
        "coverage": coverage,
        "threshold": float(np.sort(confidence)[place]),
        "ood_threshold": float(np.sort(ood_score)[place]),
    }
