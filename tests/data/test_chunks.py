"""Work chunk by chunk gives the result of work in one piece, with a smaller last chunk."""

from pathlib import Path

import numpy as np
import pytest

from digits.data import datasets, splits
from digits.data.datasets import LabeledImages


@pytest.fixture
def seven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of seven images; the forty of `noise` are five chunks and five images."""
    monkeypatch.setattr(datasets, "CHUNK", 7)


def test_a_written_part_holds_the_chosen_examples_in_their_order(seven: None, noise: LabeledImages, tmp_path: Path):
    positions = np.random.default_rng(0).permutation(40)[:23]
    datasets.save_part(tmp_path / "part", noise, positions)
    again = datasets.load(tmp_path / "part")
    np.testing.assert_array_equal(again.images, noise.images[positions])
    np.testing.assert_array_equal(again.labels, noise.labels[positions])


def test_digest_normalization_and_shared_images_see_every_image(seven: None, noise: LabeledImages):
    changed = noise.images.copy()
    changed[-1] ^= 255
    digests = {datasets.dataset_digest(noise), datasets.dataset_digest(noise._replace(images=changed))}
    assert len(digests) == 2
    measured = splits.measure_normalization(noise.images)
    assert (measured.mean, measured.std) == pytest.approx((noise.images.mean(), noise.images.std()), rel=1e-12)
    assert splits.count_shared_images(noise.images, noise.images[[0, 39]], allowed=2) == 2


def test_predictions_are_those_of_all_images_at_once(
    pinned: None, noise: LabeledImages, monkeypatch: pytest.MonkeyPatch
):
    import keras

    from digits.models import inference

    layers = [keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.Dense(10, "softmax")])
    whole = inference.predict(model, noise.images)
    monkeypatch.setattr(datasets, "CHUNK", 7)
    np.testing.assert_allclose(inference.predict(model, noise.images), whole, rtol=1e-5)
