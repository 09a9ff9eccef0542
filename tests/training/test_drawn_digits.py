"""Drawn digits: their format, their labels, their paths."""

import numpy as np
import pytest
from scipy import ndimage

from digits.core.paths import RECOGNIZER
from digits.data.datasets import LabeledImages
from digits.recognizer.recognizer import Recognizer
from digits.training import drawn_digits
from digits.training.styles import STYLES
from support import ROOT

EMPTY = LabeledImages(np.zeros((10, 28, 28, 1), np.uint8), np.arange(10, dtype=np.uint8))


@pytest.fixture(scope="module")
def digits() -> LabeledImages:
    extended = drawn_digits.added(EMPTY, 300, seed=1)
    return LabeledImages(extended.images[10:], extended.labels[10:])


def test_they_have_mnists_format(digits: LabeledImages):
    assert digits.images.dtype == np.uint8
    assert digits.labels.dtype == np.uint8
    assert np.bincount(digits.labels).tolist() == [30] * 10
    for image in digits.images[..., 0]:
        rows, columns = ndimage.find_objects((image > 0).astype(np.uint8))[0]
        longer = max(rows.stop - rows.start, columns.stop - columns.start)
        assert 19 <= longer <= 22  # 20, and pixels that are partly covered
        assert image.max() == 255
    centers = np.array([ndimage.center_of_mass(image.astype(float)) for image in digits.images[..., 0]])
    assert np.abs(centers - 13.5).mean() < 0.5  # strokes that overlap move it


def test_the_exported_recognizer_reads_most_of_them_as_their_labels(digits: LabeledImages):
    probabilities = Recognizer(ROOT / RECOGNIZER).probabilities(digits.images[..., 0])
    correct = probabilities.argmax(axis=1) == digits.labels
    assert all(correct[digits.labels == digit].mean() > 0.5 for digit in range(10))


def test_the_seed_decides(digits: LabeledImages):
    assert np.array_equal(drawn_digits.added(EMPTY, 300, seed=1).images[10:], digits.images)
    assert not np.array_equal(drawn_digits.added(EMPTY, 300, seed=2).images[10:], digits.images)


def test_classes_that_are_left_out_are_not_drawn():
    train = LabeledImages(EMPTY.images[3:], EMPTY.labels[3:])
    assert set(drawn_digits.added(train, 20, seed=0).labels.tolist()) == set(range(3, 10))


def test_no_drawn_digits_leave_train_as_it_is():
    assert drawn_digits.added(EMPTY, 0, seed=0) is EMPTY


@pytest.mark.parametrize("digit", range(10))
def test_every_style_can_be_drawn(digit: int):
    for style in STYLES[digit]:
        strokes = drawn_digits._strokes(style, np.random.default_rng(0))
        assert len(strokes) == style.count(";") + 1
        assert np.ptp(np.concatenate(strokes), axis=0).max() > 0.7


def test_paths_go_through_their_points(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drawn_digits, "JITTER", 0.0)
    line, curve = drawn_digits._strokes("line 0,0 1,0 1,1; curve 0,.5 .5,0 1,.5", np.random.default_rng(0))
    assert np.allclose(line.mean(axis=0), [0.75, 0.25], atol=0.01)  # the center of mass of two equal strokes
    middle = curve[np.abs(curve[:, 0] - 0.5).argmin()]
    assert middle == pytest.approx([0.5, 0], abs=0.02)
    assert curve[[0, -1]].tolist() == [[0, 0.5], [1, 0.5]]
