"""Accuracy under corruption by hand-made models; transforms; attacks on a network whose gradient is known."""

import numpy as np
import pandas as pd
import pytest

from digits.data import LabeledImages
from studies import robustness
from studies.corruptions import CORRUPTIONS
from studies.robustness import TRANSFORMS, transformed

LABELS = np.arange(10)


def tagged(sets: dict[str, int]) -> dict[str, np.ndarray]:
    """Ten images per level; their first pixel holds how many of them `predict` gets wrong."""
    images = {name: np.zeros((levels, 10, 28, 28), np.uint8) for name, levels in sets.items()}
    for name, levels in sets.items():
        images[name][:, :, 0, 0] = np.arange(levels)[:, None]
    return images


def predict(images: np.ndarray) -> np.ndarray:
    """Wrong on as many of ten images as their first pixel says; the confidence is always 0.91."""
    wrong = np.arange(10) < images[0, 0, 0, 0]
    predicted = np.where(wrong, (LABELS + 1) % 10, LABELS)
    return np.where(np.eye(10)[predicted] == 1, 0.91, 0.01)


def test_each_corruption_and_severity_has_its_row():
    levels = {name: len(corruption.levels) for name, corruption in CORRUPTIONS.items()}
    table = robustness.under_corruptions(predict, LABELS, tagged(levels), bins=10)
    assert len(table) == sum(levels.values())
    assert table.groupby("corruption")["published"].sum().eq(1).all()
    shot = table[table["corruption"] == "shot_noise"]
    assert shot["accuracy"].tolist() == pytest.approx([1.0, 0.9, 0.8, 0.7, 0.6])
    assert shot["ece"].tolist() == pytest.approx([0.09, 0.01, 0.11, 0.21, 0.31])


def test_the_summary_takes_the_published_severities():
    rows = [(True, 0.9, 1, 0.1), (False, 0.1, 9, 0.9), (True, 0.5, 3, 0.3)]
    corrupted = pd.DataFrame(rows, columns=["published", "accuracy", "nll", "ece"])
    attacked = pd.DataFrame({"attack": ["fgsm", "pgd"], "epsilon": [0.1, 0.05], "accuracy": [0.6, 0.4]})
    expected = {"corrupted_accuracy": 0.7, "corrupted_worst_accuracy": 0.5, "corrupted_nll": 2, "corrupted_ece": 0.2}
    expected |= {"fgsm_100_accuracy": 0.6, "pgd_050_accuracy": 0.4}
    assert robustness.summary(corrupted, attacked) == pytest.approx(expected)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_the_neutral_amount_changes_nothing(crosses: np.ndarray, name: str):
    neutral = TRANSFORMS[name].amounts.index({"scale": 1.0, "contrast": 1.0}.get(name, 0))
    assert np.abs(transformed(crosses, name)[neutral].astype(int) - crosses).max() <= 1


def test_a_wider_stroke_has_more_ink(crosses: np.ndarray):
    ink = transformed(crosses, "stroke").mean(axis=(1, 2, 3)).tolist()
    assert ink == sorted(ink)
    assert ink[0] < crosses.mean() < ink[-1]


@pytest.fixture
def linear(pinned: None):
    """A linear network with its normalization."""
    import keras

    dense = keras.layers.Dense(10, "softmax", kernel_initializer=keras.initializers.RandomNormal(seed=1))
    pixels = keras.Input((28, 28, 1), dtype="uint8")
    return keras.Sequential([pixels, keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), dense])


def test_fgsm_moves_each_pixel_up_the_loss(linear, noise: LabeledImages):
    x = noise.images.astype(np.float32)
    attacked = robustness.fgsm(robustness.open_to_gradients(linear), x, noise.labels, 0.1)
    moved = attacked - x
    free = (attacked > 0) & (attacked < 255)
    assert np.abs(moved[free]) == pytest.approx(25.5, abs=1e-3)
    weights = linear.layers[-1].get_weights()[0]
    probabilities = linear.predict(noise.images, verbose=0)
    gradient = (probabilities - np.eye(10)[noise.labels]) @ weights.T  # of the cross-entropy of a linear network
    agrees = np.sign(gradient.reshape(moved.shape)) == np.sign(moved)
    assert agrees[free].mean() > 0.999


def test_pgd_stays_within_epsilon(linear, noise: LabeledImages):
    model, x = robustness.open_to_gradients(linear), noise.images.astype(np.float32)
    attacked = robustness.pgd(model, x, noise.labels, 0.1, seed=0)
    assert np.abs(attacked - x).max() <= 25.5 + 1e-3
    assert attacked.min() >= 0
    assert attacked.max() <= 255
    assert (attacked == robustness.pgd(model, x, noise.labels, 0.1, seed=0)).all()


def test_a_larger_epsilon_is_the_stronger_attack(linear, noise: LabeledImages):
    table = robustness.under_attacks(linear, noise, [0.01, 0.05], seed=0)
    accuracy = table.set_index(["attack", "epsilon"])["accuracy"]
    assert accuracy["pgd", 0.05] <= accuracy["pgd", 0.01] <= accuracy["pgd", 0.0] == accuracy["fgsm", 0.0]


def corruption_results(*accuracies: float) -> pd.DataFrame:
    """A corruption with two severities, the second of them published, and two with one severity."""
    table = {"corruption": ["shot_noise", "shot_noise", "fog", "stripe"], "published": [False, True, True, True]}
    return pd.DataFrame({**table, "accuracy": accuracies})


def test_the_page_shows_published_severities_and_mce():
    tables = {"one": corruption_results(0.8, 0.4, 0.75, 1.0), "other": corruption_results(0.9, 0.7, 0.5, 0.9)}
    table, error_rates = robustness.corruption_table(tables, "one")
    assert table.to_dict("list") == {
        "corruption": ["shot noise", "fog", "stripe", "mean", "mCE, one = 1"],
        "one": ["40.0%", "75.0%", "100.0%", "71.7%", "1.00"],
        "other": ["70.0%", "50.0%", "90.0%", "70.0%", "1.25"],  # the mean of 0.2 / 0.4 and 0.5 / 0.25
    }
    assert error_rates[1] == pytest.approx([0.25, 0.5])
    without, _ = robustness.corruption_table({"other": tables["other"]}, "one")
    assert without["corruption"].tolist()[-1] == "mean"
