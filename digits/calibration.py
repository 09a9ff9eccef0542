"""Whether a model is as sure as it is right: its temperature, intervals of its scores, accuracy against coverage.

Knows what is fitted on validation and how uncertain a score is. The scores themselves are those of `metrics`.
"""

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from digits import metrics
from digits.datasets import CLASSES
from digits.recogniser import soften

TEMPERATURES = (0.05, 20.0)
POINTS = 200  # of a curve of coverage


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The temperature at which `probabilities` (n, 10) are likeliest to be of `labels` (n,) (Guo et al. 2017)."""

    def nll(logarithm: float) -> float:
        return log_loss(labels, soften(probabilities, np.exp(logarithm)), labels=range(CLASSES))

    return float(np.exp(minimize_scalar(nll, bounds=np.log(TEMPERATURES), method="bounded").x))


def intervals(
    labels: np.ndarray, probabilities: np.ndarray, level: float, bins: int, resamples: int
) -> dict[str, float]:
    """`nll`, `brier` and `ece` with `_low` and `_high`, the percentiles of as many bootstrap `resamples` of the images
    (Efron 1979) between which the share `level` of them lies."""
    probabilities = metrics.normalised(probabilities)
    measured = metrics.scores(labels, probabilities, level, bins)
    right = probabilities.argmax(axis=1) == labels
    confidence = probabilities.max(axis=1)
    of_bin = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    each = {
        "nll": -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], np.finfo(np.float64).eps)),
        "brier": ((probabilities - np.eye(CLASSES)[labels]) ** 2).sum(axis=1),
    }
    rng = np.random.default_rng(0)
    drawn: dict[str, list[float]] = {"nll": [], "brier": [], "ece": []}
    for _ in range(resamples):
        chosen = rng.integers(0, len(labels), len(labels))
        for name, values in each.items():
            drawn[name].append(values[chosen].mean())
        gaps = np.bincount(of_bin[chosen], (right - confidence)[chosen], minlength=bins)
        drawn["ece"].append(np.abs(gaps).sum() / len(labels))
    tails = [(1 - level) / 2 * 100, (1 + level) / 2 * 100]
    found: dict[str, float] = {}
    for name, values in drawn.items():
        low, high = np.percentile(values, tails)
        found |= {name: measured[name], f"{name}_low": float(low), f"{name}_high": float(high)}
    return found


def coverage(labels: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """How right the most confident answers are: `coverage`, the share of the images that is answered, and `accuracy`
    among those, at POINTS places."""
    order = np.argsort(-probabilities.max(axis=1), kind="stable")
    right = (probabilities.argmax(axis=1) == labels)[order]
    answered = np.unique(np.rint(np.linspace(0, len(labels), POINTS + 1)[1:]).astype(int))
    answered = answered[answered > 0]
    return pd.DataFrame({"coverage": answered / len(labels), "accuracy": np.cumsum(right)[answered - 1] / answered})


def area_under_risk(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean, over all coverages, of the share of wrong answers (AURC, Geifman and El-Yaniv 2017): less is better."""
    order = np.argsort(-probabilities.max(axis=1), kind="stable")
    wrong = (probabilities.argmax(axis=1) != labels)[order]
    return float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())
