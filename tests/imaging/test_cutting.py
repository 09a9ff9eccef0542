"""Lines of digits on a page, and where they may be cut."""

import numpy as np
import pytest

from digits.imaging import cutting


def sheet(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Solid rectangles of ink, each from a row to a row and from a column to a column."""
    ink = np.zeros((300, 400), np.float32)
    for top, bottom, left, right in boxes:
        ink[top:bottom, left:right] = 1
    return ink


def test_digits_of_different_height_are_one_line():
    upper, lower = [(20, 80, 300, 320), (30, 90, 40, 60)], [(200, 260, 20, 40), (205, 255, 100, 120)]
    lines = cutting.find_lines(sheet(*lower, *upper))
    assert [(line.top, line.left) for line in lines] == [(20, 40), (200, 20)]
    assert [line.ink.sum() * line.scale**2 for line in lines] == pytest.approx([2 * 1200, 1200 + 1000], rel=0.05)


def test_a_bar_belongs_to_its_digit_and_dirt_to_none():
    digit, bar, dirt = (40, 80, 100, 140), (30, 34, 95, 138), (250, 252, 300, 302)
    (line,) = cutting.find_lines(sheet(digit, bar, dirt))
    assert (line.top, line.left, line.ink.shape) == (30, 95, (50, 45))
    assert line.ink.sum() == 40 * 40 + 4 * 43


def test_large_digits_are_scaled_down():
    (line,) = cutting.find_lines(sheet((50, 250, 100, 140)))
    assert (line.size, line.scale, line.ink.shape[0]) == (cutting.SIZE, 200 / cutting.SIZE, cutting.SIZE)


def test_the_number_of_pieces_and_lines_is_limited(monkeypatch: pytest.MonkeyPatch):
    dots = np.zeros((1000, 1000), np.float32)
    dots[::2, ::2] = 1  # 250,000 pieces
    lines = cutting.find_lines(dots)
    assert sum(int(line.ink.sum()) for line in lines) <= cutting.MAX_PIECES
    monkeypatch.setattr(cutting, "MAX_LINES", 2)
    assert len(cutting.find_lines(sheet(*((top, top + 20, 20, 30) for top in (10, 60, 110))))) == 2


def test_gaps_cost_nothing_and_solid_ink_is_not_cut():
    (line,) = cutting.find_lines(sheet((50, 90, 20, 60), (50, 90, 70, 110)))
    gaps = cutting.find_gaps(line)
    assert gaps.costs.tolist() == cutting.with_more(line, gaps, []).costs.tolist() == [0, 0, 0]
    assert 40 <= gaps.columns[1].min() <= gaps.columns[1].max() <= 50
    parts = {(part.start, part.stop, part.left, part.ink.shape) for part in cutting.parts(line, gaps)}
    assert {(0, 1, 0, (40, 40)), (1, 2, 50, (40, 40))} <= parts


def test_a_thin_bridge_may_be_cut_at_its_cost():
    (line,) = cutting.find_lines(sheet((50, 90, 20, 60), (68, 72, 60, 80), (50, 90, 80, 120)))
    gaps = cutting.find_gaps(line)
    assert gaps.costs.tolist() == [0, 0]
    assert cutting.with_more(line, gaps, [0]).costs[1:-1].min() == pytest.approx(4 / 40, abs=0.01)


def test_where_digits_meet_along_a_stroke_is_tried():
    thin, meeting = (68, 72, 60, 72), (60, 75, 63, 69)
    (line,) = cutting.find_lines(sheet((50, 90, 20, 60), thin, meeting, (50, 90, 72, 112)))
    cuts = cutting.with_more(line, cutting.find_gaps(line), [0])
    assert ((cuts.columns > 43) & (cuts.columns < 49)).all(axis=1).any()
