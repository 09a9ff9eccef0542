"""Out-of-distribution scores, by hand and by scikit-learn."""

import numpy as np
from scipy.special import softmax
from sklearn.decomposition import PCA

from digits import ood
from digits.config import load_params
from digits.data import LabeledImages
from digits.ood import Subspace
from support import NORMALIZATION, ROOT


def spread(images: int = 2000, seed: int = 0) -> np.ndarray:
    """Features that vary along 8 of 40 directions, and a little along all."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 3, (images, 8)) @ rng.normal(size=(8, 40)) + rng.normal(0, 0.3, (images, 40)) + 5


def test_the_subspace_is_that_of_scikit_learn():
    features = spread()
    pca = PCA(8, svd_solver="full").fit(features)
    offset = features - pca.mean_
    expected = np.linalg.norm(offset @ pca.components_.T, axis=1) / np.linalg.norm(offset, axis=1)
    subspace = Subspace.fitted(features, pca.explained_variance_ratio_.sum() - 1e-9)
    assert subspace.basis.shape == (40, 8)
    assert np.abs(subspace.share(features) - expected).max() < 0.01
    assert Subspace.fitted(features, 0.5).basis.shape[1] < 8


def test_features_outside_of_the_subspace_score_lower():
    subspace = Subspace.fitted(spread(), 0.95)
    outside = 5 + np.random.default_rng(1).normal(0, 3, (200, 40))
    assert np.quantile(subspace.share(spread()[:200]), 0.01) > np.quantile(subspace.share(outside), 0.99)
    assert subspace.share(subspace.mean[np.newaxis]) == 0  # and no division by zero


def test_a_subspace_does_not_depend_on_the_last_bits():
    features = spread()
    shaken = features * (1 + 1e-12 * np.random.default_rng(2).normal(size=features.shape))
    basis = Subspace.fitted(features, 0.95).basis
    assert (Subspace.fitted(shaken, 0.95).basis == basis).all()
    largest = basis[np.abs(basis.astype(int)).argmax(axis=0), np.arange(basis.shape[1])]
    assert (largest > 0).all()  # the sign of each column is fixed


def test_the_logits_are_those_of_the_probabilities(pinned: None, noise: LabeledImages):
    from digits import models, networks

    model = networks.build("fast", load_params(ROOT / "params.yaml").recipes["fast"], NORMALIZATION)
    _, logits = ood.extractor(model)(noise.images)
    assert np.allclose(softmax(logits, axis=1), models.predict(model, noise.images), atol=1e-6)
