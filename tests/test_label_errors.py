"""Doubtful labels: the published list by name, and suspects that are found where they were put."""

import gzip

import numpy as np
import pandas as pd
import pytest
from conftest import ARCHIVES

from digits import datasets, label_errors, suspects
from digits.datasets import Split


def test_the_names_are_those_of_the_published_positions():
    archive = ARCHIVES / "t10k-images-idx3-ubyte.gz"
    if not archive.exists():
        pytest.skip("the MNIST archives are not here")
    with gzip.open(archive) as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
    names = datasets.image_names(images)
    assert {position: names[position] for position in label_errors.WITHOUT_MAJORITY} == label_errors.WITHOUT_MAJORITY
    assert len(label_errors.WITHOUT_MAJORITY) == 15


def test_accuracy_without_the_doubtful_by_hand():
    doubtful = list(label_errors.WITHOUT_MAJORITY.values())
    names = [f"{number:012x}" for number in range(95)] + doubtful[:5]
    errors = pd.DataFrame({"image": [names[0], doubtful[0], doubtful[1]]})
    assert label_errors.accuracy_without(errors, names) == {
        "doubtful_images": 5,
        "doubtful_errors": 2,
        "undoubted_accuracy": 1 - 1 / 95,
    }


def test_labels_that_were_swapped_are_the_suspects(noise: Split):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1000, 28, 28, 1), np.uint8)
    true = np.arange(1000) % 10
    probabilities = np.full((1000, 10), 0.005)
    probabilities[np.arange(1000), true] = 0.955
    labels = true.astype(np.uint8)
    swapped = [3, 77, 500, 999]
    labels[swapped] = (labels[swapped] + 1) % 10
    found = suspects.ranked(Split(images, labels), probabilities)
    assert sorted(found.index) == swapped
    assert (found["likely"] == true[found.index]).all()
    assert (found["label"] == labels[found.index]).all()
