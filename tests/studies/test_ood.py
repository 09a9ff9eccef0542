"""Out-of-distribution images, and how well a score separates them, by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from digits import files
from digits.config import Run
from digits.data import LabeledImages
from digits.synthetic import pages
from studies import ood
from studies.ood import DETECTORS


def test_separation_by_hand():
    known = np.arange(100.0)
    assert ood.separation(known, np.array([-1.0, -2.0])) == {"auroc": 1.0, "fpr95": 0.0}
    assert ood.separation(known, np.array([200.0])) == {"auroc": 0.0, "fpr95": 1.0}
    scores = ood.separation(known, np.array([4.0, 50.0]))  # 5 of 100 known scores lie below 4.95
    assert scores == {"auroc": pytest.approx((95.5 + 49.5) / 200), "fpr95": 0.5}


def test_scores_of_logits():
    logits = np.random.default_rng(0).normal(0, 4, (30, 10))
    assert np.allclose(np.exp(DETECTORS["max_softmax"](None, logits, None)), softmax(logits, axis=1).max(axis=1))
    assert np.allclose(np.exp(DETECTORS["energy"](None, logits, None)), np.exp(logits).sum(axis=1))


def test_all_kinds_are_in_the_format_of_mnist(noise: LabeledImages, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages, "EACH", 30)
    kinds, again = (ood.out_of_distribution(pages.TEST_PAGES, noise.images[..., 0], 5) for _ in range(2))
    assert set(kinds) == {"blank", "noise", "two_digits", *ood.PREPARED}
    for kind, images in kinds.items():
        assert (images.shape, images.dtype) == ((5, 28, 28), np.uint8)
        assert (again[kind] == images).all()
    assert kinds["blank"].std(axis=(1, 2)).max() < 10


def test_two_digits_stand_side_by_side():
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, 4:24, 13:15] = 255
    for image in ood.two_digits(np.random.default_rng(0), bar, 10):
        columns = np.flatnonzero(image.any(axis=0))
        assert len(columns) == 4
        assert columns[0] < 11
        assert columns[-1] > 16


@pytest.fixture
def table() -> pd.DataFrame:
    """Energy is best on the set ood_val, max softmax on ood_test."""
    rows = [
        {"kind": kind, "images": 7, "detector": detector, "auroc": auroc, "fpr95": 0.25, "ood_set": ood_set}
        for ood_set, best in (("val", "energy"), ("test", "max_softmax"))
        for detector in DETECTORS
        for kind, auroc in (("blank", 0.9 if detector == best else 0.6), ("two_digits", 0.7))
    ]
    return pd.DataFrame(rows)


def test_the_detector_is_selected_on_validation_alone(table: pd.DataFrame):
    numbers = ood.summary(table)
    assert numbers["val_energy_auroc"] == pytest.approx(0.8)
    assert numbers["test_energy_fpr95"] == pytest.approx(0.25)
    assert ood.select_detector(numbers) == "energy"


def test_the_page_shows_test_numbers(table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ood, "METRICS", tmp_path)
    files.write_json(tmp_path / "mlp-0.json", ood.summary(table))
    (row,) = ood.model_table([Run("mlp", 0)]).to_dict("records")
    assert (row["model"], row["max softmax"], row["energy"]) == ("mlp", "0.8000, 25.0%", "0.6500, 25.0%")
    assert row["selected"] == "energy"
