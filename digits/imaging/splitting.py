"""Finds the lines of digits on a page."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

MAX_PIECES = 1000  # connected pieces of ink that are looked at, the largest ones: bounds the work for a page of strokes
MAX_LINES = 20  # for the same reason
TALL = 0.4  # share of the height of the tallest piece from which a piece may be a digit; others are dots, bars and dirt
MIN_PIECE = 0.05  # share of the ink of the median tall piece; smaller pieces are dirt
IN_LINE = 0.3  # share of the lower of two neighbors by which they overlap vertically if they are of the same line
SIZE = 48  # pixels to which the height of larger digits is scaled down


@dataclass(frozen=True)
class Line:
    """The ink of one line of digits.

    `ink` is (h, w) float32 from 0 to 1, `size` the height of its digits in pixels. `left` and `top` are its place on
    the page, in pixels of the page, of which each of its own pixels is `scale`.
    """

    ink: np.ndarray
    size: float
    scale: float
    left: int
    top: int


def find_lines(ink: np.ndarray) -> list[Line]:
    """The lines of `ink` (h, w) float32, not all 0, from top to bottom; at most MAX_LINES, of its MAX_PIECES largest
    pieces. They need not be horizontal: each digit of a line overlaps vertically with the one before it."""
    from scipy import ndimage  # slow to import, and not always needed

    labels, count = ndimage.label(ink > 0, np.ones((3, 3)))
    weights = np.bincount(labels.reshape(-1), ink.reshape(-1))[1:]
    found = ndimage.find_objects(labels)
    largest = np.argsort(-weights, kind="stable")[:MAX_PIECES]
    boxes = np.array([[side for axis in found[it] for side in (axis.start, axis.stop)] for it in largest.tolist()])
    heights = boxes[:, 1] - boxes[:, 0]
    tall = heights >= TALL * heights.max()
    size = float(np.median(heights[tall]))
    line_of_piece = _lines_of_pieces(boxes, tall, size)
    line_of_piece[weights[largest] < MIN_PIECE * np.median(weights[largest][tall])] = -1
    line_of_label = np.full(count + 1, -1)
    line_of_label[largest + 1] = line_of_piece
    lines = []
    for number in range(min(MAX_LINES, line_of_piece.max() + 1)):
        top, _, left, _ = boxes[line_of_piece == number].min(axis=0)
        _, bottom, _, right = boxes[line_of_piece == number].max(axis=0)
        place = np.s_[top:bottom, left:right]
        own = np.where(line_of_label[labels[place]] == number, ink[place], np.float32(0))
        lines.append(_scaled(own, size, int(left), int(top)))
    return lines


def _lines_of_pieces(boxes: np.ndarray, tall: np.ndarray, size: float) -> np.ndarray:
    """The number of the line, from top to bottom, of each of `boxes` (n, 4) top, bottom, left, right; -1 for none.

    Tall pieces, from left to right, continue a line or begin one; the others belong to the nearest tall piece.
    """
    numbers = np.full(len(boxes), -1)
    last: list[np.ndarray] = []  # box of each line
    for it in sorted(np.flatnonzero(tall), key=lambda it: (boxes[it, 2], boxes[it, 0])):
        shared = [_shared_height(boxes[it], other) for other in last]
        if shared and max(shared) > IN_LINE:
            numbers[it] = int(np.argmax(shared))
            last[numbers[it]] = boxes[it]
        else:
            numbers[it] = len(last)
            last.append(boxes[it])
    middles = boxes[:, ::2] + boxes[:, 1::2]
    order = np.argsort([middles[numbers == line, 0].mean() for line in range(len(last))], kind="stable")
    numbers[tall] = np.argsort(order)[numbers[tall]]
    for it in np.flatnonzero(~tall):
        apart = np.maximum(boxes[tall, ::2] - boxes[it, 1::2], boxes[it, ::2] - boxes[tall, 1::2]).clip(0).sum(axis=1)
        if apart.min() < size:
            numbers[it] = numbers[tall][apart.argmin()]
    return numbers


def _shared_height(box: np.ndarray, other: np.ndarray) -> float:
    """By how much two boxes overlap vertically, as a share of the lower one; negative if they do not."""
    shared = min(box[1], other[1]) - max(box[0], other[0])
    return float(shared / min(box[1] - box[0], other[1] - other[0]))


def _scaled(ink: np.ndarray, size: float, left: int, top: int) -> Line:
    """The line at this place, scaled down such that its digits are at most SIZE high."""
    scale = max(1.0, size / SIZE)
    if scale > 1:
        shape = [max(1, round(side / scale)) for side in ink.shape[::-1]]
        ink = np.asarray(Image.fromarray(ink).resize(shape, Image.Resampling.BOX))
    return Line(ink, size / scale, scale, left, top)
