"""Doubtful labels of the test set: the published list, by name."""

import gzip

import numpy as np
import pandas as pd
import pytest

from digits.data import datasets
from digits.evaluation import known_errors
from support import ARCHIVES


def test_the_names_are_those_of_the_published_positions():
    archive = ARCHIVES / "t10k-images-idx3-ubyte.gz"
    if not archive.exists():
        pytest.skip("the MNIST archives are not here")
    with gzip.open(archive) as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
    names = datasets.image_names(images)
    assert {position: names[position] for position in known_errors.WITHOUT_MAJORITY} == known_errors.WITHOUT_MAJORITY
    assert len(known_errors.WITHOUT_MAJORITY) == 15


def test_accuracy_without_the_doubtful_by_hand():
    doubtful = list(known_errors.WITHOUT_MAJORITY.values())
    names = [f"{number:012x}" for number in range(95)] + doubtful[:5]
    errors = pd.DataFrame({"image": [names[0], doubtful[0], doubtful[1]]})
    assert known_errors.accuracy_without(errors, names) == {
        "doubtful_images": 5,
        "doubtful_errors": 2,
        "accuracy_clean_labels": 1 - 1 / 95,
    }
