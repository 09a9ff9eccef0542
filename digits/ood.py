"""The out-of-distribution score of images, from their features: a higher score means more like the training digits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    import keras

N_FIT = 10_000  # train images whose features, with those of the drawn digits, span the subspace of digits
EXPLAINED_VARIANCE = 0.9  # share of their variance that the subspace holds
INT8_MAX = 127


@dataclass(frozen=True)
class Subspace:
    """The subspace in which the features of digits lie: around `mean` (d,) float32, spanned by `basis` (d, k) int8.

    The columns of `basis` are principal components, scaled so that the largest entry is INT8_MAX. Eight bits are
    accurate enough, take little space, and are equal on machines whose eigenvectors differ in the last bits.
    """

    mean: np.ndarray
    basis: np.ndarray

    @classmethod
    def fitted(cls, features: np.ndarray, explained_variance: float = EXPLAINED_VARIANCE) -> Self:
        """The fewest principal components of `features` (n, d) that explain this share of their variance, 0 to 1."""
        exact = features.astype(np.float64)
        variances, directions = np.linalg.eigh(np.cov(exact, rowvar=False))
        variances, directions = variances[::-1], directions[:, ::-1]
        count = int(np.searchsorted(np.cumsum(variances) / variances.sum(), explained_variance)) + 1
        basis = directions[:, :count]
        # The sign of an eigenvector is arbitrary: make its largest entry positive.
        basis = basis * np.sign(basis[np.abs(basis).argmax(axis=0), np.arange(count)])
        scaled = np.rint(basis * INT8_MAX / np.abs(basis).max()).astype(np.int8)
        return cls(exact.mean(axis=0).astype(np.float32), scaled)

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


def extractor(model: "keras.Model") -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """A function from images (n, 28, 28, 1) uint8 to features (n, d) float32 and logits (n, 10) float64.

    The features are the input of the model's last layer, which is dense; the logits are computed from them.
    """
    import keras

    from digits import models

    last = model.layers[-1]
    body = keras.Model(model.inputs, last.input)
    weights, bias = last.get_weights()

    def extract(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        features = models.predict(body, images)
        return features, features.astype(np.float64) @ weights + bias

    return extract
