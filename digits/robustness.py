"""How a model reads what was changed: corrupted, by degrees, or against it.

Knows the tables and the numbers that sum them up. What is changed is known to `corruptions`, `invariance` and
`adversarial`; a model is here a function from images to probabilities.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from digits import metrics
from digits.corruptions import CORRUPTIONS
from digits.invariance import CHANGES

Predict = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28, 1) uint8 to (n, 10)


def under_corruptions(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray], bins: int) -> pd.DataFrame:
    """One row a corruption and severity: `corruption`, `severity`, whether it is the one `published`, `accuracy`, `nll`
    and `ece`. `sets` holds the images of each corruption, (severities, n, 28, 28)."""
    rows = []
    for name, corruption in CORRUPTIONS.items():
        for severity, images in enumerate(sets[name], start=1):
            scores = metrics.scores(labels, predict(images[..., np.newaxis]), 0.95, bins)
            kept = {measure: scores[measure] for measure in ("accuracy", "nll", "ece")}
            published = severity == corruption.published
            rows.append({"corruption": name, "severity": severity, "published": published, **kept})
    return pd.DataFrame(rows)


def by_degrees(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row a change and amount: `change`, `amount`, `accuracy`."""
    return pd.DataFrame(
        {"change": name, "amount": amount, "accuracy": _accuracy(predict(images[..., np.newaxis]), labels)}
        for name, change in CHANGES.items()
        for amount, images in zip(change.amounts, sets[name], strict=True)
    )


def mean_accuracy(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray]) -> float:
    """Over all of `sets`, (n, 28, 28) each."""
    return float(np.mean([_accuracy(predict(images[..., np.newaxis]), labels) for images in sets.values()]))


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


def summary(corrupted: pd.DataFrame, attacked: pd.DataFrame) -> dict[str, float]:
    """The numbers by which models are compared and gated: means over the published severities, and the accuracy that is
    left after each attack, by its budget in thousandths of full scale."""
    published = corrupted[corrupted["published"]]
    left = {
        f"{attack}_{budget * 1000:03.0f}_accuracy": accuracy
        for attack, budget, accuracy in attacked[["attack", "budget", "accuracy"]].to_numpy()
    }
    return {
        "corrupted_accuracy": float(published["accuracy"].mean()),
        "corrupted_worst_accuracy": float(published["accuracy"].min()),
        "corrupted_nll": float(published["nll"].mean()),
        "corrupted_ece": float(published["ece"].mean()),
        **left,
    }
