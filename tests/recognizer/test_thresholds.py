"""Thresholds accept the share of images that was asked for."""

import numpy as np
import pytest

from digits.recognizer import thresholds


@pytest.mark.parametrize("coverage", [0.5, 0.9, 1.0])
def test_coverage_is_reached_and_both_thresholds_reject_equally(coverage: float):
    confidence, ood_score = np.random.default_rng(0).uniform(size=(2, 5000))
    chosen = thresholds.choose(confidence, ood_score, coverage)
    confident, in_distribution = confidence >= chosen["threshold"], ood_score >= chosen["ood_threshold"]
    assert (confident & in_distribution).mean() == pytest.approx(coverage, abs=1e-3)
    assert confident.mean() == in_distribution.mean()


def test_the_threshold_rises_until_enough_predictions_on_other_images_are_right():
    chosen = {"coverage": 0.98, "threshold": 0.5, "ood_threshold": 0.3}
    confidence = np.array([0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.4])
    correct = np.array([True, True, False, True, True, False, True])
    score = np.full(7, 0.5)
    raised = thresholds.raised(chosen, confidence, score, correct, wanted=0.8)
    assert raised == {**chosen, "threshold": 0.7}  # 4 of 5; at 0.6 4 of 6, at 0.9 2 of 3
    assert thresholds.raised(chosen, confidence, score, correct, wanted=0.5)["threshold"] == 0.5  # never lower
    assert thresholds.raised(chosen, confidence, score, correct, wanted=1.0)["threshold"] == 0.95
    nothing_right = np.zeros(7, bool)
    assert thresholds.raised(chosen, confidence, score, nothing_right, wanted=0.9)["threshold"] == 0.99
    rejected = np.where(correct, 0.5, 0.1)  # what is out of distribution counts for nothing
    assert thresholds.raised(chosen, confidence, rejected, correct, wanted=1.0)["threshold"] == 0.5
