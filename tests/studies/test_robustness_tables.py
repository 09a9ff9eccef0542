"""Accuracy under corruption by hand-made models; attacks on a network whose gradient is known."""

import numpy as np
import pandas as pd
import pytest

from digits.data.datasets import LabeledImages
from studies.robustness import corruptions, tables

LABELS = np.arange(10)


def tagged(sets: dict[str, int]) -> dict[str, np.ndarray]:
    """Ten images per level; their first pixel holds how many of them `predict` gets wrong."""
    found = {}
    for name, levels in sets.items():
        found[name] = np.zeros((levels, 10, 28, 28), np.uint8)
        found[name][:, :, 0, 0] = np.arange(levels)[:, None]
    return found


def predict(images: np.ndarray) -> np.ndarray:
    """Wrong on as many of ten images as their first pixel says; the confidence is always 0.91."""
    wrong = np.arange(10) < images[0, 0, 0, 0]
    predicted = np.where(wrong, (LABELS + 1) % 10, LABELS)
    return np.where(np.eye(10)[predicted] == 1, 0.91, 0.01)


def test_each_corruption_and_severity_has_its_row():
    levels = {name: len(it.levels) for name, it in corruptions.CORRUPTIONS.items()}
    table = tables.under_corruptions(predict, LABELS, tagged(levels), bins=10)
    assert len(table) == sum(levels.values())
    assert table.groupby("corruption")["published"].sum().eq(1).all()
    shot = table[table["corruption"] == "shot_noise"]
    assert shot["accuracy"].tolist() == pytest.approx([1.0, 0.9, 0.8, 0.7, 0.6])
    assert shot["ece"].tolist() == pytest.approx([0.09, 0.01, 0.11, 0.21, 0.31])


def test_mean_accuracy_is_the_mean_over_all_corruptions_and_severities():
    sets = tagged({"one": 2, "other": 3})
    assert tables.mean_accuracy(predict, LABELS, sets) == pytest.approx((1 + 0.9 + 1 + 0.9 + 0.8) / 5)


def test_mean_corruption_error_is_that_of_hendrycks_and_dietterich():
    own = pd.DataFrame({"corruption": ["a", "a", "b", "c"], "accuracy": [0.9, 0.7, 0.5, 0.9]})
    other = pd.DataFrame({"corruption": ["a", "a", "b", "c"], "accuracy": [0.8, 0.4, 0.75, 1.0]})
    assert tables.mean_corruption_error(own, other) == pytest.approx((0.2 / 0.4 + 0.5 / 0.25) / 2)
    assert tables.mean_corruption_error(other, other) == 1


def test_the_summary_takes_the_published_severities():
    corrupted = pd.DataFrame(
        {"published": [True, False, True], "accuracy": [0.9, 0.1, 0.5], "nll": [1, 9, 3], "ece": [0.1, 0.9, 0.3]}
    )
    attacked = pd.DataFrame({"attack": ["fgsm", "pgd"], "epsilon": [0.1, 0.05], "accuracy": [0.6, 0.4]})
    assert tables.summary(corrupted, attacked) == pytest.approx(
        {
            "corrupted_accuracy": 0.7,
            "corrupted_worst_accuracy": 0.5,
            "corrupted_nll": 2,
            "corrupted_ece": 0.2,
            "fgsm_100_accuracy": 0.6,
            "pgd_050_accuracy": 0.4,
        }
    )


@pytest.fixture
def linear(pinned: None):
    """A linear network with its normalization."""
    import keras

    return keras.Sequential(
        [
            keras.Input((28, 28, 1), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(10, "softmax", kernel_initializer=keras.initializers.RandomNormal(seed=1)),
        ]
    )


def test_fgsm_moves_each_pixel_by_epsilon_up_the_loss(linear, noise: LabeledImages):
    from studies.robustness import attacks

    model = attacks.open_to_gradients(linear)
    attacked = attacks.fgsm(model, noise.images, noise.labels, 0.1)
    moved = attacked - noise.images
    free = (attacked > 0) & (attacked < 255)
    assert np.abs(moved[free]) == pytest.approx(25.5, abs=1e-3)
    weights = linear.layers[-1].get_weights()[0]
    probabilities = model.predict(noise.images.astype(np.float32), verbose=0)
    gradient = (probabilities - np.eye(10)[noise.labels]) @ weights.T  # of the cross-entropy of a linear network
    agrees = np.sign(gradient.reshape(moved.shape)) == np.sign(moved)
    assert agrees[free].mean() > 0.999


def test_pgd_stays_within_epsilon_and_is_the_stronger_the_larger_that_is(linear, noise: LabeledImages):
    from studies.robustness import attacks

    model = attacks.open_to_gradients(linear)
    attacked = attacks.pgd(model, noise.images, noise.labels, 0.1, seed=0)
    assert np.abs(attacked - noise.images).max() <= 25.5 + 1e-3
    assert attacked.min() >= 0
    assert attacked.max() <= 255
    assert (attacked == attacks.pgd(model, noise.images, noise.labels, 0.1, seed=0)).all()
    table = attacks.robust_accuracy(linear, noise, 40, [0.01, 0.05], seed=0)
    accuracy = table.set_index(["attack", "epsilon"])["accuracy"]
    assert accuracy["pgd", 0.05] <= accuracy["pgd", 0.01] <= accuracy["pgd", 0.0] == accuracy["fgsm", 0.0]
