"""What is measured under changes: tables by hand-made readers, attacks on a net whose gradient is known."""

import numpy as np
import pandas as pd
import pytest

from digits import corruptions, metrics, robustness
from digits.datasets import Split

LABELS = np.arange(10)


def tagged(sets: dict[str, int]) -> dict[str, np.ndarray]:
    """Ten images a level; the first pixel tells how many of them the reader below gets right."""
    found = {}
    for name, levels in sets.items():
        found[name] = np.zeros((levels, 10, 28, 28), np.uint8)
        found[name][:, :, 0, 0] = np.arange(levels)[:, None]
    return found


def reader(images: np.ndarray) -> np.ndarray:
    """Reads all but as many of ten images as their first pixel says, always with probability 0.91."""
    wrong = np.arange(10) < images[0, 0, 0, 0]
    answers = np.where(wrong, (LABELS + 1) % 10, LABELS)
    return np.where(np.eye(10)[answers] == 1, 0.91, 0.01)


def test_each_corruption_and_severity_has_its_row():
    levels = {name: len(it.levels) for name, it in corruptions.CORRUPTIONS.items()}
    table = robustness.under_corruptions(reader, LABELS, tagged(levels), bins=10)
    assert len(table) == sum(levels.values())
    assert table.groupby("corruption")["published"].sum().eq(1).all()
    shot = table[table["corruption"] == "shot_noise"]
    assert shot["accuracy"].tolist() == pytest.approx([1.0, 0.9, 0.8, 0.7, 0.6])
    assert shot["ece"].tolist() == pytest.approx([0.09, 0.01, 0.11, 0.21, 0.31])


def test_the_accuracy_to_choose_by_is_the_mean_over_all_sets():
    sets = {name: images[-1] for name, images in tagged({"fog": 5, "stripe": 2}).items()}
    assert robustness.mean_accuracy(reader, LABELS, sets) == pytest.approx((0.6 + 0.9) / 2)


def test_the_relative_error_is_that_of_hendrycks_and_dietterich():
    own = pd.DataFrame({"corruption": ["a", "a", "b"], "accuracy": [0.9, 0.7, 0.5]})
    other = pd.DataFrame({"corruption": ["a", "a", "b"], "accuracy": [0.8, 0.4, 0.75]})
    assert metrics.relative_error(own, other) == pytest.approx((0.2 / 0.4 + 0.5 / 0.25) / 2)
    assert metrics.relative_error(other, other) == 1


def test_the_summary_takes_the_published_severities():
    corrupted = pd.DataFrame(
        {"published": [True, False, True], "accuracy": [0.9, 0.1, 0.5], "nll": [1, 9, 3], "ece": [0.1, 0.9, 0.3]}
    )
    attacked = pd.DataFrame({"attack": ["fgsm", "pgd"], "budget": [0.1, 0.05], "accuracy": [0.6, 0.4]})
    assert robustness.summary(corrupted, attacked) == pytest.approx(
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
    """A linear net with its normalisation, so that the gradient's sign is known."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((28, 28, 1), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(10, "softmax", kernel_initializer=keras.initializers.RandomNormal(seed=1)),
        ]
    )
    return model


def test_one_step_goes_the_whole_budget_against_the_label(linear, noise: Split):
    from digits import adversarial

    model = adversarial.open_to_gradients(linear)
    attacked = adversarial.fgsm(model, noise.images, noise.labels, 0.1)
    moved = attacked - noise.images
    free = (attacked > 0) & (attacked < 255)
    assert np.abs(moved[free]) == pytest.approx(25.5, abs=1e-3)
    weights = linear.layers[-1].get_weights()[0]
    probabilities = model.predict(noise.images.astype(np.float32), verbose=0)
    uphill = (probabilities - np.eye(10)[noise.labels]) @ weights.T
    agrees = np.sign(uphill.reshape(moved.shape)) == np.sign(moved)
    assert agrees[free].mean() > 0.999


def test_many_steps_stay_within_the_budget_and_do_no_less(linear, noise: Split):
    from digits import adversarial

    model = adversarial.open_to_gradients(linear)
    attacked = adversarial.pgd(model, noise.images, noise.labels, 0.1, seed=0)
    assert np.abs(attacked - noise.images).max() <= 25.5 + 1e-3
    assert (attacked.min(), attacked.max()) >= (0, 0)
    assert attacked.max() <= 255
    assert (attacked == adversarial.pgd(model, noise.images, noise.labels, 0.1, seed=0)).all()
    table = adversarial.withstood(linear, noise, 40, [0.01, 0.05], seed=0).set_index(["attack", "budget"])["accuracy"]
    assert table["pgd", 0.05] <= table["pgd", 0.01] <= table["pgd", 0.0] == table["fgsm", 0.0]
