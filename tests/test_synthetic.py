"""Synthetic pictures: the same on every run, and each looks as its style or condition says."""

from itertools import islice

import numpy as np
import pytest
from scipy import ndimage

from digits.synthetic import fonts, multi_digit, pages, paper
from digits.synthetic.fonts import GlyphStyle
from digits.synthetic.multi_digit import APART, TOUCHING
from digits.synthetic.pages import TEST_PAGES, VAL_PAGES
from digits.synthetic.paper import CONDITIONS, CORNERS, HEIGHT, WIDTH, photos

FONT = fonts.fonts()[0]
ONE = np.zeros((28, 28), np.uint8)
ONE[4:24, 13:15] = 255
BARS = np.zeros((5, 28, 28), np.uint8)
BARS[:, 4:24, 12:16] = 255
SCANS = ("tightly cropped, JPEG", "cut from a form")


def ink(character: str = "7", **style: object) -> np.ndarray:
    page = fonts.page(character, FONT, GlyphStyle(**style))
    return 255 - page if style.get("dark_on_light", True) else page


def slant(image: np.ndarray) -> float:
    """Direction of the long axis of the ink, in degrees counterclockwise."""
    rows, columns = np.nonzero(image > 127)
    covariance = np.cov(columns, -rows)
    return float(np.rad2deg(0.5 * np.arctan2(2 * covariance[0, 1], covariance[0, 0] - covariance[1, 1]))) % 180


def test_all_fonts_have_digits():
    assert len(fonts.fonts()) == 21
    assert all(fonts.has(font, str(digit)) for font in fonts.fonts() for digit in range(10))
    assert not fonts.has(FONT, "\uffff")


