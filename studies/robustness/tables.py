"""Accuracy on corrupted and transformed images as tables, and the numbers that sum them up.

A model is here a function from images to probabilities.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from digits.evaluation import metrics
from studies.robustness.corruptions import CORRUPTIONS
from studies.robustness.transforms import TRANSFORMS

Predict = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28, 1) uint8 to (n, 10)


def under_corruptions(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray], bins: int) -> pd.DataFrame:
    """One row a corruption and severity: `corruption`, `severity`, `published`, `accuracy`, `nll` and `ece`.

    `published` is whether MNIST-C uses this severity. `sets` holds the images of each corruption, (severities, n, 28,
    28) uint8, `labels` (n,) those of all; `bins` is the number of bins of the expected calibration error.
    """
    rows = []
    for name, corruption in CORRUPTIONS.items():
        for severity, images in enumerate(sets[name], start=1):
            scores = metrics.scores(labels, predict(images[..., np.newaxis]), 0.95, bins)
            kept = {measure: scores[measure] for measure in ("accuracy", "nll", "ece")}
            published = severity == corruption.published
            rows.append({"corruption": name, "severity": severity, "published": published, **kept})
    return pd.DataFrame(rows)


def under_transforms(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row a transform and amount: `change` (the transform), `amount`, `accuracy`."""
    return pd.DataFrame(
        {"change": name, "amount": amount, "accuracy": _accuracy(predict(images[..., np.newaxis]), labels)}
        for name, transform in TRANSFORMS.items()
        for amount, images in zip(transform.amounts, sets[name], strict=True)
    )


def mean_accuracy(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray]) -> float:
    """Mean accuracy over all of `sets`, (n, 28, 28) uint8 each."""
    return float(np.mean([_accuracy(predict(images[..., np.newaxis]), labels) for images in sets.values()]))


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


def mean_corruption_error(corrupted: pd.DataFrame, reference: pd.DataFrame) -> float:
    """The mean over corruptions of the error at all severities, each relative to that of `reference`, whose own is 1.

    This is the mCE of Hendrycks and Dietterich (2019), as a ratio. Both tables are those of `under_corruptions`.
    Corruptions under which `reference` makes no error are left out.
    """
    own, other = (1 - table.groupby("corruption")["accuracy"].mean() for table in (corrupted, reference))
    return float((own / other)[other > 0].mean())


def summary(corrupted: pd.DataFrame, attacked: pd.DataFrame) -> dict[str, float]:
    """The numbers by which models are compared and gated.

    Means over the published severities, and the accuracy after each attack, named after its epsilon in thousandths of
    full scale: pgd_100_accuracy is that of PGD at epsilon 0.1.
    """
    published = corrupted[corrupted["published"]]
    robust = {
        f"{attack}_{epsilon * 1000:03.0f}_accuracy": accuracy
        for attack, epsilon, accuracy in attacked[["attack", "epsilon", "accuracy"]].to_numpy()
    }
    return {
        "corrupted_accuracy": float(published["accuracy"].mean()),
        "corrupted_worst_accuracy": float(published["accuracy"].min()),
        "corrupted_nll": float(published["nll"].mean()),
        "corrupted_ece": float(published["ece"].mean()),
        **robust,
    }
