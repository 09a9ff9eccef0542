"""Metrics of predictions: accuracy and its interval, F1, NLL, Brier score, calibration error, confusion matrix, errors.

Throughout, `labels` is (n,) integers 0 to 9, `probabilities` (n, 10) with rows that sum to 1, and the prediction is the
most probable class.
"""

import numpy as np
import pandas as pd
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

from digits.data.datasets import CLASSES

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
    of_image = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
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


def expected_calibration_error(reliability: pd.DataFrame) -> float:
    """The mean distance of accuracy from confidence, weighted by images (Naeini et al. 2015; Guo et al. 2017)."""
    gaps = (reliability["accuracy"] - reliability["confidence"]).abs()
    return float((gaps.fillna(0) * reliability["images"]).sum() / reliability["images"].sum())


def errors(names: list[str], labels: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """The misread images, sorted by name: `image`, `actual`, `predicted`, `confidence`; indexed by position."""
    predicted = probabilities.argmax(axis=1)
    table = pd.DataFrame(
        {"image": names, "actual": labels, "predicted": predicted, "confidence": probabilities.max(axis=1)}
    )
    return table[predicted != labels].sort_values("image", kind="stable")
