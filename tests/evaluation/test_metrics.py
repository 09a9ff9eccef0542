import math

import numpy as np
import pandas as pd
import pytest

from digits.evaluation import metrics


@pytest.fixture
def labels() -> np.ndarray:
    return np.repeat(np.arange(10), 30)


@pytest.fixture
def probabilities(labels: np.ndarray) -> np.ndarray:
    """A fair but imperfect model's softmax."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(300, 10)) + 2.5 * np.eye(10)[labels]
    return (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)


def test_scores_agree_with_their_definitions(labels: np.ndarray, probabilities: np.ndarray):
    scores = metrics.scores(labels, probabilities, level=0.95, bins=15)
    exact = probabilities.astype(float)
    predicted = exact.argmax(axis=1)
    true = np.eye(10)[labels]
    assert scores["accuracy"] == np.mean(predicted == labels)
    assert scores["errors"] == np.sum(predicted != labels) > 0
    assert scores["images"] == 300
    assert scores["nll"] == pytest.approx(-np.mean(np.log(exact[np.arange(300), labels])), rel=1e-5)
    assert scores["brier"] == pytest.approx(np.mean(np.sum((exact - true) ** 2, axis=1)), rel=1e-5)
    second = np.argsort(exact, axis=1)[:, -2]
    assert scores["top2_accuracy"] == np.mean((predicted == labels) | (second == labels))
    f1 = [
        2 * np.sum((predicted == c) & (labels == c)) / (np.sum(predicted == c) + np.sum(labels == c)) for c in range(10)
    ]
    assert scores["macro_f1"] == pytest.approx(np.mean(f1))


def test_the_interval_is_wilsons(labels: np.ndarray, probabilities: np.ndarray):
    scores = metrics.scores(labels, probabilities, level=0.95, bins=15)
    n, p, z = 300, scores["accuracy"], 1.959963984540054  # Wilson 1927, by hand
    center, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert scores["accuracy_low"] == pytest.approx((center - half) / (1 + z * z / n))
    assert scores["accuracy_high"] == pytest.approx((center + half) / (1 + z * z / n))


def test_calibration_error_agrees_with_a_plain_loop(labels: np.ndarray, probabilities: np.ndarray):
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    expected = 0.0
    for bin_ in range(15):
        inside = (confidence > bin_ / 15) & (confidence <= (bin_ + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    table = metrics.reliability(labels, probabilities, 15)
    assert metrics.expected_calibration_error(table) == pytest.approx(expected, rel=1e-6)
    assert table["images"].sum() == 300


def test_a_confidence_on_an_edge_belongs_to_the_bin_below():
    table = metrics.reliability(np.array([3]), np.full((1, 10), 0.5) * np.eye(10)[[3]], bins=2)
    assert table["images"].tolist() == [1, 0]


def test_certainty_belongs_to_the_last_bin():
    table = metrics.reliability(np.array([3, 4]), np.eye(10)[[3, 3]], bins=10)
    assert table["images"].tolist() == [0] * 9 + [2]
    assert table["accuracy"].iloc[-1] == 0.5
    assert metrics.expected_calibration_error(table) == 0.5


def test_rates_by_class_with_a_class_never_predicted():
    labels, predicted = np.array([0, 0, 1, 1, 1]), np.array([0, 0, 0, 1, 0])
    table = metrics.per_class(labels, predicted)
    assert table["precision"].tolist()[:3] == [0.5, 1, 0]
    assert table["recall"].tolist()[:3] == [1, pytest.approx(1 / 3), 0]
    assert table["images"].tolist() == [2, 3] + [0] * 8


def test_errors_and_class_totals_give_the_confusion_matrix(labels: np.ndarray, probabilities: np.ndarray):
    names = [f"{number:012x}" for number in np.random.default_rng(1).permutation(300)]
    errors = metrics.errors(names, labels, probabilities)
    assert errors["image"].is_monotonic_increasing
    assert all(names[position] == name for position, name in errors["image"].items())
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (errors["actual"], errors["predicted"]), 1)
    matrix += np.diag(np.bincount(labels) - matrix.sum(axis=1))
    table = metrics.confusion(labels, probabilities.argmax(axis=1))
    assert table["images"].tolist() == matrix.reshape(-1).tolist()
    assert table.iloc[12].to_dict() == {"actual": 1, "predicted": 2, "images": matrix[1, 2]}


def test_a_perfect_model_has_no_errors(labels: np.ndarray):
    perfect = np.eye(10)[labels]
    scores = metrics.scores(labels, perfect, level=0.95, bins=15)
    assert (scores["accuracy"], scores["errors"], scores["brier"], scores["ece"]) == (1, 0, 0, 0)
    assert scores["nll"] == pytest.approx(0, abs=1e-12)
    assert isinstance(metrics.errors(["a"] * 300, labels, perfect), pd.DataFrame)
