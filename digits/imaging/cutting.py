"""Finds the lines of digits on a page, and proposes where each may be cut into digits, without choosing.

Paths through the least ink find the gaps. They do not find where digits touch: near every column they go through the
same thin stroke, though the digits meet along a longer one. There, straight cuts at several slants are tried as well.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

MAX_PIECES = 1000  # connected pieces of ink that are looked at, the largest ones: bounds the work for a page of strokes
MAX_LINES = 20  # for the same reason
TALL = 0.4  # share of the height of the tallest piece from which a piece may be a digit; others are dots, bars and dirt
MIN_PIECE = 0.05  # share of the ink of the median tall piece; smaller pieces are dirt
IN_LINE = 0.3  # share of the lower of two neighbors by which they overlap vertically if they are of the same line
SIZE = 48  # pixels to which the height of larger digits is scaled down
STEP = 2  # pixels between the columns at which a cut is tried
REACH = 0.2  # share of the size by which a cut may leave its column to either side, around the ink or along a slant
SIDESTEP = 0.03  # cost of each step to the side, in pixels of ink: of equal cuts the straighter one is taken
SLANTS = -0.3, 0.0, 0.3  # columns per row of the straight cuts
NOTHING = 0.02  # ink between two cuts, as a share of the size squared, below which they are the same cut
GAP = 0.03  # ink that a gap goes through, as a share of the size, at most
THICKEST = 0.7  # ink that a cut goes through, as a share of the size, at most
WIDEST = 1.3  # width of a part, as a share of the size, at most


class Line(NamedTuple):
    """The `ink` (h, w) float32, 0 to 1, of one line of digits of the height `size` in pixels; `left` and `top` are its
    place on the page, in pixels of the page, of which each of its own pixels is `scale`."""

    ink: np.ndarray
    size: float
    scale: float
    left: int
    top: int


class Cuts(NamedTuple):
    """Cuts through a line from top to bottom, from left to right; the first and the last are its borders.

    `columns` (n, h): at each row, from where on the ink lies to the right of the cut. `costs` (n,): the ink that each
    goes through, as a share of the size of a digit.
    """

    columns: np.ndarray
    costs: np.ndarray


class Part(NamedTuple):
    """The `ink` (h, w) between the cuts number `start` and `stop`, cropped to its place `top`, `left` in the line."""

    start: int
    stop: int
    ink: np.ndarray
    top: int
    left: int


def find_lines(ink: np.ndarray) -> list[Line]:
    """The lines of `ink` (h, w) float32, not all 0, from top to bottom; at most MAX_LINES, of its MAX_PIECES largest
    pieces. They need not be horizontal: each digit of a line overlaps vertically with the one before it."""
    labels, count = ndimage.label(ink > 0, np.ones((3, 3)))
    weights = np.bincount(labels.reshape(-1), ink.reshape(-1))[1:]
    places = ndimage.find_objects(labels)
    largest = np.argsort(-weights, kind="stable")[:MAX_PIECES]
    boxes = np.array([[side for axis in places[piece] for side in (axis.start, axis.stop)] for piece in largest])
    heights = boxes[:, 1] - boxes[:, 0]
    tall = heights >= TALL * heights.max()
    size = float(np.median(heights[tall]))
    line_of_piece = _lines_of_pieces(boxes, tall, size)
    line_of_piece[weights[largest] < MIN_PIECE * np.median(weights[largest][tall])] = -1
    line_of_label = np.full(count + 1, -1)
    line_of_label[largest + 1] = line_of_piece
    scale = max(1.0, size / SIZE)
    lines = []
    for number in range(min(MAX_LINES, line_of_piece.max() + 1)):
        members = boxes[line_of_piece == number]
        if not len(members):  # its only piece was too faint
            continue
        top, _, left, _ = members.min(axis=0).tolist()
        _, bottom, _, right = members.max(axis=0)
        place = np.s_[top:bottom, left:right]
        line = np.where(line_of_label[labels[place]] == number, ink[place], np.float32(0))
        if scale > 1:
            shape = [max(1, round(side / scale)) for side in line.shape[::-1]]
            line = np.asarray(Image.fromarray(line).resize(shape, Image.Resampling.BOX))
        lines.append(Line(line, size / scale, scale, left, top))
    return lines


def _lines_of_pieces(boxes: np.ndarray, tall: np.ndarray, size: float) -> np.ndarray:
    """The number of the line, from top to bottom, of each of `boxes` (n, 4) top, bottom, left, right; -1 for none.

    Tall pieces, from left to right, continue a line or begin one; the others belong to the nearest tall piece.
    """
    numbers = np.full(len(boxes), -1)
    last: list[np.ndarray] = []  # box of each line
    for piece in sorted(np.flatnonzero(tall), key=lambda piece: (boxes[piece, 2], boxes[piece, 0])):
        top, bottom = boxes[piece, :2]
        shared = [  # negative if they do not overlap
            (min(bottom, other[1]) - max(top, other[0])) / min(bottom - top, other[1] - other[0]) for other in last
        ]
        if shared and max(shared) > IN_LINE:
            numbers[piece] = int(np.argmax(shared))
            last[numbers[piece]] = boxes[piece]
        else:
            numbers[piece] = len(last)
            last.append(boxes[piece])
    middles = boxes[:, 0] + boxes[:, 1]
    order = np.argsort([middles[numbers == line].mean() for line in range(len(last))], kind="stable")
    numbers[tall] = np.argsort(order)[numbers[tall]]
    starts, stops = boxes[:, ::2], boxes[:, 1::2]
    for piece in np.flatnonzero(~tall):
        apart = np.maximum(starts[tall] - stops[piece], starts[piece] - stops[tall]).clip(0).sum(axis=1)
        if apart.min() < size:
            numbers[piece] = numbers[tall][apart.argmin()]
    return numbers


def find_gaps(line: Line) -> Cuts:
    """The borders, and wherever the line can be cut through next to no ink."""
    width = line.ink.shape[1]
    gaps = _different(line, _cheapest_paths(line), GAP)
    return Cuts(np.pad(gaps.columns, ((1, 1), (0, 0)), constant_values=((0, width), (0, 0))), np.pad(gaps.costs, 1))


def with_more(line: Line, gaps: Cuts, doubtful: list[int]) -> Cuts:
    """`gaps`, and cuts through ink after each of these that is `doubtful`."""
    columns, costs = [gaps.columns], [gaps.costs]
    height = np.arange(line.ink.shape[0])
    slants = np.rint(np.outer(SLANTS, height - len(height) / 2)).astype(int)
    for gap in doubtful:
        ink, left = _between(line, gaps, gap, gap + 1)
        piece = line._replace(ink=ink)
        straight = np.arange(STEP, ink.shape[1], STEP)[:, np.newaxis, np.newaxis] + slants  # through these halfway
        paths = np.concatenate([_cheapest_paths(piece), straight.reshape(-1, len(height))])
        more = _different(piece, paths, THICKEST)
        columns.append(np.clip(more.columns + left, *gaps.columns[gap : gap + 2]))
        costs.append(more.costs)
    places = np.concatenate([np.arange(len(gaps.costs)), np.repeat(doubtful, list(map(len, costs[1:])))])
    order = np.argsort(places, kind="stable")
    return Cuts(np.concatenate(columns)[order], np.concatenate(costs)[order])


def _different(line: Line, paths: np.ndarray, thickest: float) -> Cuts:
    """Those of `paths` (n, h) that go through little ink and have ink to both sides; of similar ones the cheapest."""
    rows, least = np.arange(line.ink.shape[0]), NOTHING * line.size**2
    columns = np.clip(paths, 0, line.ink.shape[1])
    costs = np.pad(line.ink, ((0, 0), (0, 1)))[rows, columns].sum(axis=1) / line.size
    ink = np.pad(line.ink.cumsum(axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    before = ink[rows, columns]
    total = before.sum(axis=1)
    inner = (costs <= thickest) & (total >= least) & (ink[:, -1].sum() - total >= least)
    differs = np.zeros(len(costs), bool)
    for path in sorted(np.flatnonzero(inner).tolist(), key=lambda path: costs[path]):
        near = differs & (np.abs(total - total[path]) < least)  # all others have at least as much ink between
        differs[path] = not (np.abs(before[near] - before[path]).sum(axis=1) < least).any()
    different = np.flatnonzero(differs)
    different = different[np.argsort(total[different], kind="stable")]
    return Cuts(columns[different], costs[different])


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
            ink, left = _between(line, cuts, start, stop)
            rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
            if not len(rows):
                continue  # cuts that cross leave no ink
            if columns[-1] + 1 - columns[0] > WIDEST * line.size and stop > start + 1:
                break
            cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            yield Part(start, stop, cropped, int(rows[0]), left + int(columns[0]))


def _between(line: Line, cuts: Cuts, start: int, stop: int) -> tuple[np.ndarray, int]:
    """The ink (h, w) between two cuts, and the column of the line at which it begins."""
    left, right = int(cuts.columns[start].min()), int(cuts.columns[stop].max())
    column = np.arange(left, right)
    between = (column >= cuts.columns[start][:, np.newaxis]) & (column < cuts.columns[stop][:, np.newaxis])
    return np.where(between, line.ink[:, left:right], np.float32(0)), left
