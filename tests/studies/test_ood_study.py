"""Out-of-distribution images, and how well a score separates them, by hand."""

import numpy as np
import pandas as pd
import pytest

from digits.data.datasets import LabeledImages
from digits.synthetic import pages
from studies.ood import detection, ood_images


def test_separation_by_hand():
    known = np.arange(100.0)
    assert detection.separation(known, np.array([-1.0, -2.0])) == {"auroc": 1.0, "fpr95": 0.0}
    assert detection.separation(known, np.array([200.0])) == {"auroc": 0.0, "fpr95": 1.0}
    found = detection.separation(known, np.array([4.0, 50.0]))  # 5 of 100 known scores lie below 4.95
    assert found["fpr95"] == 0.5
    assert found["auroc"] == pytest.approx((95.5 + 49.5) / 200)


def test_the_detector_is_selected_on_the_validation_set_alone():
    rows = [
        ("val", "energy", 0.9, 0.2),
        ("val", "energy", 0.7, 0.4),
        ("val", "subspace", 0.81, 0.9),
        ("val", "max_softmax", 0.5, 0.9),
        ("test", "max_softmax", 1.0, 0.0),
        ("test", "subspace", 0.5, 1.0),
        ("test", "energy", 0.5, 1.0),
    ]
    numbers = detection.summary(pd.DataFrame(rows, columns=["ood_set", "detector", "auroc", "fpr95"]))
    assert numbers["val_energy_auroc"] == pytest.approx(0.8)
    assert numbers["val_energy_fpr95"] == pytest.approx(0.3)
    assert detection.select_detector(numbers) == "subspace"


def test_all_kinds_are_made_in_the_format_of_mnist(noise: LabeledImages, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages, "EACH", 30)
    found, again = (ood_images.make(pages.TEST_PAGES, noise.images[..., 0], 5) for _ in range(2))
    assert set(found) == {"blank", "noise", "two_digits", *ood_images.PREPARED}
    for kind, images in found.items():
        assert images.shape == (5, 28, 28)
        assert images.dtype == np.uint8
        assert (again[kind] == images).all()
    assert found["blank"].std(axis=(1, 2)).max() < 10


def test_two_digits_stand_side_by_side():
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, 4:24, 13:15] = 255
    for image in ood_images._two_digits(pages.VAL_PAGES, bar, 10):
        columns = np.flatnonzero(image.any(axis=0))
        assert len(columns) == 4
        assert columns[0] < 11
        assert columns[-1] > 16
