"""Proposes where a line may be cut into digits, and the parts between any two cuts; it does not choose among them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from digits.imaging.splitting import Line

STEP = 2  # pixels between the columns at which a cut is tried
REACH = 0.2  # share of the size by which a cut may leave its column to either side, around the ink or along a slant
SIDESTEP = 0.03  # cost of each step to the side, in pixels of ink: of equal cuts the straighter one is taken
NOTHING = 0.004  # ink between two cuts, as a share of the size squared, below which they are the same cut
THICKEST = 0.7  # ink that a cut goes through, as a share of the size, at most
WIDEST = 1.6  # width of a part, as a share of the size, at most


@dataclass(frozen=True)
class Cuts:
    """Cuts through a line from top to bottom, from left to right; the first and the last are its borders.

    `columns` is (n, h), the column at each row from which on the ink lies to the right of the cut. `costs` (n,) is the
    ink that each goes through, as a share of the size of a digit.
    """

    columns: np.ndarray
    costs: np.ndarray


@dataclass(frozen=True)
class Part:
    """What lies between two cuts, by their numbers `start` and `stop`.

    `ink` is (h, w), cropped, and `top`, `left` its place in the line, in the line's pixels.
    """

    start: int
    stop: int
    ink: np.ndarray
    top: int
    left: int


def find_cuts(line: Line) -> Cuts:
    """At least the borders, and wherever little ink has to be cut through."""
    height, width = line.ink.shape
    tried = _cheapest_paths(line)
    columns = np.concatenate([np.zeros((1, height), int), tried, np.full((1, height), width)])
    columns = np.maximum.accumulate(np.clip(columns, 0, width), axis=0)  # cuts do not cross
    rows = np.arange(height)
    costs = np.pad(line.ink, ((0, 0), (0, 1)))[rows, columns].sum(axis=1) / line.size
    costs[0] = costs[-1] = 0
    before = np.pad(line.ink.cumsum(axis=1, dtype=np.float64), ((0, 0), (1, 0)))[rows, columns].sum(axis=1)
    kept = [0]
    for it in np.flatnonzero(costs <= THICKEST).tolist():
        if before[it] - before[kept[-1]] >= NOTHING * line.size**2:
            kept.append(it)
        elif kept[-1] and costs[it] < costs[kept[-1]]:
            kept[-1] = it
    kept[max(1, len(kept) - 1) :] = [len(costs) - 1]
    return Cuts(columns[kept], costs[kept])


def _cheapest_paths(line: Line) -> np.ndarray:
    """For every STEP columns the path (h,) near it that goes from top to bottom through the least ink; (n, h)."""
    height, width = line.ink.shape
    reach = max(1, round(REACH * line.size))
    columns = np.arange(STEP, width, STEP)
    offsets = np.arange(-reach, reach + 1)
    ink = np.pad(line.ink, ((0, 0), (reach, reach)))[:, columns[:, np.newaxis] + offsets + reach]
    cost = ink[0]
    moves = np.zeros(ink.shape, np.int8)  # to the column that the path has in the row above
    for row in range(1, height):
        sides = np.pad(cost + np.float32(SIDESTEP), ((0, 0), (1, 1)), constant_values=np.inf)
        left, right = sides[:, :-2], sides[:, 2:]
        side = np.minimum(left, right)
        moves[row] = np.where(cost <= side, 0, np.where(left <= right, -1, 1))
        cost = np.minimum(cost, side) + ink[row]
    place = cost.argmin(axis=1)
    paths = np.zeros((len(columns), height), int)
    for row in range(height - 1, -1, -1):
        paths[:, row] = columns + offsets[place]
        place = place + moves[row, np.arange(len(columns)), place]
    return paths


def parts(line: Line, cuts: Cuts) -> Iterator[Part]:
    """The parts between any two of `cuts` that are not too wide for a digit, by their first cut."""
    for start in range(len(cuts.costs) - 1):
        for stop in range(start + 1, len(cuts.costs)):
            part = _part(line, cuts, start, stop)
            if part.ink.shape[1] > WIDEST * line.size and stop > start + 1:
                break
            if part.ink.size:
                yield part


def _part(line: Line, cuts: Cuts, start: int, stop: int) -> Part:
    left, right = int(cuts.columns[start].min()), int(cuts.columns[stop].max())
    column = np.arange(left, right)
    between = (column >= cuts.columns[start][:, np.newaxis]) & (column < cuts.columns[stop][:, np.newaxis])
    ink = np.where(between, line.ink[:, left:right], np.float32(0))
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return Part(start, stop, ink[:0, :0], 0, left)
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Part(start, stop, cropped, int(rows[0]), left + int(columns[0]))
