"""The order and the augmentation of training batches."""

import numpy as np
import pytest

from digits.config.params import load_params
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from support import ROOT

NORMALIZATION = Normalization(mean=33.3, std=78.6)
RECIPES = load_params(ROOT / "params.yaml").recipes


@pytest.fixture(autouse=True)
def _pinned(pinned: None) -> None:
    """All of these import TensorFlow."""


def test_every_example_is_seen_each_epoch_in_a_new_seeded_order(eight: LabeledImages):
    from digits.training import batches

    recipe = RECIPES["mlp"].model_copy(update={"batch_size": 3})

    def orders(seed: int) -> list[list[int]]:
        split = batches.batches(eight, recipe, seed)
        return [[int(label) for _, labels in split for label in labels] for _ in range(2)]

    first, second = orders(1)
    assert sorted(first) == sorted(second) == sorted(eight.labels)
    assert first != second
    assert orders(1) == [first, second]
    assert orders(2) != [first, second]


def test_batches_are_augmented_anew_each_epoch_and_alike_for_each_seed(noise: LabeledImages):
    from digits.training import batches

    recipe = RECIPES["best"].model_copy(update={"batch_size": 16})

    def pixels(seed: int) -> list[bytes]:
        split = batches.batches(noise, recipe, seed)
        return [b"".join(images.numpy().tobytes() for images, _ in split) for _ in range(2)]

    first, second = pixels(1)
    assert first != second
    assert pixels(1) == [first, second]
    assert pixels(2) != [first, second]
    validation = batches.batches(noise, recipe, None)
    assert np.array_equal(np.concatenate([images for images, _ in validation]), noise.images)