def test_a_character_looks_as_its_style_says():
    plain = ink()
    assert (ink(dark_on_light=False) == plain).all()
    assert (ink(pen=1.5) > 127).sum() > 1.2 * (plain > 127).sum()
    for size in (0.1, 0.5, 0.9):
        rows, columns = ndimage.find_objects((ink(size=size) > 0).astype(int))[0]
        longer = max(rows.stop - rows.start, columns.stop - columns.start)
        assert longer == pytest.approx(size * fonts.PAGE, abs=2)
    assert ink(place=(0.0, 0.0), size=0.2)[: fonts.PAGE // 4, : fonts.PAGE // 4].sum() == ink(size=0.2).sum()
    for angle in (-15, 10):
        assert slant(ink("1", angle=angle)) - slant(ink("1")) == pytest.approx(angle, abs=2)


@pytest.mark.parametrize("kind", pages.kinds(TEST_PAGES))
def test_the_two_sets_are_fixed_and_disjoint(kind: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages, "EACH", 10)
    draw = pages.kinds(TEST_PAGES)[kind]
    test, again, val = (list(islice(make(), 20)) for make in (draw, draw, pages.kinds(VAL_PAGES)[kind]))
    assert all((one == other).all() for one, other in zip(test, again, strict=True))
    assert {page.tobytes() for page in test}.isdisjoint(page.tobytes() for page in val)


def drawn(condition: str, digit: np.ndarray = ONE) -> np.ndarray:
    return CONDITIONS[condition][1](digit, np.random.default_rng([0, 0, 0])).astype(int)


@pytest.mark.parametrize("condition", [name for name in CONDITIONS if name not in SCANS])
def test_a_seed_fixes_a_photo(condition: str):
    first, again, other = (photos(ONE[np.newaxis], condition, seed)[0] for seed in (0, 0, 1))
    assert (first.shape, first.dtype) == ((HEIGHT, WIDTH), np.uint8)
    assert (first == again).all()
    assert (first != other).any()
    changed = drawn(condition) - drawn(condition, np.zeros((28, 28), np.uint8))
    strokes = np.abs(changed) > 20
    assert 0.001 < strokes.mean() < 0.1
    assert (changed[strokes] > 0).all() == (condition == "chalk on a board")


def test_no_condition_changes_the_photos_of_another():
    for conditions in (CONDITIONS, multi_digit.CONDITIONS):  # their numbers are a part of the seed
        assert len({number for number, *_ in conditions.values()}) == len(conditions)


def test_scans_are_cut_to_the_digit():
    assert all(drawn(condition).min() < 80 for condition in SCANS)
    height, width = drawn("tightly cropped, JPEG").shape
    assert (height, width) == pytest.approx((150 * 20 / 28, 150 * 2 / 28), abs=5)
    assert all(24 <= more < 60 for more in np.subtract(drawn("cut from a form").shape, (height, width)))


@pytest.mark.parametrize("condition", ["pencil, dark wood", "strong squares, wooden table"])
def test_a_table_is_darker_and_all_around_the_sheet(condition: str):
    page = drawn(condition)
    border = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
    middle = page[HEIGHT // 3 : -HEIGHT // 3, WIDTH // 3 : -WIDTH // 3]
    assert np.percentile(border, 95) < 0.8 * np.percentile(middle, 75)


def test_light_and_rulings_have_their_strength():
    rng = np.random.default_rng(0)
    light = paper.gradient(rng, 0.5)
    assert (light.min(), light.max()) == pytest.approx((0.5, 1.0))
    assert set(np.round(np.percentile(paper.shadow(rng, 0.35), [2, 98]), 2)) == {0.65, 1.0}
    lines, squares = (paper.ruled(np.random.default_rng(0), 0.2, squared) for squared in (False, True))
    assert set(np.unique(lines)) == {0.8, 1.0}
    assert (lines == lines[:, :1]).all()
    assert (squares <= lines).all()
    assert (squares < lines).any()


def test_from_twice_as_far_the_sheet_is_half_as_large():
    sheet = np.ones((40, 60))
    sheet[10:20, 15:30] = 0
    far = paper.seen(sheet, 2 * CORNERS, 7.0)
    assert (far == 7).sum() == 40 * 60 * 3 / 4
    assert (far[15:20, 23:30] < 0.01).all()
    assert np.allclose(far[21:30, 31:45], 1)


def test_a_sheet_with_nothing_beyond_goes_on_mirrored():
    sheet = np.tile(np.arange(60.0), (40, 1))
    moved = paper.seen(sheet, CORNERS + np.array([0, 0.5]))  # by a quarter of the width
    assert np.allclose(moved[:, :45], sheet[:, 15:])
    assert np.allclose(moved[:, 45:], sheet[:, 58:43:-1])


@pytest.mark.parametrize("condition", multi_digit.CONDITIONS)
def test_a_seed_fixes_pages_and_labels(condition: str):
    labels = np.arange(5)
    first, again, other = (multi_digit.synthetic_pages(BARS, labels, condition, 2, seed) for seed in (0, 0, 1))
    assert all(np.array_equal(one.picture, two.picture) for one, two in zip(first, again, strict=True))
    assert [page.labels for page in first] == [page.labels for page in again]
    assert [page.labels for page in first] != [page.labels for page in other]
    least, most = multi_digit.CONDITIONS[condition].lengths
    assert all(least <= len(page.labels) <= most and set(page.labels) <= set(range(5)) for page in first)


def test_digits_are_apart_or_touch():
    rng = np.random.default_rng(0)
    for one, rest, pieces in ((APART, APART, 5), (TOUCHING, APART, 4), (TOUCHING, TOUCHING, 1)):
        page = multi_digit.one_line(BARS, rng, one, rest)
        assert ndimage.label(page > 0.5, np.ones((3, 3)))[1] == pieces


def test_the_gap_between_boxes_is_that_of_the_spacing():
    for seed in range(5):
        page = multi_digit.line(BARS[:2], [APART], np.random.default_rng(seed))
        assert APART.least <= (~page.any(axis=0)).sum() <= APART.most


def test_two_lines_are_one_above_the_other():
    page = multi_digit.two_lines(np.concatenate([BARS, BARS]), np.random.default_rng(0))
    assert ndimage.label(page.any(axis=1))[1] == 2
