"""Temperature fitting, bootstrap intervals of calibration scores, accuracy against coverage."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from digits.data.datasets import CLASSES
from digits.evaluation import metrics
from digits.evaluation.temperature import apply_temperature

TEMPERATURES = (0.05, 20.0)
POINTS = 200  # of a curve of coverage


class Predictions(NamedTuple):
    """Labels (n,) integers 0 to 9 and what a model gives for each image, probabilities (n, 10)."""

    labels: np.ndarray
    probabilities: np.ndarray


def summary(
    predictions: Predictions, calibrated: Predictions, level: float, bins: int, n_bootstrap: int
) -> dict[str, float]:
    """`nll`, `brier` and `ece` with intervals, before and after temperature scaling, and the `aurc` after it."""
    before, after = (intervals(*it, level, bins, n_bootstrap) for it in (predictions, calibrated))
    return {**before, **{f"calibrated_{name}": value for name, value in after.items()}, "aurc": aurc(*calibrated)}


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The temperature that minimizes the NLL of `probabilities` (n, 10) given `labels` (n,) (Guo et al. 2017)."""

    def nll(logarithm: float) -> float:
        return log_loss(labels, apply_temperature(probabilities, np.exp(logarithm)), labels=range(CLASSES))

    return float(np.exp(minimize_scalar(nll, bounds=np.log(TEMPERATURES), method="bounded").x))


def intervals(
    labels: np.ndarray, probabilities: np.ndarray, level: float, bins: int, n_bootstrap: int
) -> dict[str, float]:
    """`nll`, `brier` and `ece`, with `_low` and `_high`: percentile bootstrap intervals (Efron 1979).

    The intervals hold the share `level` of `n_bootstrap` resamples of the images.
    """
    probabilities = metrics.normalized(probabilities)
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
    for _ in range(n_bootstrap):
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
    """Accuracy of the most confident predictions against `coverage`, their share of the images, in POINTS rows."""
    order = np.argsort(-probabilities.max(axis=1), kind="stable")
    right = (probabilities.argmax(axis=1) == labels)[order]
    answered = np.unique(np.rint(np.linspace(0, len(labels), POINTS + 1)[1:]).astype(int))
    answered = answered[answered > 0]
    return pd.DataFrame({"coverage": answered / len(labels), "accuracy": np.cumsum(right)[answered - 1] / answered})


def aurc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Area under the risk-coverage curve (Geifman and El-Yaniv 2017): the mean error rate over all coverages."""
    order = np.argsort(-probabilities.max(axis=1), kind="stable")
    wrong = (probabilities.argmax(axis=1) != labels)[order]
    return float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())
