"""How familiar an image is to a model: three scores, higher for what is more like the digits that it was trained on.

Knows the scores, the subspace that one of them needs, and how well a score tells digits from all else. A model is here
what `insides` gives of it: its last features and the logits made of them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from scipy.special import log_softmax, logsumexp
from sklearn.metrics import roc_auc_score

from digits import artifacts

DETECTORS = ("max_softmax", "energy", "subspace")
STEPS = 127  # of eight bits with a sign, in which a basis is kept
Insides = tuple[np.ndarray, np.ndarray]  # features (n, d) and logits (n, 10)
KEPT = 0.95  # of the digits, at whose threshold the false positives are counted


@dataclass(frozen=True)
class Subspace:
    """Where the features of digits lie: around `mean` (d,) float32, along `basis` (d, k) int8, whose columns are
    directions times STEPS over the largest of their entries. Eight bits are enough, small, and the same on machines
    whose eigenvectors differ in the last bits."""

    mean: np.ndarray
    basis: np.ndarray

    @classmethod
    def fitted(cls, features: np.ndarray, share: float) -> Self:
        """The fewest principal components of `features` (n, d) that hold the `share` of their variance."""
        exact = features.astype(np.float64)
        variances, directions = np.linalg.eigh(np.cov(exact, rowvar=False))
        variances, directions = variances[::-1], directions[:, ::-1]
        count = int(np.searchsorted(np.cumsum(variances) / variances.sum(), share)) + 1
        kept = directions[:, :count]
        kept = kept * np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(count)])  # each may point either way
        return cls(exact.mean(axis=0).astype(np.float32), np.rint(kept * STEPS / np.abs(kept).max()).astype(np.int8))

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path) as arrays:
            return cls(arrays["mean"], arrays["basis"])

    def save(self, path: Path) -> None:
        artifacts.write_arrays(path, mean=self.mean, basis=self.basis)

    @property
    def scale(self) -> float:
        """That makes the columns of `basis` as long as directions are, on average."""
        return float(1 / np.linalg.norm(self.basis.astype(np.float64), axis=0).mean())

    def share(self, features: np.ndarray) -> np.ndarray:
        """How much of the length of `features` (n, d), from the mean on, lies within (NECO, Ammar et al. 2024)."""
        offset = features.astype(np.float64) - self.mean
        within = np.linalg.norm(offset @ self.basis, axis=1) * self.scale
        return within / np.maximum(np.linalg.norm(offset, axis=1), np.finfo(np.float32).tiny)


def familiarity(detector: str, features: np.ndarray, logits: np.ndarray, subspace: Subspace) -> np.ndarray:
    """The score (n,) of each image by one of DETECTORS: the greatest probability (Hendrycks and Gimpel 2017), the
    negative free energy (Liu et al. 2020) or the share within `subspace`. The first is given as its logarithm, which
    has the same order and tells apart what is close to 1."""
    match detector:
        case "max_softmax":
            return log_softmax(logits, axis=1).max(axis=1)
        case "energy":
            return logsumexp(logits, axis=1)
        case "subspace":
            return subspace.share(features)
    raise ValueError(f"there is no detector {detector}; there are {', '.join(DETECTORS)}")


def separation(known: np.ndarray, unknown: np.ndarray) -> dict[str, float]:
    """How well a score tells the images `known` (n,) from those `unknown` (m,): the area under the ROC curve, and the
    share of unknown ones that pass where 95 % of the known do."""
    is_known = np.repeat([1, 0], [len(known), len(unknown)])
    return {
        "auroc": float(roc_auc_score(is_known, np.concatenate([known, unknown]))),
        "fpr95": float((unknown >= np.quantile(known, 1 - KEPT)).mean()),
    }


def compare(known: Insides, unknown: dict[str, Insides], subspace: Subspace) -> pd.DataFrame:
    """`separation` of digits from each kind of images that are none: `kind`, its number of `images`, `detector`,
    `auroc`, `fpr95`."""
    rows = []
    for detector in DETECTORS:
        digits = familiarity(detector, *known, subspace)
        for kind, insides in unknown.items():
            found = separation(digits, familiarity(detector, *insides, subspace))
            rows.append({"kind": kind, "images": len(insides[0]), "detector": detector, **found})
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> dict[str, float]:
    """The means over all kinds in `table`, with its columns `draw`, `detector`, `auroc` and `fpr95`, by a name such as
    measuring_energy_auroc."""
    means = table.groupby(["draw", "detector"], sort=False)[["auroc", "fpr95"]].mean().reset_index()
    return {
        f"{row['draw']}_{row['detector']}_{name}": row[name]
        for row in means.to_dict("records")
        for name in ("auroc", "fpr95")
    }


def winner(numbers: dict[str, float]) -> str:
    """The detector that tells digits best from what was drawn to choose by, according to `summary`."""
    return max(DETECTORS, key=lambda detector: numbers[f"choosing_{detector}_auroc"])
