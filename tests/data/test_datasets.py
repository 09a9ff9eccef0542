import hashlib
from pathlib import Path

import numpy as np
import pytest

from digits.data import datasets
from digits.data.datasets import LabeledImages


def test_an_image_is_named_by_its_bytes():
    blank = np.zeros((1, 28, 28, 1), np.uint8)
    assert datasets.image_names(blank) == [hashlib.sha256(bytes(784)).hexdigest()[:12]]


def test_canonical_order_and_digest_do_not_depend_on_the_source(noise: LabeledImages):
    shuffled = np.random.default_rng(1).permutation(40)
    one = datasets.sort_by_hash(noise)
    other = datasets.sort_by_hash(LabeledImages(noise.images[shuffled], noise.labels[shuffled]))
    assert np.array_equal(one.images, other.images)
    assert np.array_equal(one.labels, other.labels)
    assert datasets.dataset_digest(one) == datasets.dataset_digest(other)
    assert datasets.image_names(one.images) == sorted(datasets.image_names(noise.images))


def test_canonical_order_keeps_each_image_with_its_label(noise: LabeledImages):
    def pairs(split: LabeledImages) -> set[tuple[bytes, int]]:
        return {(image.tobytes(), int(label)) for image, label in zip(*split, strict=True)}

    assert pairs(datasets.sort_by_hash(noise)) == pairs(noise)


def test_the_digest_sees_a_single_changed_label(noise: LabeledImages):
    labels = noise.labels.copy()
    labels[3] = 9
    assert datasets.dataset_digest(noise) != datasets.dataset_digest(LabeledImages(noise.images, labels))


def test_saved_splits_come_back(tmp_path: Path, noise: LabeledImages):
    datasets.save(tmp_path / "raw", train=noise, test=noise)
    loaded = datasets.load(tmp_path / "raw/test")
    assert np.array_equal(loaded.images, noise.images)
    assert np.array_equal(loaded.labels, noise.labels)


@pytest.mark.parametrize("keep", [0, 60, 5000])
def test_a_truncated_array_is_named(tmp_path: Path, noise: LabeledImages, keep: int):
    datasets.save(tmp_path / "raw", train=noise)
    path = tmp_path / "raw/train/images.npy"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"train/images\.npy is not a whole \.npy array .*dvc repro"):
        datasets.load(tmp_path / "raw/train")


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), "images are .2, 28, 28. uint8"),
        (np.zeros((2, 28, 28, 1), np.float32), np.zeros(2, np.uint8), "float32; expected"),
        (np.zeros((2, 28, 28, 1), np.uint8), np.zeros(3, np.uint8), "labels are .3,. uint8 for 2 images"),
        (np.zeros((2, 28, 28, 1), np.uint8), np.zeros(2, np.int64), "int64"),
        (np.zeros((0, 28, 28, 1), np.uint8), np.zeros(0, np.uint8), "no image"),
        (np.zeros((2, 28, 28, 1), np.uint8), np.array([1, 10], np.uint8), "label 10 at position 1 .1 such."),
    ],
)
def test_a_wrong_form_is_named(images: np.ndarray, labels: np.ndarray, words: str):
    with pytest.raises(ValueError, match=words):
        datasets.check_form("data/raw/train", LabeledImages(images, labels))
