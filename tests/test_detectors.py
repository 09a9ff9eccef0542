"""Telling digits from what is none: scores by hand and by scikit-learn, and the same from ONNX."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy.special import softmax
from sklearn.decomposition import PCA

from digits import detectors, non_digits, outliers
from digits.datasets import Split
from digits.detectors import DETECTORS, Subspace


def spread(images: int = 2000, seed: int = 0) -> np.ndarray:
    """Features that vary along 8 of 40 directions, and a little along all."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 3, (images, 8)) @ rng.normal(size=(8, 40)) + rng.normal(0, 0.3, (images, 40)) + 5


def test_the_share_within_is_that_of_scikit_learns_principal_components():
    features = spread()
    pca = PCA(8, svd_solver="full").fit(features)
    offset = features - pca.mean_
    wanted = np.linalg.norm(offset @ pca.components_.T, axis=1) / np.linalg.norm(offset, axis=1)
    subspace = Subspace.fitted(features, pca.explained_variance_ratio_.sum() - 1e-9)
    assert subspace.basis.shape == (40, 8)
    assert np.abs(subspace.share(features) - wanted).max() < 0.01
    assert Subspace.fitted(features, 0.5).basis.shape[1] < 8


def test_what_lies_outside_the_subspace_is_unfamiliar():
    subspace = Subspace.fitted(spread(), 0.95)
    inside, outside = spread()[:200], 5 + np.random.default_rng(1).normal(0, 3, (200, 40))
    assert detectors.separation(subspace.share(inside), subspace.share(outside))["auroc"] > 0.99
    assert subspace.share(subspace.mean[np.newaxis]) == 0  # and no division by nothing


def test_a_subspace_is_kept_whole(tmp_path):
    subspace = Subspace.fitted(spread(), 0.9)
    subspace.save(tmp_path / "subspace.npz")
    again = Subspace.load(tmp_path / "subspace.npz")
    assert (again.basis == subspace.basis).all()
    assert (again.mean == subspace.mean).all()


def test_a_subspace_does_not_hang_on_the_last_bits():
    features = spread()
    shaken = features * (1 + 1e-12 * np.random.default_rng(2).normal(size=features.shape))
    basis = Subspace.fitted(features, 0.95).basis
    assert (Subspace.fitted(shaken, 0.95).basis == basis).all()
    assert (basis[np.abs(basis.astype(int)).argmax(axis=0), np.arange(basis.shape[1])] > 0).all()  # one way to point


def test_the_scores_of_logits():
    logits = np.random.default_rng(0).normal(0, 4, (30, 10))
    subspace = Subspace.fitted(spread(), 0.95)
    ask = {name: detectors.familiarity(name, spread()[:30], logits, subspace) for name in DETECTORS}
    assert np.allclose(np.exp(ask["max_softmax"]), softmax(logits, axis=1).max(axis=1))
    assert np.allclose(np.exp(ask["energy"]), np.exp(logits).sum(axis=1))
    with pytest.raises(ValueError, match="there is no detector entropy"):
        detectors.familiarity("entropy", spread(), logits, subspace)


def test_separation_by_hand():
    known = np.arange(100.0)
    assert detectors.separation(known, np.array([-1.0, -2.0])) == {"auroc": 1.0, "fpr95": 0.0}
    assert detectors.separation(known, np.array([200.0])) == {"auroc": 0.0, "fpr95": 1.0}
    found = detectors.separation(known, np.array([4.0, 50.0]))  # 5 of 100 known ones lie below 4.95
    assert found["fpr95"] == 0.5
    assert found["auroc"] == pytest.approx((95.5 + 49.5) / 200)


def test_the_winner_is_the_one_of_the_draw_to_choose_by():
    rows = [
        ("choosing", "energy", 0.9, 0.2),
        ("choosing", "energy", 0.7, 0.4),
        ("choosing", "subspace", 0.81, 0.9),
        ("choosing", "max_softmax", 0.5, 0.9),
        ("measuring", "max_softmax", 1.0, 0.0),
        ("measuring", "subspace", 0.5, 1.0),
        ("measuring", "energy", 0.5, 1.0),
    ]
    numbers = detectors.summary(pd.DataFrame(rows, columns=["draw", "detector", "auroc", "fpr95"]))
    assert numbers["choosing_energy_auroc"] == pytest.approx(0.8)
    assert numbers["choosing_energy_fpr95"] == pytest.approx(0.3)
    assert detectors.winner(numbers) == "subspace"


def test_images_of_no_digit_are_all_kinds_in_the_form_of_mnist(noise: Split):
    found = outliers.drawn(non_digits.TO_MEASURE, noise.images[..., 0], 12)
    assert set(found) == set(outliers.KINDS)
    for images in found.values():
        assert images.shape == (12, 28, 28)
        assert images.dtype == np.uint8
    assert found["blank"].std(axis=(1, 2)).max() < 10
    again = outliers.drawn(non_digits.TO_MEASURE, noise.images[..., 0], 12)
    assert all((again[kind] == found[kind]).all() for kind in found)


def test_two_digits_stand_side_by_side():
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, 4:24, 13:15] = 255
    for image in outliers.drawn(non_digits.TO_CHOOSE, bar, 10)["two_digits"]:
        columns = np.flatnonzero(image.any(axis=0))
        assert len(columns) == 4
        assert columns[0] < 11
        assert columns[-1] > 16


@pytest.mark.parametrize("recipe", ["mlp", "fast"])
@pytest.mark.parametrize("detector", DETECTORS)
def test_onnx_gives_the_familiarity_that_numpy_gives(pinned: None, noise: Split, recipe: str, detector: str):
    from digits import exporting, inference, insides, models, onnx_outputs, params, splits
    from digits.recogniser import ask, session

    knobs = params.load(ROOT / "params.yaml").recipes
    model = models.build(recipe, getattr(knobs, recipe), splits.Normalisation(33.3, 78.6))
    features, logits = insides.of(model)(noise.images)
    assert np.allclose(softmax(logits, axis=1), inference.predict(model, noise.images), atol=1e-6)
    subspace = Subspace.fitted(features, 0.9)
    wanted = detectors.familiarity(detector, features, logits, subspace)
    whole = exporting.to_onnx(model)
    for onnx, close in ((whole, 1e-5), (exporting.quantise(whole, noise.images), 0.3)):
        (alone,) = ask(session(onnx), noise.images)
        probabilities, found = ask(session(onnx_outputs.add_familiarity(onnx, detector, subspace)), noise.images)
        assert np.abs(probabilities - alone).max() < close
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() < close
