"""Rows of digits on paper are fixed by their seed, and are spaced as their condition says."""

import numpy as np
import pytest
from scipy import ndimage

from digits.synthetic import lines, rows
from digits.synthetic.lines import APART, TOUCHING

BAR = np.zeros((28, 28), np.uint8)
BAR[4:24, 12:16] = 255


def pieces(ink: np.ndarray) -> int:
    return ndimage.label(ink > 0.5, np.ones((3, 3)))[1]


@pytest.mark.parametrize("condition", rows.CONDITIONS)
def test_a_seed_fixes_the_pictures_and_the_labels_are_those_of_the_digits(condition: str):
    images, labels = np.stack([BAR] * 5), np.arange(5)
    first, again, other = (rows.rows(images, labels, condition, 2, seed) for seed in (0, 0, 1))
    assert all(np.array_equal(one.picture, two.picture) for one, two in zip(first, again, strict=True))
    assert [it.labels for it in first] == [it.labels for it in again]
    assert [it.labels for it in first] != [it.labels for it in other]
    least, most = rows.CONDITIONS[condition].lengths
    assert all(least <= len(it.labels) <= most and set(it.labels) <= set(range(5)) for it in first)


def test_digits_are_apart_or_touch():
    rng = np.random.default_rng(0)
    digits = np.stack([BAR] * 4)
    assert pieces(lines.one_line(digits, rng)) == 4
    assert pieces(lines.one_line(digits, rng, pair=TOUCHING)) == 3
    assert pieces(lines.one_line(digits, rng, pair=TOUCHING, others=TOUCHING)) == 1


def test_the_gap_between_boxes_is_that_of_the_spacing():
    for seed in range(5):
        ink = lines.line(np.stack([BAR, BAR]), [APART], np.random.default_rng(seed))
        empty = np.flatnonzero(~ink.any(axis=0))
        assert APART.least <= len(empty) <= APART.most


def test_two_lines_are_one_above_the_other():
    page = lines.two_lines(np.stack([BAR] * 8), np.random.default_rng(0))
    inked = ndimage.label(page.any(axis=1))[1]
    assert inked == 2
