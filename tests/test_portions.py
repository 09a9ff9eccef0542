"""What is worked on portion by portion comes out as it does in one piece, the last, smaller portion included."""

from pathlib import Path

import numpy as np
import pytest

from digits import datasets, splits
from digits.datasets import Split


@pytest.fixture
def seven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions of seven images; the forty of `noise` are five of them and five images."""
    monkeypatch.setattr(datasets, "PORTION", 7)


def test_a_written_part_holds_the_chosen_examples_in_their_order(seven: None, noise: Split, tmp_path: Path):
    positions = np.random.default_rng(0).permutation(40)[:23]
    datasets.save_part(tmp_path / "part", noise, positions)
    again = datasets.load(tmp_path / "part")
    np.testing.assert_array_equal(again.images, noise.images[positions])
    np.testing.assert_array_equal(again.labels, noise.labels[positions])


def test_digest_normalisation_and_shared_images_see_every_image(seven: None, noise: Split):
    changed = noise.images.copy()
    changed[-1] ^= 255
    digests = {datasets.dataset_digest(noise), datasets.dataset_digest(noise._replace(images=changed))}
    assert len(digests) == 2
    measured = splits.measure_normalisation(noise.images)
    assert (measured.mean, measured.std) == pytest.approx((noise.images.mean(), noise.images.std()), rel=1e-12)
    assert splits.count_shared_images(noise.images, noise.images[[0, 39]], allowed=2) == 2


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_answers_and_loss_are_those_of_all_images_at_once(
    loss: str, pinned: None, noise: Split, monkeypatch: pytest.MonkeyPatch
):
    import keras

    from digits import inference

    layers = [keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.Dense(10, "softmax")])
    model.compile(loss=loss)
    whole = inference.predict(model, noise.images), inference.mean_loss(model, noise, loss)
    monkeypatch.setattr(datasets, "PORTION", 7)
    np.testing.assert_allclose(inference.predict(model, noise.images), whole[0], rtol=1e-5)
    assert inference.mean_loss(model, noise, loss) == pytest.approx(whole[1], rel=1e-5)
    right = whole[0][np.arange(40), noise.labels]
    assert whole[1] == pytest.approx(-np.log(right).mean(), rel=1e-5)
