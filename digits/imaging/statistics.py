"""Measures of gray values that a few pixels of another kind hardly change."""

import numpy as np


def robust_std(values: np.ndarray) -> float:
    """The standard deviation estimated from the median absolute deviation, which outliers hardly change."""
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) + 1e-6


def otsu(values: np.ndarray) -> float:
    """The threshold that separates `values` best into two classes (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=256)
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums / below - (sums[-1] - sums) / above
        between = np.nan_to_num(below * above * gap**2)
    return float(middles[int(between.argmax())])
