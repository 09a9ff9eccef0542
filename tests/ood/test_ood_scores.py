"""Out-of-distribution scores, by hand and by scikit-learn, and the same from ONNX."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.decomposition import PCA

from digits.core.errors import UserError
from digits.ood import scores
from digits.ood.scores import DETECTORS, Subspace
from support import RECIPES, ROOT


def spread(images: int = 2000, seed: int = 0) -> np.ndarray:
    """Features that vary along 8 of 40 directions, and a little along all."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 3, (images, 8)) @ rng.normal(size=(8, 40)) + rng.normal(0, 0.3, (images, 40)) + 5


def test_the_subspace_is_that_of_scikit_learns_principal_components():
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


def test_scores_of_logits():
    logits = np.random.default_rng(0).normal(0, 4, (30, 10))
    subspace = Subspace.fitted(spread(), 0.95)
    found = {name: scores.ood_score(name, spread()[:30], logits, subspace) for name in DETECTORS}
    assert np.allclose(np.exp(found["max_softmax"]), softmax(logits, axis=1).max(axis=1))
    assert np.allclose(np.exp(found["energy"]), np.exp(logits).sum(axis=1))
    with pytest.raises(UserError, match="there is no detector entropy"):
        scores.ood_score("entropy", spread(), logits, subspace)


@pytest.fixture(scope="module")
def converted(pinned: None) -> dict:
    """An untrained network, its features, logits and subspace on noise, and the network as ONNX."""
    from digits import architectures
    from digits.config.params import load_params
    from digits.data.splits import Normalization
    from digits.ood import features
    from digits.recognizer import onnx_export

    images = np.random.default_rng(7).integers(0, 256, (40, 28, 28, 1), np.uint8)
    name = RECIPES[-1]
    model = architectures.build(name, load_params(ROOT / "params.yaml").recipes[name], Normalization(33.3, 78.6))
    found, logits = features.extractor(model)(images)
    return {
        "model": model,
        "images": images,
        "features": found,
        "logits": logits,
        "subspace": Subspace.fitted(found, 0.9),
        "onnx": onnx_export.to_onnx(model),
    }


def test_the_logits_are_those_of_the_probabilities(converted: dict):
    from digits.models import inference

    probabilities = inference.predict(converted["model"], converted["images"])
    assert np.allclose(softmax(converted["logits"], axis=1), probabilities, atol=1e-6)


@pytest.mark.parametrize("detector", DETECTORS)
def test_onnx_gives_the_score_that_numpy_gives(converted: dict, detector: str):
    from digits.recognizer import onnx_export
    from digits.recognizer.recognizer import ask, session

    images, subspace = converted["images"], converted["subspace"]
    expected = scores.ood_score(detector, converted["features"], converted["logits"], subspace)
    whole = converted["onnx"]
    for onnx, tolerance in ((whole, 1e-5), (onnx_export.quantize(whole, images), 0.3)):
        (alone,) = ask(session(onnx), images)
        probabilities, found = ask(session(onnx_export.add_ood_score(onnx, detector, subspace)), images)
        assert np.abs(probabilities - alone).max() < tolerance
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() < tolerance
