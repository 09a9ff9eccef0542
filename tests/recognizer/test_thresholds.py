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
