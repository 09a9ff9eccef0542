import numpy as np
import pytest

from digits.data import splits
from digits.data.datasets import LabeledImages
from stages import preprocess


def test_validation_is_stratified_disjoint_and_complete(noise: LabeledImages):
    kept, held_out = splits.cut_validation(noise.labels, 0.25, seed=0)
    assert (np.diff(kept) > 0).all()
    assert (np.diff(held_out) > 0).all()
    train, validation = (LabeledImages(noise.images[part], noise.labels[part]) for part in (kept, held_out))
    assert splits.class_counts(train.labels).tolist() == [3] * 10
    assert splits.class_counts(validation.labels).tolist() == [1] * 10
    parts = [{image.tobytes() for image in part.images} for part in (train, validation, noise)]
    assert parts[0] | parts[1] == parts[2]
    assert not parts[0] & parts[1]


def test_the_seed_decides_which_images_are_held_out(noise: LabeledImages):
    def held_out(seed: int) -> list[int]:
        return splits.cut_validation(noise.labels, 0.25, seed)[1].tolist()

    assert held_out(0) == held_out(0)
    assert held_out(0) != held_out(1)


def test_a_fraction_too_small_for_ten_classes_is_named(noise: LabeledImages):
    with pytest.raises(ValueError, match=r"validation_fraction is 0\.01"):
        splits.cut_validation(noise.labels, 0.01, seed=0)


def test_normalization_agrees_with_numpy(noise: LabeledImages):
    measured = splits.measure_normalization(noise.images)
    assert measured.mean == pytest.approx(noise.images.mean(dtype=np.float64), rel=1e-14)
    assert measured.std == pytest.approx(noise.images.std(dtype=np.float64), rel=1e-12)


def test_blank_images_have_nothing_to_normalize():
    with pytest.raises(ValueError, match="same gray level"):
        splits.measure_normalization(np.full((3, 28, 28, 1), 7, np.uint8))


def test_test_images_that_occur_in_train_are_a_leak(noise: LabeledImages):
    other = 255 - noise.images
    assert splits.count_shared_images(noise.images, other, allowed=0) == 0
    other[5] = noise.images[17]
    with pytest.raises(ValueError, match=r"1 test images also occur in train .*max_shared_images"):
        splits.count_shared_images(noise.images, other, allowed=0)
    assert splits.count_shared_images(noise.images, other, allowed=1) == 1


def test_a_class_without_images_is_named():
    with pytest.raises(ValueError, match="test: no image of class 3, 9"):
        splits.check_classes("test", np.array([0, 1, 2, 4, 5, 6, 7, 8], np.uint8))


def test_each_image_of_train_is_in_one_fold_and_no_other_image_is():
    labels = np.tile(np.arange(10), 9)
    train = np.arange(0, 90, 1)[labels != 9][5:]
    cut = [preprocess.cut_fold(labels, train, {"folds": 3, "judged": at}, seed=0) for at in range(3)]
    assert sorted(np.concatenate([judged for _, judged in cut])) == train.tolist()
    for kept, judged in cut:
        assert sorted([*kept, *judged]) == train.tolist()
        assert np.ptp(np.bincount(labels[judged])[:9]) <= 1  # stratified
