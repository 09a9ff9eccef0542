"""Calibration: intervals that hold what they should, coverage and its area by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from digits.evaluation import calibration, metrics


def drawn(images: int, seed: int, temperature: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from their own probabilities, and those, sharpened by `temperature`."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (images, 10))
    labels = (softmax(logits, axis=1).cumsum(axis=1) > rng.random((images, 1))).argmax(axis=1)
    return labels, softmax(logits * temperature, axis=1)


def test_the_temperature_that_spoilt_the_probabilities_is_found():
    for temperature in (0.5, 1.0, 3.0):
        assert calibration.fit_temperature(*drawn(20_000, 0, temperature)) == pytest.approx(temperature, rel=0.05)


def test_an_interval_is_around_its_score_and_narrows_with_more_images():
    few, many = (calibration.intervals(*drawn(count, 1), 0.95, 10, 200) for count in (200, 20_000))
    for found in (few, many):
        for name in ("nll", "brier"):
            assert found[f"{name}_low"] < found[name] < found[f"{name}_high"]
    assert many["nll_high"] - many["nll_low"] < 0.2 * (few["nll_high"] - few["nll_low"])


def test_an_interval_of_a_mean_is_as_wide_as_its_standard_error_says():
    labels, probabilities = drawn(5000, 2)
    found = calibration.intervals(labels, probabilities, 0.95, 10, 1000)
    each = -np.log(probabilities[np.arange(5000), labels])
    expected = 2 * 1.96 * each.std() / np.sqrt(5000)
    assert found["nll_high"] - found["nll_low"] == pytest.approx(expected, rel=0.1)


def test_the_true_nll_lies_in_the_interval_as_often_as_promised():
    held = 0
    truth = np.mean([calibration.intervals(*drawn(20_000, 99), 0.95, 10, 100)["nll"]])
    for seed in range(60):
        found = calibration.intervals(*drawn(500, seed), 0.9, 10, 200)
        held += found["nll_low"] <= truth <= found["nll_high"]
    assert 0.78 <= held / 60 <= 0.99


def test_the_scores_are_those_of_metrics():
    labels, probabilities = drawn(500, 3, 2.0)
    found, scores = (
        calibration.intervals(labels, probabilities, 0.95, 10, 100),
        metrics.scores(labels, probabilities, 0.95, 10),
    )
    assert all(found[name] == scores[name] for name in ("nll", "brier", "ece"))
    assert found["ece_low"] <= found["ece_high"]


@pytest.mark.parametrize("shift", [0.0, -0.01, -0.05])
def test_the_true_ece_lies_in_its_interval_about_as_often_as_promised(shift: float):
    """Confidences as on MNIST, most of them near 1; the accuracy of each is known to lie `shift` from it."""
    rng = np.random.default_rng(0)
    held, images = 0, 3000
    for _ in range(60):
        confidence = np.clip(1 - rng.beta(0.3, 8, images), 0.2, 1)
        right = rng.random(images) < confidence + shift
        resamples = [rng.integers(0, images, images) for _ in range(200)]
        low, high = calibration.ece_interval(right, confidence, 0.9, 15, resamples)
        held += low <= -shift <= high
    assert held / 60 >= 0.78  # percentile intervals: 0.00, 0.40 and 0.90


def test_coverage_and_its_area_by_hand():
    labels = np.array([0, 0, 0, 0])
    confidence = np.array([0.9, 0.6, 0.8, 0.7])
    probabilities = np.zeros((4, 10))
    probabilities[:, 0] = [0.9, 0.6, 0.8, 0.3]  # the last is read as a 1, with 0.7
    probabilities[:, 1] = 1 - probabilities[:, 0]
    assert (probabilities.max(axis=1) == confidence).all()
    table = calibration.coverage(labels, probabilities)
    expected = pd.DataFrame({"coverage": [0.25, 0.5, 0.75, 1.0], "accuracy": [1, 1, 2 / 3, 3 / 4]})
    pd.testing.assert_frame_equal(table, expected)
    assert calibration.aurc(labels, probabilities) == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)
