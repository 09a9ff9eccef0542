"""Soft targets: what they are made of, and that nothing else differs from the pipeline's training."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import soft_targets
from digits.config.params import load_params
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from support import ROOT

NORMALIZATION = Normalization(mean=33.3, std=78.6)
RECIPE = load_params(ROOT / "params.yaml").recipes["fast"].model_copy(update={"batch_size": 8})


@pytest.fixture(autouse=True)
def _pinned(pinned: None) -> None:
    """All of these import TensorFlow."""


def one_batch(split: LabeledImages) -> object:
    from digits.training.batches import batches

    return batches(split, RECIPE, 1)


def arrays(batches: object) -> tuple[np.ndarray, np.ndarray]:
    """The one batch of `batches`."""
    ((images, targets),) = batches
    return images.numpy().astype(float), targets.numpy()


def test_mixup_averages_images_and_targets_by_the_same_weight(eight: LabeledImages):
    images, targets = arrays(one_batch(eight))
    mixed_images, mixed_targets = arrays(soft_targets.mixed(one_batch(eight), seed=1))
    apart = (targets * targets[::-1]).sum(axis=1) == 0  # the two are of different classes
    shares = (targets * mixed_targets).sum(axis=1)[apart]
    assert shares.min() < 0.99  # some are mixed
    assert np.allclose((targets[::-1] * mixed_targets).sum(axis=1)[apart], 1 - shares)
    weights = shares[:, None, None, None]
    expected = weights * images[apart] + (1 - weights) * images[::-1][apart]
    assert np.abs(mixed_images[apart] - expected).max() <= 0.51  # rounded to whole gray levels


def test_mixup_draws_other_weights_in_each_epoch_and_the_same_in_each_training(eight: LabeledImages):
    import tensorflow as tf

    unshuffled = tf.data.Dataset.from_tensors(next(iter(one_batch(eight))))
    mixed = soft_targets.mixed(unshuffled, seed=1)
    first, second = arrays(mixed)[1], arrays(mixed)[1]
    assert not np.array_equal(first, second)
    again = soft_targets.mixed(unshuffled, seed=1)
    assert np.array_equal(arrays(again)[1], first)


def test_distillation_asks_the_teachers_about_the_very_images(
    eight: LabeledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from digits import architectures
    from digits.models import files

    monkeypatch.chdir(tmp_path)
    teachers = [architectures.build("fast", RECIPE, NORMALIZATION) for _ in range(2)]
    for seed, teacher in enumerate(teachers):
        files.save(teacher, Path(f"models/fast-{seed}.keras"))
    images, targets = arrays(soft_targets.distilled(one_batch(eight), ["fast-0", "fast-1"]))
    expected = np.mean([teacher(images.astype(np.uint8)) for teacher in teachers], axis=0)
    assert np.allclose(targets, expected, atol=1e-6)


def test_with_unchanged_batches_it_trains_as_the_pipeline_does(eight: LabeledImages):
    from digits.training import loop

    ours = soft_targets.trained("fast", RECIPE, NORMALIZATION, eight, 3, lambda batches: batches)
    pipeline = loop.trained("fast", RECIPE, NORMALIZATION, eight, eight, 3)
    for mine, theirs in zip(ours.get_weights(), pipeline.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)
