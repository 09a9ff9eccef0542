"""Several digits in one picture: found, cut, ordered and placed."""

import numpy as np
import pytest

from digits.core.paths import RECOGNIZER
from digits.recognizer import rows
from digits.recognizer.recognizer import Recognizer
from digits.training import drawn_digits
from support import ROOT

LARGE = 3  # times the size of MNIST's pixels


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(ROOT / RECOGNIZER)


def digit(label: int) -> np.ndarray:
    """A drawn digit, enlarged and cropped."""
    image = np.kron(drawn_digits.drawn(label, np.random.default_rng(label)), np.ones((LARGE, LARGE), np.uint8))
    inked = np.nonzero(image > 100)
    return image[inked[0].min() : inked[0].max() + 1, inked[1].min() : inked[1].max() + 1]


def page(*lines: list[int], gap: int = 15) -> np.ndarray:
    """The digits of each line side by side, `gap` pixels apart, dark on light."""
    sheet = np.zeros((60 + 100 * len(lines), 500), np.uint8)
    for number, labels in enumerate(lines):
        left = 30
        for label in labels:
            ink = digit(label)
            window = sheet[30 + 100 * number :, left:][: ink.shape[0], : ink.shape[1]]
            np.maximum(window, ink, out=window)
            left += ink.shape[1] + gap
    return 255 - sheet


def labels(recognizer: Recognizer, picture: np.ndarray) -> list[int]:
    return [it.prediction.digit for it in rows.read(recognizer, picture)]


def test_a_line_is_read_from_left_to_right(recognizer: Recognizer):
    assert labels(recognizer, page([3, 1, 4, 2, 5])) == [3, 1, 4, 2, 5]


def test_lines_are_read_from_top_to_bottom(recognizer: Recognizer):
    found = rows.read(recognizer, page([2, 7], [8, 0, 5]))
    assert [it.prediction.digit for it in found] == [2, 7, 8, 0, 5]
    assert [it.line for it in found] == [0, 0, 1, 1, 1]


def test_digits_that_touch_are_cut(recognizer: Recognizer):
    assert labels(recognizer, page([2, 8], gap=-2)) == [2, 8]


@pytest.mark.parametrize("label", range(10))
def test_one_digit_stays_one(recognizer: Recognizer, label: int):
    assert len(rows.read(recognizer, page([label]))) == 1


def test_a_box_is_where_the_digit_lies_in_the_picture(recognizer: Recognizer):
    picture = page([3, 8])
    second = rows.read(recognizer, picture)[1]
    top, left, bottom, right = second.box
    dark = np.nonzero(picture < 128)
    right_half = dark[1] >= 30 + digit(3).shape[1] + 8
    expected = dark[0].min(), dark[1][right_half].min(), dark[0][right_half].max() + 1, dark[1].max() + 1
    assert (top, left, bottom, right) == pytest.approx(expected, abs=3)
    assert second.image.shape == (28, 28)


def test_a_page_without_ink_has_no_digits(recognizer: Recognizer):
    assert rows.read(recognizer, np.full((100, 100), 200, np.uint8)) == []


def test_the_work_for_a_page_of_strokes_is_bounded(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch):
    asked = []
    outputs = recognizer.outputs
    monkeypatch.setattr(recognizer, "outputs", lambda images: asked.append(len(images)) or outputs(images))
    monkeypatch.setattr(rows, "MAX_PARTS", 5)
    rows.read(recognizer, page([3, 1, 4, 2, 5]))
    assert 1 <= len(asked) <= 2
    assert max(asked) <= 5


def test_lines_for_which_no_room_is_left_are_read_without_more_cuts(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
):
    joined_above = page([2, 8, 0, 5], [3, 1, 4], gap=-2)
    joined_above[120:] = page([2], [3, 1, 4])[120:]
    monkeypatch.setattr(rows, "MAX_PARTS", 20)
    assert [it.prediction.digit for it in rows.read(recognizer, joined_above) if it.line == 1] == [3, 1, 4]
