"""Metrics of predictions: accuracy and its interval, F1, NLL, Brier score, calibration error, confusion matrix, errors.

Throughout, `labels` is (n,) integers 0 to 9, `probabilities` (n, 10) with rows that sum to 1, and the prediction is the
most probable class.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
    top_k_accuracy_score,
)

from digits.data import CLASSES
from digits.temperature import apply_temperature

ALL_CLASSES = list(range(CLASSES))
ERROR_COLUMNS = ["image", "actual", "predicted"]  # kept in git, where a line changes only if a prediction does


def scores(labels: np.ndarray, probabilities: np.ndarray, level: float, bins: int) -> dict[str, float | int]:
    """The numbers by which models are compared.

    `accuracy_low` and `accuracy_high` bound the Wilson score interval at confidence `level`; `nll` is the negative
    log-likelihood in nats; `brier` sums over classes, from 0 to 2; `ece` is the expected calibration error over
    `bins` equal-width bins of the confidence.
    """
    probabilities = normalized(probabilities)
    predicted = probabilities.argmax(axis=1)
    correct = int((predicted == labels).sum())
    interval = binomtest(correct, len(labels)).proportion_ci(level, method="wilson")
    return {
        "accuracy": accuracy_score(labels, predicted),
        "accuracy_low": interval.low,
        "accuracy_high": interval.high,
        "errors": len(labels) - correct,
        "images": len(labels),
        "macro_f1": f1_score(labels, predicted, labels=ALL_CLASSES, average="macro", zero_division=0),
        "top2_accuracy": top_k_accuracy_score(labels, probabilities, k=2, labels=ALL_CLASSES),
        "nll": log_loss(labels, probabilities, labels=ALL_CLASSES),
        "brier": brier_score_loss(labels, probabilities, labels=ALL_CLASSES, scale_by_half=False),
        "ece": expected_calibration_error(reliability(labels, probabilities, bins)),
    }


def normalized(probabilities: np.ndarray) -> np.ndarray:
    """`probabilities` in float64 with rows that sum to 1 exactly: a float32 softmax misses it by 1e-7."""
    exact = probabilities.astype(np.float64)
    return exact / exact.sum(axis=1, keepdims=True)


def per_class(labels: np.ndarray, predicted: np.ndarray) -> pd.DataFrame:
    """One row per class: `class`, `precision`, `recall`, `f1` and the number of `images`."""
    precision, recall, f1, images = precision_recall_fscore_support(
        labels, predicted, labels=ALL_CLASSES, zero_division=0
    )
    return pd.DataFrame({"class": ALL_CLASSES, "precision": precision, "recall": recall, "f1": f1, "images": images})


def confusion(labels: np.ndarray, predicted: np.ndarray) -> pd.DataFrame:
    """The confusion matrix as 100 rows: `actual`, `predicted`, `images`."""
    matrix = confusion_matrix(labels, predicted, labels=ALL_CLASSES)
    actual, guess = np.indices(matrix.shape).reshape(2, -1)
    return pd.DataFrame({"actual": actual, "predicted": guess, "images": matrix.reshape(-1)})


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int) -> pd.DataFrame:
    """Confidence against accuracy in `bins` equal-width bins of the confidence, (low, high].

    One row per bin: `low`, `high`, `images`, and the means `confidence` and `accuracy` (NaN where it is empty).
    """
    confidence = probabilities.max(axis=1)
    edges = np.linspace(0, 1, bins + 1)
    of_image = bin_of(confidence, bins)
    images = np.bincount(of_image, minlength=bins)
    hits = np.bincount(of_image, probabilities.argmax(axis=1) == labels, minlength=bins)
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "low": edges[:-1],
                "high": edges[1:],
                "images": images,
                "confidence": np.bincount(of_image, confidence, minlength=bins) / images,
                "accuracy": hits / images,
            }
        )


def bin_of(confidence: np.ndarray, bins: int) -> np.ndarray:
    """The bin of each confidence (n,) among `bins` equal-width ones, (low, high], as an integer from 0."""
    return np.clip(np.searchsorted(np.linspace(0, 1, bins + 1), confidence, side="left") - 1, 0, bins - 1)


def expected_calibration_error(reliability: pd.DataFrame) -> float:
    """The mean distance of accuracy from confidence, weighted by images (Naeini et al. 2015; Guo et al. 2017)."""
    gaps = (reliability["accuracy"] - reliability["confidence"]).abs()
    return float((gaps.fillna(0) * reliability["images"]).sum() / reliability["images"].sum())


def misread(names: list[str], labels: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """The misread images, sorted by name: `image`, `actual`, `predicted`, `confidence`; indexed by position."""
    predicted = probabilities.argmax(axis=1)
    table = pd.DataFrame(
        {"image": names, "actual": labels, "predicted": predicted, "confidence": probabilities.max(axis=1)}
    )
    return table[predicted != labels].sort_values("image", kind="stable")


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
    before, after = (intervals(*each, level, bins, n_bootstrap) for each in (predictions, calibrated))
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
    probabilities = normalized(probabilities)
    measured = scores(labels, probabilities, level, bins)
    each = {
        "nll": -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], np.finfo(np.float64).eps)),
        "brier": ((probabilities - np.eye(CLASSES)[labels]) ** 2).sum(axis=1),
    }
    rng = np.random.default_rng(0)
    resamples = [rng.integers(0, len(labels), len(labels)) for _ in range(n_bootstrap)]
    bounded: dict[str, float] = {}
    for name, values in each.items():
        low, high = np.percentile([values[sample].mean() for sample in resamples], _tails(level))
        bounded |= {name: measured[name], f"{name}_low": float(low), f"{name}_high": float(high)}
    right, confidence = probabilities.argmax(axis=1) == labels, probabilities.max(axis=1)
    low, high = ece_interval(right, confidence, level, bins, resamples)
    return {**bounded, "ece": measured["ece"], "ece_low": low, "ece_high": high}


def ece_interval(
    right: np.ndarray, confidence: np.ndarray, level: float, bins: int, resamples: list[np.ndarray]
) -> tuple[float, float]:
    """An interval of the true ECE at confidence `level`, from `resamples`: arrays (n,) of positions of images.

    The measured ECE exceeds the true one, since noise in a bin counts as a distance whatever its sign, and resampling
    adds as much noise again. The basic bootstrap interval (Davison and Hinkley 1997) subtracts it, and so can lie below
    the measured value. It reaches down to 0 unless the value exceeds what a calibrated model would measure by chance
    (Broecker and Smith 2007).
    """
    of_bin = bin_of(confidence, bins)

    def ece(right: np.ndarray, confidence: np.ndarray, of_bin: np.ndarray) -> float:
        return float(np.abs(np.bincount(of_bin, right - confidence, minlength=bins)).sum() / len(right))

    measured = ece(right, confidence, of_bin)
    drawn = [ece(right[sample], confidence[sample], of_bin[sample]) for sample in resamples]
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


# Test images whose label lacks a majority among five human raters (Northcutt, Athalye and Mueller 2021, "Pervasive
# Label Errors in Test Sets", labelerrors.com), by position in the official order and by name.
WITHOUT_MAJORITY = {
    947: "9e571df43167",
    1621: "a6dbd7572d6b",
    1901: "ac85fc88d758",
    2130: "3b659aa46e7e",
    2462: "b79f052864e4",
    2597: "a8b3e479c863",
    2654: "2d23b4409356",
    3520: "78b0ae6da7b0",
    3558: "2ade8bec31ce",
    5937: "ae0606c84402",
    6651: "e58ee418a2c4",
    6783: "848efc6d4048",
    8527: "b147b498faca",
    9679: "6d535e9edb86",
    9729: "142caf350959",
}


def accuracy_without(errors: pd.DataFrame, names: list[str]) -> dict[str, float | int]:
    """Accuracy without the doubtful labels, of a model with these `errors` on the test images `names`.

    `doubtful_images`, how many of the images are on the list; `doubtful_errors`, how many of those the model predicts
    differently from their label; `accuracy_clean_labels`, the accuracy on all others.
    """
    doubtful = set(WITHOUT_MAJORITY.values())
    known = sum(name in doubtful for name in names)
    misread = int(errors["image"].isin(doubtful).sum())
    left = len(names) - known
    return {
        "doubtful_images": known,
        "doubtful_errors": misread,
        "accuracy_clean_labels": 1 - (len(errors) - misread) / left,
    }
