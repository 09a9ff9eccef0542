"""A sheet on a table is cut out of its photo. Photos of a sheet alone, with shadows or chalk, stay whole."""

import numpy as np
import pytest

from digits.imaging import segmentation, sheet

SHAPE = (300, 400)
SHEET = np.s_[60:240, 110:320]


def photo(table: float, seed: int = 0, ink: bool = True) -> np.ndarray:
    """A sheet with a vertical stroke on a table with grain."""
    rng = np.random.default_rng(seed)
    page = table * (1 + 0.2 * np.repeat(rng.normal(size=SHAPE[0] // 5), 5)[:, np.newaxis] * np.ones(SHAPE))
    page[SHEET] = 220
    if ink:
        page[100:190, 200:210] = 60
    return np.clip(page + rng.normal(0, 3, SHAPE), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("table", [15, 60, 90])
def test_the_sheet_is_cut_out_and_its_ink_is_at_its_place(table: float):
    gray = photo(table)
    found = sheet.cut_out(gray)
    assert found is not None
    cut, place = found
    assert cut.shape == gray[place].shape
    for side, true in zip(place, SHEET, strict=True):
        assert true.start < side.start < true.start + 15
        assert true.stop - 15 < side.stop < true.stop
    assert (cut[0] > 180).all()
    ink = segmentation.find_ink(gray)
    assert ink is not None
    assert ink.shape == gray.shape
    rows, columns = np.nonzero(ink > 0.5)
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == pytest.approx((100, 190, 200, 210), abs=2)


def test_what_is_beside_a_crooked_sheet_gets_its_brightness():
    gray = photo(20, ink=False)
    row, column = np.mgrid[: SHAPE[0], : SHAPE[1]]
    gray[(column - 110) < (row - 60) / 4] = 20
    found = sheet.cut_out(gray)
    assert found is not None
    assert found[0].min() > 180
    assert segmentation.find_ink(gray) is None


def test_a_flat_sheet_without_ink_is_empty():
    gray = np.tile(np.arange(20, 60, dtype=np.uint8), (300, 10))
    gray[SHEET] = 220
    assert segmentation.find_ink(gray) is None


def test_shadows_chalk_and_loops_of_ink_are_no_sheets():
    even = np.full(SHAPE, 220, np.uint8)
    row, column = np.mgrid[: SHAPE[0], : SHAPE[1]]
    shaded = np.where(row + column > 300, even, even // 2)
    board = np.where((np.hypot(row - 150, column - 200) < 50), even, 30)
    loop = np.where(np.abs(np.hypot(row - 150, column - 200) - 100) < 10, 30, even)
    for gray in (even, shaded, board, loop):
        assert sheet.cut_out(gray.astype(np.uint8)) is None
