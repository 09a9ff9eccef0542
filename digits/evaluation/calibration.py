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
    """`nll`, `brier` and `ece`, with `_low` and `_high`: bootstrap intervals (Efron 1979) at confidence `level`.

    Of the means NLL and Brier score the percentile interval of `n_bootstrap` resamples of the images; of the ECE see
    `ece_interval`.
    """
    probabilities = metrics.normalized(probabilities)
    measured = metrics.scores(labels, probabilities, level, bins)
    each = {
        "nll": -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], np.finfo(np.float64).eps)),
        "brier": ((probabilities - np.eye(CLASSES)[labels]) ** 2).sum(axis=1),
    }
    rng = np.random.default_rng(0)
    resamples = [rng.integers(0, len(labels), len(labels)) for _ in range(n_bootstrap)]
    found: dict[str, float] = {}
    for name, values in each.items():
        low, high = np.percentile([values[chosen].mean() for chosen in resamples], _tails(level))
        found |= {name: measured[name], f"{name}_low": float(low), f"{name}_high": float(high)}
    right, confidence = probabilities.argmax(axis=1) == labels, probabilities.max(axis=1)
    low, high = ece_interval(right, confidence, level, bins, resamples)
    return {**found, "ece": measured["ece"], "ece_low": low, "ece_high": high}


def ece_interval(
    right: np.ndarray, confidence: np.ndarray, level: float, bins: int, resamples: list[np.ndarray]
) -> tuple[float, float]:
    """An interval of the true ECE at confidence `level`, from `resamples`: arrays (n,) of positions of images.

    The measured ECE exceeds the true one, since noise in a bin counts as a distance whatever its sign, and resampling
    adds as much noise again. The basic bootstrap interval (Davison and Hinkley 1997) subtracts it, and so can lie below
    the measured value. It reaches down to 0 unless the value exceeds what a calibrated model would measure by chance
    (Broecker and Smith 2007).
    """
    of_bin = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)

    def ece(right: np.ndarray, confidence: np.ndarray, of_bin: np.ndarray) -> float:
        return float(np.abs(np.bincount(of_bin, right - confidence, minlength=bins)).sum() / len(right))

    measured = ece(right, confidence, of_bin)
    drawn = [ece(right[chosen], confidence[chosen], of_bin[chosen]) for chosen in resamples]
    rng = np.random.default_rng(0)
    calibrated = [ece(rng.random(len(right)) < confidence, confidence, of_bin) for _ in resamples]
    low, high = 2 * measured - np.percentile(drawn, _tails(level)[::-1])
    if measured <= np.percentile(calibrated, _tails(level)[1]):
        low = 0.0
    return max(0.0, float(low)), max(0.0, float(high))


def _tails(level: float) -> list[float]:
    """The percentiles that bound the share `level` in the middle."""
    return [(1 - level) / 2 * 100, (1 + level) / 2 * 100]


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
