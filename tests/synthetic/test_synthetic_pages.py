"""Printed characters look as their style says; pages without a digit are the same on every run."""

import numpy as np
import pytest
from scipy import ndimage

from digits.synthetic import fonts, pages
from digits.synthetic.fonts import GlyphStyle
from digits.synthetic.pages import TEST_PAGES, VAL_PAGES

FONT = fonts.fonts()[0]


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
    draw = pages.kinds(TEST_PAGES, n_fonts=1)[kind]
    test, again, val = (list(it())[:20] for it in (draw, draw, pages.kinds(VAL_PAGES, n_fonts=1)[kind]))
    assert all((one == other).all() for one, other in zip(test, again, strict=True))
    assert {page.tobytes() for page in test}.isdisjoint(page.tobytes() for page in val)


def test_no_page_shows_a_digit():
    assert not any(character.isdigit() for character in pages.LETTERS + pages.LOOK_ALIKES + pages.SYMBOLS)
