"""Labeled images: their order, names and digest, storage, the validation split and the normalization."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from digits import data
from digits.data import LabeledImages


@pytest.fixture
def chunks_of_seven(monkeypatch: pytest.MonkeyPatch) -> None:
    """The forty images of `noise` are five chunks and five images."""
    monkeypatch.setattr(data, "CHUNK", 7)


def pairs(split: LabeledImages) -> set[tuple[bytes, int]]:
    return {(image.tobytes(), int(label)) for image, label in zip(*split, strict=True)}


def test_the_order_does_not_depend_on_the_source(noise: LabeledImages):
    shuffled = np.random.default_rng(1).permutation(40)
    one = data.sort_by_hash(noise)
    other = data.sort_by_hash(LabeledImages(noise.images[shuffled], noise.labels[shuffled]))
    np.testing.assert_array_equal(one.images, other.images)
    assert pairs(one) == pairs(other) == pairs(noise)
    assert data.dataset_digest(one) == data.dataset_digest(other)
    names = sorted(hashlib.sha256(image.tobytes()).hexdigest()[:12] for image in noise.images)
    assert data.image_names(one.images) == names


def test_the_digest_sees_every_image_and_label(chunks_of_seven: None, noise: LabeledImages):
    images, labels = noise.images.copy(), noise.labels.copy()
    images[-1] ^= 255
    labels[3] = 9
    splits = (noise, noise._replace(images=images), noise._replace(labels=labels))
    assert len({data.dataset_digest(split) for split in splits}) == 3


def test_written_examples_come_back_in_their_order(chunks_of_seven: None, noise: LabeledImages, tmp_path: Path):
    positions = np.random.default_rng(0).permutation(40)[:23]
    data.save_part(tmp_path / "part", noise, positions)
    data.save(tmp_path / "raw", train=noise, test=noise)
    for loaded, expected in ((data.load(tmp_path / "part"), positions), (data.load(tmp_path / "raw/test"), slice(40))):
        np.testing.assert_array_equal(loaded.images, noise.images[expected])
        np.testing.assert_array_equal(loaded.labels, noise.labels[expected])


@pytest.mark.parametrize("size", [0, 60, 5000])
def test_a_truncated_array_is_named(tmp_path: Path, noise: LabeledImages, size: int):
    data.save(tmp_path / "raw", train=noise)
    path = tmp_path / "raw/train/images.npy"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"train/images\.npy"):
        data.load(tmp_path / "raw/train")


def test_an_array_with_a_pickle_in_it_is_refused(tmp_path: Path):
    for name in ("images", "labels"):
        np.save(tmp_path / f"{name}.npy", np.array([{"any": "object"}]), allow_pickle=True)
    with pytest.raises(ValueError, match=r"images\.npy"):
        data.load(tmp_path)


@pytest.mark.parametrize(
    ("images", "labels", "word"),
    [
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), "images are .2, 28, 28. uint8"),
        (np.zeros((2, 28, 28, 1), np.float32), np.zeros(2, np.uint8), "float32"),
        (np.zeros((2, 28, 28, 1), np.uint8), np.zeros(3, np.uint8), "labels are .3,. uint8 for 2 images"),
        (np.zeros((2, 28, 28, 1), np.uint8), np.zeros(2, np.int64), "int64"),
        (np.zeros((0, 28, 28, 1), np.uint8), np.zeros(0, np.uint8), "no image"),
        (np.zeros((2, 28, 28, 1), np.uint8), np.array([1, 10], np.uint8), "label 10 at position 1 .1 such."),
    ],
)
def test_a_wrong_form_is_named(images: np.ndarray, labels: np.ndarray, word: str):
    with pytest.raises(ValueError, match=word):
        data.check_form("data/raw/train", LabeledImages(images, labels))


def test_validation_is_stratified_disjoint_and_whole(noise: LabeledImages):
    positions = data.cut_validation(noise.labels, 0.25, seed=0)
    assert all((np.diff(part) > 0).all() for part in positions)
    train, validation = (LabeledImages(noise.images[part], noise.labels[part]) for part in positions)
    assert data.class_counts(train.labels).tolist() == [3] * 10
    assert data.class_counts(validation.labels).tolist() == [1] * 10
    assert pairs(train) | pairs(validation) == pairs(noise)
    assert not pairs(train) & pairs(validation)
    again, other = (data.cut_validation(noise.labels, 0.25, seed)[1].tolist() for seed in (0, 1))
    assert again == positions[1].tolist() != other


def test_data_that_cannot_be_used_are_named(noise: LabeledImages):
    with pytest.raises(ValueError, match=r"validation_fraction is 0\.01"):
        data.cut_validation(noise.labels, 0.01, seed=0)
    with pytest.raises(ValueError, match="same gray level"):
        data.measure_normalization(np.full((3, 28, 28, 1), 7, np.uint8))
    with pytest.raises(ValueError, match="test: no image of class 3, 9"):
        data.check_classes("test", np.array([0, 1, 2, 4, 5, 6, 7, 8], np.uint8))


def test_normalization_agrees_with_numpy(chunks_of_seven: None, noise: LabeledImages):
    measured = data.measure_normalization(noise.images)
    assert measured.mean == pytest.approx(noise.images.mean(dtype=np.float64), rel=1e-14)
    assert measured.std == pytest.approx(noise.images.std(dtype=np.float64), rel=1e-12)


def test_test_images_in_train_are_a_leak(chunks_of_seven: None, noise: LabeledImages):
    other = 255 - noise.images
    assert data.count_shared_images(noise.images, other, allowed=0) == 0
    other[[5, 39]] = noise.images[[39, 0]]
    with pytest.raises(ValueError, match=r"2 test images .*max_shared_images"):
        data.count_shared_images(noise.images, other, allowed=1)
    assert data.count_shared_images(noise.images, other, allowed=2) == 2
