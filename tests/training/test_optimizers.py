"""Learning rates over the steps, and label smoothing in the loss."""

import numpy as np
import pytest

from digits.config.params import load_params
from digits.data.splits import Normalization
from support import ROOT

NORMALIZATION = Normalization(mean=33.3, std=78.6)
RECIPES = load_params(ROOT / "params.yaml").recipes


@pytest.fixture(autouse=True)
def _pinned(pinned: None) -> None:
    """All of these import TensorFlow."""


def test_the_cosine_ends_at_zero_and_starts_at_the_rate():
    from digits.training import optimizers

    recipe = RECIPES["mlp"].model_copy(update={"epochs": 4, "batch_size": 3, "schedule": "cosine"})
    rate = optimizers.learning_rate(recipe, examples=8)  # 3 steps an epoch, the last of 2 examples
    values = [float(rate(step)) for step in (0, 6, 12)]
    assert values == pytest.approx([recipe.learning_rate, recipe.learning_rate / 2, 0], abs=1e-9)


def test_one_cycle_rises_from_a_tenth_and_falls_to_zero():
    from digits.training import optimizers

    recipe = RECIPES["best"].model_copy(update={"epochs": 5, "batch_size": 1})
    rate = optimizers.learning_rate(recipe, examples=20)  # 100 steps: 20 up, 80 down
    peak = recipe.learning_rate
    assert [float(rate(step)) for step in (0, 10, 20, 60, 100)] == pytest.approx(
        [peak / 10, 0.55 * peak, peak, peak / 2, 0], abs=1e-9
    )


def test_label_smoothing_is_in_the_loss_that_is_minimized():
    from digits.training import optimizers

    truth, guess = np.eye(10)[[3]], np.full((1, 10), 0.05) + 0.5 * np.eye(10)[[3]]
    smooth = optimizers.loss(RECIPES["best"].model_copy(update={"label_smoothing": 0.2}))
    expected = -0.82 * np.log(0.55) - 9 * 0.02 * np.log(0.05)
    assert float(smooth(truth, guess)) == pytest.approx(expected, rel=1e-6)
    assert optimizers.loss(RECIPES["fast"]) == "categorical_crossentropy"
