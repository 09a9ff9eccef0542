"""How well each detector separates digits from images that are no digit."""

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from digits.ood.scores import DETECTORS, Features, Subspace, ood_score


def separation(known: np.ndarray, unknown: np.ndarray) -> dict[str, float]:
    """How well a score separates digits, with scores `known` (n,), from other images, with scores `unknown` (m,).

    `auroc` is the area under the ROC curve; `fpr95` the share of other images that are accepted at the threshold that
    accepts 95% of the digits.
    """
    is_known = np.repeat([1, 0], [len(known), len(unknown)])
    return {
        "auroc": float(roc_auc_score(is_known, np.concatenate([known, unknown]))),
        "fpr95": float((unknown >= np.quantile(known, 1 - 0.95)).mean()),
    }


def compare(known: Features, unknown: dict[str, Features], subspace: Subspace) -> pd.DataFrame:
    """`separation` by each detector of digits `known` from each kind in `unknown`.

    One row per detector and kind: `kind`, its number of `images`, `detector`, `auroc`, `fpr95`.
    """
    rows = []
    for detector in DETECTORS:
        digits = ood_score(detector, *known, subspace)
        for kind, features in unknown.items():
            found = separation(digits, ood_score(detector, *features, subspace))
            rows.append({"kind": kind, "images": len(features[0]), "detector": detector, **found})
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> dict[str, float]:
    """The means of `auroc` and `fpr95` over all kinds, by a name such as test_energy_auroc.

    `table` has the columns `ood_set` ("val" or "test"), `detector`, `auroc` and `fpr95`.
    """
    means = table.groupby(["ood_set", "detector"], sort=False)[["auroc", "fpr95"]].mean().reset_index()
    return {
        f"{row['ood_set']}_{row['detector']}_{name}": row[name]
        for row in means.to_dict("records")
        for name in ("auroc", "fpr95")
    }


def select_detector(numbers: dict[str, float]) -> str:
    """The detector with the highest mean AUROC on the set ood_val, of the `numbers` of `summary`."""
    return max(DETECTORS, key=lambda detector: numbers[f"val_{detector}_auroc"])
