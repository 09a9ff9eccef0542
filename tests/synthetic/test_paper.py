"""The photos of paper are fixed by their seed, and each condition does what its name says."""

import numpy as np
import pytest

from digits.synthetic import surfaces, views
from digits.synthetic.paper import photo
from digits.synthetic.paper_conditions import CONDITIONS, photos
from digits.synthetic.surfaces import HEIGHT, WIDTH

ONE = np.zeros((1, 28, 28), np.uint8)
ONE[0, 4:24, 13:15] = 255
SCANS = ("tightly cropped", "tightly cropped, JPEG", "cut from a form")


def drawn(condition: str, digit: np.ndarray = ONE[0]) -> np.ndarray:
    return CONDITIONS[condition](digit, np.random.default_rng([0, 0, 0])).astype(int)


@pytest.mark.parametrize("condition", [it for it in CONDITIONS if it not in SCANS])
def test_a_seed_fixes_a_photo(condition: str):
    first, again, other = (photos(ONE, condition, seed)[0] for seed in (0, 0, 1))
    assert (first.shape, first.dtype) == ((HEIGHT, WIDTH), np.uint8)
    assert (first == again).all()
    assert (first != other).any()
    changed = drawn(condition) - drawn(condition, np.zeros((28, 28), np.uint8))
    ink = np.abs(changed) > 20
    assert 0.001 < ink.mean() < 0.1
    assert (changed[ink] > 0).all() == (condition == "chalk on a board")


def test_scans_are_cut_to_the_digit():
    for condition in SCANS:
        assert drawn(condition).min() < 80
    height, width = drawn("tightly cropped").shape
    assert height == pytest.approx(150 * 20 / 28, abs=5)
    assert width == pytest.approx(150 * 2 / 28, abs=5)
    form = drawn("cut from a form").shape
    assert 24 <= form[0] - height < 60
    assert 24 <= form[1] - width < 60


@pytest.mark.parametrize("condition", [it for it in CONDITIONS if it.endswith(("table", "wood")) or "table," in it])
def test_a_table_is_darker_than_the_sheet_and_all_around_it(condition: str):
    page = drawn(condition)
    border = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
    middle = page[HEIGHT // 3 : -HEIGHT // 3, WIDTH // 3 : -WIDTH // 3]
    assert np.percentile(border, 95) < 0.8 * np.percentile(middle, 75)


def test_small_and_thin_digits_have_less_ink():
    ink = {name: (drawn(name) < 150).sum() for name in ("pen", "small digit", "hairline pen")}
    assert ink["small digit"] == pytest.approx(0.35**2 * ink["pen"], rel=0.5)
    assert ink["hairline pen"] == pytest.approx(107 * 2.5, rel=0.3)  # a stroke two or three pixels wide


def test_light_shadows_and_rulings_have_their_strength():
    rng = np.random.default_rng(0)
    light = surfaces.gradient(rng, 0.5)
    assert (light.min(), light.max()) == pytest.approx((0.5, 1.0))
    shade = surfaces.shadow(rng, 0.35)
    assert set(np.round(np.percentile(shade, [2, 98]), 2)) == {0.65, 1.0}
    lines, squares = (surfaces.ruled(np.random.default_rng(0), 0.2, squared) for squared in (False, True))
    assert set(np.unique(lines)) == {0.8, 1.0}
    assert (lines == lines[:, :1]).all()
    assert (squares <= lines).all()
    assert (squares < lines).any()
    margin = surfaces.ruled(np.random.default_rng(0), 0.0, margin=True)
    assert ((margin < 1).all(axis=0).sum(), margin.min()) == (3, 1 - surfaces.RED_LINE)


def test_from_twice_as_far_the_sheet_is_half_as_large_and_the_rest_is_beyond():
    sheet = np.ones((40, 60))
    sheet[10:20, 15:30] = 0
    far = views.seen(sheet, 2 * views.CORNERS, 7.0)
    assert (far == 7).sum() == 40 * 60 * 3 / 4
    assert (far[15:20, 23:30] < 0.01).all()
    assert np.allclose(far[21:30, 31:45], 1)


def test_a_sheet_goes_on_mirrored_if_nothing_is_beyond_it():
    sheet = np.tile(np.arange(60.0), (40, 1))
    moved = views.seen(sheet, views.CORNERS + np.array([0, 0.5]))  # by a quarter of the width
    assert np.allclose(moved[:, :45], sheet[:, 15:])
    assert np.allclose(moved[:, 45:], sheet[:, 58:43:-1])


def test_a_view_along_the_edge_of_the_table_shows_a_strip_of_it():
    pages = [photo(ONE[0], np.random.default_rng(it), view=views.beside, table=lambda rng: 0.1) for it in range(4)]
    assert all(0.02 < (page < 60).mean() - 0.02 < 0.25 for page in pages)
