"""Removes the lines or squares that are printed on paper from the ink of a photo, also if the sheet is rotated."""

import numpy as np

from digits.imaging.statistics import otsu

SLOPES = np.arange(-40, 41) / 100  # of lines, in pixels across per pixel along: up to 22 degrees
LENGTH = 0.5  # share of the width or height that a straight line spans if it is a ruling
SHORTEST = 1 / 3  # length of such a line, as a share of the longer side: across a narrow picture strokes are lines, too
THICKEST = 1 / 40  # width of such a line, as a share of the longer side; thicker ones are strokes
BRIDGE = 11  # pixels across a ruling over which a stroke goes on


def removed(ink: np.ndarray, least: float) -> np.ndarray:
    """`ink` (h, w) without straight lines across the sheet; strokes over them stay whole.

    Lines are looked for where there is more ink than half of `least`.
    """
    from scipy import ndimage  # slow to import, and not always needed

    dark = ink > max(least, otsu(ink)) / 2
    thick = _opened(dark, (2 + int(THICKEST * max(ink.shape)),) * 2)
    for turned in (False, True):
        if turned:
            ink, dark, thick = ink.T, dark.T, thick.T
        slope = _slope(dark)
        lines = _lines(_sheared(dark, slope), _sheared(thick, slope))
        if lines.any():
            level = _sheared(ink, slope)
            crossed = ndimage.grey_closing(np.where(lines, 0, level), (BRIDGE, 1))
            ink = _sheared(np.where(lines, crossed, level), -slope)
    return ink.T


def _slope(dark: np.ndarray) -> float:
    """The one of SLOPES at which the pixels `dark` (h, w) lie on the fewest lines, by the sum of squared counts."""
    row, column = np.nonzero(dark[:, ::4])
    counts = (np.bincount((row - _shift(slope, 4 * column)) % len(dark)) for slope in SLOPES)
    return float(SLOPES[np.argmax([(it**2).sum() for it in counts])])


def _lines(dark: np.ndarray, thick: np.ndarray) -> np.ndarray:
    """The mask of the horizontal lines among the pixels `dark` (h, w), without those that are `thick`."""
    from scipy import ndimage

    width = dark.shape[1]
    shortest = max(LENGTH * width, SHORTEST * max(dark.shape))
    long, full = (_opened(dark, (1, it)) for it in (int(np.ceil(shortest)), width))
    return ndimage.binary_dilation(long & ~thick | full, np.ones((3, 1)))


def _opened(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The opening of `mask` (h, w) by a rectangle; much faster than `ndimage.binary_opening`."""
    from scipy import ndimage

    return ndimage.grey_opening(mask, size, mode="constant")


def _shift(slope: float, column: np.ndarray) -> np.ndarray:
    """By how many whole pixels a line of this `slope` lies lower at each `column` than at column 0."""
    return np.rint(slope * column).astype(int)


def _sheared(values: np.ndarray, slope: float) -> np.ndarray:
    """`values` (h, w) with each column moved, around the border, so that lines of this `slope` become horizontal."""
    height, width = values.shape
    rows = np.arange(height)[:, np.newaxis] + _shift(slope, np.arange(width))
    return np.take_along_axis(values, rows % height, axis=0)
