"""What the recogniser is put to: the pages look as they say, and are counted by hand-made recognisers."""

import numpy as np
import pytest
from conftest import ROOT
from scipy import ndimage

from digits import glyphs, images, non_digits, paths, recogniser_scores, trials
from digits.glyphs import Look
from digits.non_digits import TO_CHOOSE, TO_MEASURE
from digits.picture_files import Picture
from digits.recogniser import Reading, Recogniser

FONT = glyphs.fonts()[0]


class Says:
    """A recogniser that reads the same in everything."""

    def __init__(self, digit: int, sure: bool) -> None:
        self.reading = Reading(digit, 0.9, True, sure, [0.1] * 10)

    def read(self, prepared: np.ndarray) -> list[Reading]:
        return [self.reading] * len(prepared)


def ink(character: str = "7", **look: object) -> np.ndarray:
    page = glyphs.page(character, FONT, Look(**look))
    return 255 - page if look.get("dark_on_light", True) else page


def slant(found: np.ndarray) -> float:
    """Of the long axis of the ink, in degrees against the clock."""
    rows, columns = np.nonzero(found > 127)
    covariance = np.cov(columns, -rows)
    return float(np.rad2deg(0.5 * np.arctan2(2 * covariance[0, 1], covariance[0, 0] - covariance[1, 1]))) % 180


def test_there_are_twenty_fonts_and_all_have_digits():
    assert len(glyphs.fonts()) >= 20
    assert all(glyphs.has(font, str(digit)) for font in glyphs.fonts() for digit in range(10))
    assert not glyphs.has(FONT, "\uffff")


def test_looks_are_what_they_say():
    plain = ink()
    assert (ink(dark_on_light=False) == plain).all()
    assert (ink(pen=1.5) > 127).sum() > 1.2 * (plain > 127).sum()
    for size in (0.1, 0.5, 0.9):
        rows, columns = ndimage.find_objects((ink(size=size) > 0).astype(int))[0]
        longer = max(rows.stop - rows.start, columns.stop - columns.start)
        assert longer == pytest.approx(size * glyphs.PAGE, abs=2)
    assert ink(place=(0.0, 0.0), size=0.2)[: glyphs.PAGE // 4, : glyphs.PAGE // 4].sum() == ink(size=0.2).sum()
    for angle in (-15, 10):
        assert slant(ink("1", angle=angle)) - slant(ink("1")) == pytest.approx(angle, abs=2)


@pytest.mark.parametrize("kind", non_digits.kinds(TO_MEASURE))
def test_pages_without_a_digit_are_the_same_every_time_and_others_in_the_other_draw(kind: str):
    pages = non_digits.kinds(TO_MEASURE, faces=1)[kind]
    first, again, others = (list(it())[:20] for it in (pages, pages, non_digits.kinds(TO_CHOOSE, faces=1)[kind]))
    assert all((one.grey == other.grey).all() for one, other in zip(first, again, strict=True))
    measured, chosen = ({page.grey.tobytes() for page in draw} for draw in (first, others))
    assert measured.isdisjoint(chosen)
    assert not any(character.isdigit() for character in non_digits.LETTERS + non_digits.SYMBOLS)


def test_shares_are_counted():
    pictures = [(Picture(glyphs.page(str(digit), FONT, Look()), True), digit) for digit in (3, 3, 5, 7)]
    pictures.append((Picture(np.full((50, 50), 255, np.uint8), True), 3))
    assert trials.read(Says(3, sure=True), pictures) == {
        "pictures": 5,
        "accuracy": 2 / 5,
        "sure": 4 / 5,
        "accuracy_where_sure": 2 / 4,
    }
    assert trials.read(Says(3, sure=False), pictures)["accuracy_where_sure"] == 0
    assert trials.read(Says(3, sure=True), []) == {"pictures": 0}


def test_what_is_empty_or_unsure_is_rejected(monkeypatch: pytest.MonkeyPatch):
    blank, seven = Picture(np.zeros((50, 50), np.uint8), True), Picture(glyphs.page("7", FONT, Look()), True)
    monkeypatch.setattr(non_digits, "kinds", lambda draw, faces: {"some": lambda: iter([blank, seven, seven, seven])})
    for sure, rejected in ((True, 0.25), (False, 1.0)):
        (row,) = trials.rejection(Says(7, sure), 1).to_dict("records")
        assert (row["pages"], row["empty"], row["rejected"]) == (4, 0.25, rejected)


def test_mnist_form_and_preparation_on_images_of_that_form():
    prepared = np.concatenate([images.prepare(Picture(glyphs.page(it, FONT, Look()), True)) for it in "0123456789"])
    assert recogniser_scores.form(prepared) == {"centred": 1.0, "longer_side_20": 1.0}
    assert recogniser_scores.form(np.roll(prepared, 3, axis=2))["centred"] < 0.5
    found = recogniser_scores.preparation(Recogniser(ROOT / paths.RECOGNISER), prepared)
    assert found["page_difference"] < 0.1
    assert found["page_read_the_same"] == found["image_read_the_same"] == 1.0
