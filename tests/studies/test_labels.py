"""The label audit finds labels that were swapped."""

import numpy as np

from digits.data import LabeledImages
from studies import labels


def test_swapped_labels_are_the_suspects():
    images = np.random.default_rng(0).integers(0, 256, (1000, 28, 28, 1), np.uint8)
    true = np.arange(1000) % 10
    probabilities = np.where(np.eye(10)[true] == 1, 0.955, 0.005)
    given = true.astype(np.uint8)
    swapped = [3, 77, 500, 999]
    given[swapped] = (given[swapped] + 1) % 10
    suspects = labels.ranked(LabeledImages(images, given), probabilities)
    assert sorted(suspects.index) == swapped
    assert (suspects["likely"] == true[suspects.index]).all()
    assert (suspects["label"] == given[suspects.index]).all()
