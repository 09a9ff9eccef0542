"""Three out-of-distribution scores of an image: the higher, the more it is like the digits that a model was trained on.

Input are the features and logits that `features.extractor` gives.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import log_softmax, logsumexp

from digits.core.errors import UserError

DETECTORS = ("max_softmax", "energy", "subspace")
INT8_MAX = 127
Features = tuple[np.ndarray, np.ndarray]  # features (n, d) and logits (n, 10)


@dataclass(frozen=True)
class Subspace:
    """The subspace in which the features of digits lie: around `mean` (d,) float32, spanned by `basis` (d, k) int8.

    The columns of `basis` are principal components, scaled so that the largest entry is INT8_MAX. Eight bits are
    accurate enough, take little space, and are equal on machines whose eigenvectors differ in the last bits.
    """

    mean: np.ndarray
    basis: np.ndarray

    @classmethod
    def fitted(cls, features: np.ndarray, explained_variance: float) -> Self:
        """The fewest principal components of `features` (n, d) that explain this share of their variance, 0 to 1."""
        exact = features.astype(np.float64)
        variances, directions = np.linalg.eigh(np.cov(exact, rowvar=False))
        variances, directions = variances[::-1], directions[:, ::-1]
        count = int(np.searchsorted(np.cumsum(variances) / variances.sum(), explained_variance)) + 1
        kept = directions[:, :count]
        # The sign of an eigenvector is arbitrary: make its largest entry positive.
        kept = kept * np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(count)])
        return cls(exact.mean(axis=0).astype(np.float32), np.rint(kept * INT8_MAX / np.abs(kept).max()).astype(np.int8))

    @property
    def scale(self) -> float:
        """The factor that gives the columns of `basis` length 1, on average."""
        return float(1 / np.linalg.norm(self.basis.astype(np.float64), axis=0).mean())

    def share(self, features: np.ndarray) -> np.ndarray:
        """Share of the length of `features` (n, d), minus the mean, that lies within the subspace: (n,), 0 to about 1.

        The score follows NECO (Ammar et al. 2024).
        """
        offset = features.astype(np.float64) - self.mean
        within = np.linalg.norm(offset @ self.basis, axis=1) * self.scale
        return within / np.maximum(np.linalg.norm(offset, axis=1), np.finfo(np.float32).tiny)


def ood_score(detector: str, features: np.ndarray, logits: np.ndarray, subspace: Subspace) -> np.ndarray:
    """The score (n,) of each image by one of DETECTORS, higher for images more like the training digits.

    `max_softmax`: the greatest probability (Hendrycks and Gimpel 2017), as its logarithm, which has the same order and
    resolves values close to 1. `energy`: the negative free energy (Liu et al. 2020). `subspace`: the share of the
    features' length within `subspace`, see `Subspace.share`. Raises UserError if there is no such detector.
    """
    match detector:
        case "max_softmax":
            return log_softmax(logits, axis=1).max(axis=1)
        case "energy":
            return logsumexp(logits, axis=1)
        case "subspace":
            return subspace.share(features)
    raise UserError(f"there is no detector {detector}; there are {', '.join(DETECTORS)}")
