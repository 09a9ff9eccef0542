"""Metrics of predictions, by their definitions; intervals that hold what they promise."""

import gzip
import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from digits import data, metrics
from support import ARCHIVES, needs_archives

BINS = 15


@pytest.fixture
def labels() -> np.ndarray:
    return np.repeat(np.arange(10), 30)


@pytest.fixture
def probabilities(labels: np.ndarray) -> np.ndarray:
    """A fair but imperfect model's softmax."""
    logits = np.random.default_rng(0).normal(size=(300, 10)) + 2.5 * np.eye(10)[labels]
    return softmax(logits, axis=1).astype(np.float32)


def drawn(images: int, seed: int, temperature: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from their own probabilities, and those, sharpened by `temperature`."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (images, 10))
    labels = (softmax(logits, axis=1).cumsum(axis=1) > rng.random((images, 1))).argmax(axis=1)
    return labels, softmax(logits * temperature, axis=1)


def test_scores_agree_with_their_definitions(labels: np.ndarray, probabilities: np.ndarray):
    scores = metrics.scores(labels, probabilities, 0.95, BINS)
    exact = probabilities.astype(float)
    predicted, second = np.argsort(exact, axis=1)[:, [-1, -2]].T
    assert scores["accuracy"] == np.mean(predicted == labels)
    assert scores["errors"] == np.sum(predicted != labels) > 0
    assert scores["images"] == 300
    assert scores["nll"] == pytest.approx(-np.mean(np.log(exact[np.arange(300), labels])), rel=1e-5)
    assert scores["brier"] == pytest.approx(np.mean(np.sum((exact - np.eye(10)[labels]) ** 2, axis=1)), rel=1e-5)
    assert scores["top2_accuracy"] == np.mean((predicted == labels) | (second == labels))
    f1 = [
        2 * np.sum((predicted == c) & (labels == c)) / (np.sum(predicted == c) + np.sum(labels == c)) for c in range(10)
    ]
    assert scores["macro_f1"] == pytest.approx(np.mean(f1))
    n, p, z = 300, scores["accuracy"], 1.959963984540054  # Wilson 1927, by hand
    center, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert scores["accuracy_low"] == pytest.approx((center - half) / (1 + z * z / n))
    assert scores["accuracy_high"] == pytest.approx((center + half) / (1 + z * z / n))


def test_calibration_error_agrees_with_a_plain_loop(labels: np.ndarray, probabilities: np.ndarray):
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    expected = 0.0
    for bin_ in range(BINS):
        inside = (confidence > bin_ / BINS) & (confidence <= (bin_ + 1) / BINS)
        if inside.any():
            expected += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    table = metrics.reliability(labels, probabilities, BINS)
    assert metrics.expected_calibration_error(table) == pytest.approx(expected, rel=1e-6)
    assert table["images"].sum() == 300


@pytest.mark.parametrize(("confidence", "images"), [(0.5, [1, 0]), (1.0, [0, 1])])
def test_an_edge_belongs_to_the_bin_below(confidence: float, images: list[int]):
    table = metrics.reliability(np.array([3]), confidence * np.eye(10)[[3]], bins=2)
    assert table["images"].tolist() == images


def test_rates_by_class_with_a_class_never_predicted():
    table = metrics.per_class(np.array([0, 0, 1, 1, 1]), np.array([0, 0, 0, 1, 0]))
    assert table["precision"].tolist()[:3] == [0.5, 1, 0]
    assert table["recall"].tolist()[:3] == [1, pytest.approx(1 / 3), 0]
    assert table["images"].tolist() == [2, 3] + [0] * 8


def test_errors_and_totals_give_the_confusion_matrix(labels: np.ndarray, probabilities: np.ndarray):
    names = [f"{number:012x}" for number in np.random.default_rng(1).permutation(300)]
    errors = metrics.misread(names, labels, probabilities)
    assert errors["image"].is_monotonic_increasing
    assert all(names[position] == name for position, name in errors["image"].items())
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (errors["actual"], errors["predicted"]), 1)
    matrix += np.diag(np.bincount(labels) - matrix.sum(axis=1))
    table = metrics.confusion(labels, probabilities.argmax(axis=1))
    assert table["images"].tolist() == matrix.reshape(-1).tolist()
    assert table.iloc[12].to_dict() == {"actual": 1, "predicted": 2, "images": matrix[1, 2]}


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_spoilt_probabilities(temperature: float):
    assert metrics.fit_temperature(*drawn(20_000, 0, temperature)) == pytest.approx(temperature, rel=0.05)


