"""The label audit finds labels that were swapped."""

import numpy as np

from digits.data.datasets import LabeledImages
from studies.labels import label_audit


def test_labels_that_were_swapped_are_the_suspects():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1000, 28, 28, 1), np.uint8)
    true = np.arange(1000) % 10
    probabilities = np.full((1000, 10), 0.005)
    probabilities[np.arange(1000), true] = 0.955
    labels = true.astype(np.uint8)
    swapped = [3, 77, 500, 999]
    labels[swapped] = (labels[swapped] + 1) % 10
    found = label_audit.ranked(LabeledImages(images, labels), probabilities)
    assert sorted(found.index) == swapped
    assert (found["likely"] == true[found.index]).all()
    assert (found["label"] == labels[found.index]).all()
