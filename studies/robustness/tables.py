"""Accuracy on corrupted and transformed images, as tables and as the metrics that sum them up."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss

from digits.evaluation import metrics
from studies.robustness.corruptions import CORRUPTIONS
from studies.robustness.transforms import TRANSFORMS

Predict = Callable[[np.ndarray], np.ndarray]  # a model: images (n, 28, 28, 1) uint8 to probabilities (n, 10)


def under_corruptions(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray], bins: int) -> pd.DataFrame:
    """One row per corruption and severity: `corruption`, `severity`, `published`, `accuracy`, `nll` and `ece`.

    `published` is whether MNIST-C uses this severity. `sets` holds the images of each corruption, (severities, n, 28,
    28) uint8, all with the same `labels` (n,); `bins` is the number of bins of the expected calibration error.
    """
    rows = []
    for name, corruption in CORRUPTIONS.items():
        for severity, images in enumerate(sets[name], start=1):
            probabilities = metrics.normalized(predict(images[..., np.newaxis]))
            row = {
                "corruption": name,
                "severity": severity,
                "published": severity == corruption.published,
                "accuracy": _accuracy(probabilities, labels),
                "nll": log_loss(labels, probabilities, labels=metrics.ALL_CLASSES),
                "ece": metrics.expected_calibration_error(metrics.reliability(labels, probabilities, bins)),
            }
            rows.append(row)
    return pd.DataFrame(rows)


def under_transforms(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row per transform and amount: `change` (the transform), `amount`, `accuracy`."""
    return pd.DataFrame(
        {"change": name, "amount": amount, "accuracy": _accuracy(predict(images[..., np.newaxis]), labels)}
        for name, transform in TRANSFORMS.items()
        for amount, images in zip(transform.amounts, sets[name], strict=True)
    )


def mean_accuracy(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray]) -> float:
    """Mean accuracy over all corruptions and severities; `sets` as in `under_corruptions`."""
    every = [images for severities in sets.values() for images in severities]
    return float(np.mean([_accuracy(predict(images[..., np.newaxis]), labels) for images in every]))


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


def mean_corruption_error(corrupted: pd.DataFrame, reference: pd.DataFrame) -> float:
    """The mCE of Hendrycks and Dietterich (2019), as a ratio: that of `reference` itself is 1.

    It is the mean over the corruptions of the error at all severities, divided by that of `reference`. Both tables are
    from `under_corruptions`. Corruptions under which `reference` makes no error are left out.
    """
    own, other = (1 - table.groupby("corruption")["accuracy"].mean() for table in (corrupted, reference))
    return float((own / other)[other > 0].mean())


def summary(corrupted: pd.DataFrame, attacked: pd.DataFrame) -> dict[str, float]:
    """The metrics of one model, by which it is compared and gated.

    Means over the published severities, and the accuracy under each attack, named after its epsilon in thousandths of
    full scale: pgd_100_accuracy is that of PGD at epsilon 0.1. Epsilon 0 is no attack: fgsm_000_accuracy and
    pgd_000_accuracy are both the accuracy on the same images unchanged.
    """
    published = corrupted[corrupted["published"]]
    robust = {
        f"{attack}_{epsilon * 1000:03.0f}_accuracy": accuracy
        for attack, epsilon, accuracy in attacked.itertuples(index=False)
    }
    return {
        "corrupted_accuracy": float(published["accuracy"].mean()),
        "corrupted_worst_accuracy": float(published["accuracy"].min()),
        "corrupted_nll": float(published["nll"].mean()),
        "corrupted_ece": float(published["ece"].mean()),
        **robust,
    }