def test_an_interval_is_as_wide_as_the_standard_error():
    labels, probabilities = drawn(5000, 2)
    bounds = metrics.intervals(labels, probabilities, 0.95, 10, 1000)
    each = -np.log(probabilities[np.arange(5000), labels])
    assert bounds["nll_high"] - bounds["nll_low"] == pytest.approx(2 * 1.96 * each.std() / np.sqrt(5000), rel=0.1)
    scores = metrics.scores(labels, probabilities, 0.95, 10)
    for name in ("nll", "brier"):
        assert bounds[f"{name}_low"] < bounds[name] == scores[name] < bounds[f"{name}_high"]
    assert bounds["ece"] == pytest.approx(scores["ece"], rel=1e-9)


def test_the_true_nll_lies_in_its_interval():
    truth = metrics.intervals(*drawn(20_000, 99), 0.95, 10, 100)["nll"]
    bounds = [metrics.intervals(*drawn(500, seed), 0.9, 10, 200) for seed in range(60)]
    assert 0.78 <= np.mean([each["nll_low"] <= truth <= each["nll_high"] for each in bounds]) <= 0.99


@pytest.mark.parametrize("shift", [0.0, -0.01, -0.05])
def test_the_true_ece_lies_in_its_interval(shift: float):
    """Confidences as on MNIST, most of them near 1; the accuracy of each is known to lie `shift` from it."""
    rng = np.random.default_rng(0)
    held, images = 0, 3000
    for _ in range(60):
        confidence = np.clip(1 - rng.beta(0.3, 8, images), 0.2, 1)
        right = rng.random(images) < confidence + shift
        resamples = [rng.integers(0, images, images) for _ in range(200)]
        low, high = metrics.ece_interval(right, confidence, 0.9, BINS, resamples)
        held += low <= -shift <= high
    assert held / 60 >= 0.78  # percentile intervals: 0.00, 0.40 and 0.90


def test_coverage_and_its_area_by_hand():
    probabilities = np.zeros((4, 10))
    probabilities[:, 0] = [0.9, 0.6, 0.8, 0.3]  # the last is read as a 1, with 0.7
    probabilities[:, 1] = 1 - probabilities[:, 0]
    labels = np.zeros(4, int)
    expected = pd.DataFrame({"coverage": [0.25, 0.5, 0.75, 1.0], "accuracy": [1, 1, 2 / 3, 3 / 4]})
    pd.testing.assert_frame_equal(metrics.coverage(labels, probabilities), expected)
    assert metrics.aurc(labels, probabilities) == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)


@needs_archives
def test_doubtful_labels_are_the_published_ones():
    with gzip.open(ARCHIVES / "t10k-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
    names = data.image_names(images)
    assert {position: names[position] for position in metrics.WITHOUT_MAJORITY} == metrics.WITHOUT_MAJORITY
    assert len(metrics.WITHOUT_MAJORITY) == 15


def test_accuracy_without_doubtful_labels_by_hand():
    doubtful = list(metrics.WITHOUT_MAJORITY.values())
    names = [f"{number:012x}" for number in range(95)] + doubtful[:5]
    assert metrics.accuracy_without(pd.DataFrame({"image": [names[0], *doubtful[:2]]}), names) == {
        "doubtful_images": 5,
        "doubtful_errors": 2,
        "accuracy_clean_labels": 1 - 1 / 95,
    }
