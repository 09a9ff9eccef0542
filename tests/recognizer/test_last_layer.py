"""The last layer of the committed model taken out, fitted and put back."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from digits.core import paths
from digits.data.datasets import LabeledImages
from digits.recognizer import last_layer, onnx_export
from digits.recognizer.recognizer import MODEL, ask, session
from support import ROOT


@pytest.fixture(scope="module")
def model() -> bytes:
    return (ROOT / paths.RECOGNIZER / MODEL).read_bytes()


def test_its_own_weights_give_the_committed_files_back(model: bytes, noise: LabeledImages):
    bare, subspace = onnx_export.unfinished(model)
    same = last_layer.replaced(bare, last_layer.weights(bare))
    again, _ = onnx_export.finished(same, noise.images, "subspace", subspace)
    assert again == model


def test_features_times_weights_are_the_logits(model: bytes, noise: LabeledImages):
    bare, _ = onnx_export.unfinished(model)
    logits = last_layer.features(bare, noise.images) @ last_layer.weights(bare)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    wanted = ask(session(model), noise.images)[0]
    assert powers / powers.sum(axis=1, keepdims=True) == pytest.approx(wanted, abs=1e-6)


def test_other_weights_change_the_probabilities_and_not_the_ood_score(model: bytes, noise: LabeledImages):
    bare, subspace = onnx_export.unfinished(model)
    weights = last_layer.weights(bare)
    changed = onnx_export.add_ood_score(last_layer.replaced(bare, -weights), "subspace", subspace)
    before, after = (ask(session(it), noise.images) for it in (model, changed))
    assert np.array_equal(before[0].argmax(axis=1), after[0].argmin(axis=1))
    assert np.array_equal(before[1], after[1])


def test_without_smoothing_the_fit_is_scikit_learns_logistic_regression(monkeypatch: pytest.MonkeyPatch):
    """From weights 0 and with train images whose features are 0, which say nothing."""
    monkeypatch.setattr(last_layer, "SMOOTHING", 0.0)
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(60, 4)), np.tile(np.arange(10), 6)
    found = last_layer.fit(np.zeros((4, 10)), features, labels, np.zeros((3, 4)))
    strength = last_layer.WEIGHT / len(labels) / last_layer.L2
    wanted = LogisticRegression(C=strength, fit_intercept=False, tol=1e-10).fit(features, labels).coef_.T
    assert found == pytest.approx(wanted, abs=2e-4)


def test_predictions_on_train_images_are_held():
    """A correction that contradicts a train image moves the weights less than without that image."""
    present = np.zeros((2, 10))
    present[0, 3] = 5.0
    correction, label = np.array([[1.0, 0.0]]), np.array([7])
    held = last_layer.fit(present, correction, label, correction)
    free = last_layer.fit(present, correction, label, np.array([[0.0, 1.0]]))
    assert held[0].argmax() == 3
    assert held[0, 7] < free[0, 7]
