"""The exported model: Keras's probabilities, the out-of-distribution score, reproducible bytes, thresholds."""

from typing import Any

import numpy as np
import pytest

from digits.config import load_params
from digits.data import LabeledImages, Normalization
from digits.ood import Subspace
from digits.recognizer import export
from digits.recognizer.reading import run_model, session
from support import ROOT


@pytest.fixture(scope="module", params=["mlp", "fast"])
def model(request: pytest.FixtureRequest, pinned: None) -> Any:
    """An untrained Keras model."""
    from digits import networks

    recipe = load_params(ROOT / "params.yaml").recipes[request.param]
    return networks.build(request.param, recipe, Normalization(33.3, 78.6))


@pytest.fixture(scope="module")
def exported(model: Any) -> bytes:
    return export.to_onnx(model)


def test_onnx_is_keras_with_the_same_bytes_each_time(model: Any, exported: bytes, noise: LabeledImages):
    from digits import models

    for images in (noise.images[:1], noise.images):
        assert np.abs(run_model(session(exported), images)[0] - models.predict(model, images)).max() < 1e-6
    assert export.to_onnx(model) == exported


def test_the_score_is_numpy_s_and_probabilities_stay(model: Any, exported: bytes, noise: LabeledImages):
    from digits import ood

    features, _ = ood.extractor(model)(noise.images)
    subspace = Subspace.fitted(features)
    both = session(export.add_ood_output(exported, subspace))
    assert [output.name for output in both.get_outputs()] == ["probabilities", "ood_score"]
    probabilities, score = run_model(both, noise.images)
    assert np.array_equal(probabilities, run_model(session(exported), noise.images)[0])
    assert np.abs(score - subspace.share(features)).max() < 1e-5


@pytest.mark.parametrize("coverage", [0.5, 0.9, 1.0])
def test_coverage_is_reached_by_equal_rejections(coverage: float):
    confidence, ood_score = np.random.default_rng(0).uniform(size=(2, 5000))
    thresholds = export.choose_thresholds(confidence, ood_score, coverage)
    confident, known = confidence >= thresholds["threshold"], ood_score >= thresholds["ood_threshold"]
    assert (confident & known).mean() == pytest.approx(coverage, abs=1e-3)
    assert confident.mean() == known.mean()


CONFIDENCE = np.array([0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.4])
CORRECT = np.array([True, True, False, True, True, False, True])


@pytest.mark.parametrize(
    ("score", "correct", "target", "threshold"),
    [
        (np.full(7, 0.5), CORRECT, 0.8, 0.7),  # 4 of 5; at 0.6 4 of 6, at 0.9 2 of 3
        (np.full(7, 0.5), CORRECT, 0.5, 0.5),  # never lower
        (np.full(7, 0.5), np.zeros(7, bool), 0.9, 0.99),
        (np.where(CORRECT, 0.5, 0.1), CORRECT, 1.0, 0.5),  # what is out of distribution counts for nothing
    ],
)
def test_the_threshold_rises_until_enough_are_right(
    score: np.ndarray, correct: np.ndarray, target: float, threshold: float
):
    thresholds = {"threshold": 0.5, "ood_threshold": 0.3}
    raised = export.raise_threshold(thresholds, CONFIDENCE, score, correct, target)
    assert raised == {"threshold": threshold, "ood_threshold": 0.3}
