"""Proposes where a line may be cut into digits, and the parts between any two cuts; it does not choose among them.

Paths through the least ink find the gaps. They do not find where digits touch: near every column they go through the
same thin stroke, though the digits meet along a longer one. There, straight cuts at several slants are tried as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from digits.imaging.splitting import Line

STEP = 2  # pixels between the columns at which a cut is tried
REACH = 0.2  # share of the size by which a cut may leave its column to either side, around the ink or along a slant
SIDESTEP = 0.03  # cost of each step to the side, in pixels of ink: of equal cuts the straighter one is taken
SLANTS = -0.3, 0.0, 0.3  # columns per row of the straight cuts
NOTHING = 0.02  # ink between two cuts, as a share of the size squared, below which they are the same cut
GAP = 0.03  # ink that a gap goes through, as a share of the size, at most
THICKEST = 0.7  # ink that a cut goes through, as a share of the size, at most
WIDEST = 1.3  # width of a part, as a share of the size, at most


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


def find_gaps(line: Line) -> Cuts:
    """The borders, and wherever the line can be cut through next to no ink."""
    height, width = line.ink.shape
    gaps = _different(line, _cheapest_paths(line), GAP)
    borders = np.zeros((1, height), int), np.full((1, height), width)
    return Cuts(np.concatenate([borders[0], gaps.columns, borders[1]]), np.pad(gaps.costs, 1))


def with_more(line: Line, gaps: Cuts, doubtful: list[int]) -> Cuts:
    """`gaps`, and cuts through ink after each of these that is `doubtful`."""
    columns, costs = [gaps.columns], [gaps.costs]
    for place in doubtful:
        ink, left = _between(line, gaps, place, place + 1)
        piece = replace(line, ink=ink)
        more = _different(piece, np.concatenate([_cheapest_paths(piece), _straight_paths(piece)]), THICKEST)
        columns.append(np.clip(more.columns + left, *gaps.columns[place : place + 2]))
        costs.append(more.costs)
    places = np.concatenate([np.arange(len(gaps.costs)), np.repeat(doubtful, list(map(len, costs[1:])))])
    order = np.argsort(places, kind="stable")
    return Cuts(np.concatenate(columns)[order], np.concatenate(costs)[order])


def _different(line: Line, tried: np.ndarray, thickest: float) -> Cuts:
    """The paths `tried` (n, h) that go through little ink and have ink to both sides; of similar ones the cheapest."""
    rows, least = np.arange(line.ink.shape[0]), NOTHING * line.size**2
    columns = np.clip(tried, 0, line.ink.shape[1])
    costs = np.pad(line.ink, ((0, 0), (0, 1)))[rows, columns].sum(axis=1) / line.size
    ink = np.pad(line.ink.cumsum(axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    before = ink[rows, columns]
    total = before.sum(axis=1)
    inner = (costs <= thickest) & (total >= least) & (ink[:, -1].sum() - total >= least)
    kept = np.zeros(len(costs), bool)
    for it in sorted(np.flatnonzero(inner).tolist(), key=lambda it: costs[it]):
        near = kept & (np.abs(total - total[it]) < least)  # all others have at least as much ink between
        kept[it] = not (np.abs(before[near] - before[it]).sum(axis=1) < least).any()
    chosen = np.flatnonzero(kept)
    chosen = chosen[np.argsort(total[chosen], kind="stable")]
    return Cuts(columns[chosen], costs[chosen])


def _straight_paths(line: Line) -> np.ndarray:
    """For every STEP columns the straight paths (h,) that have this column halfway, one for each of SLANTS; (n, h)."""
    height, width = line.ink.shape
    columns = np.arange(STEP, width, STEP)
    aside = np.rint(np.outer(SLANTS, np.arange(height) - height / 2)).astype(int)
    return (columns[:, np.newaxis] + aside[:, np.newaxis]).reshape(-1, height)


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


def _between(line: Line, cuts: Cuts, start: int, stop: int) -> tuple[np.ndarray, int]:
    """The ink (h, w) between two cuts, and the column of the line at which it begins."""
    left, right = int(cuts.columns[start].min()), int(cuts.columns[stop].max())
    column = np.arange(left, right)
    between = (column >= cuts.columns[start][:, np.newaxis]) & (column < cuts.columns[stop][:, np.newaxis])
    return np.where(between, line.ink[:, left:right], np.float32(0)), left


def _part(line: Line, cuts: Cuts, start: int, stop: int) -> Part:
    ink, left = _between(line, cuts, start, stop)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return Part(start, stop, ink[:0, :0], 0, left)
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Part(start, stop, cropped, int(rows[0]), left + int(columns[0]))
