"""The plain way to read several digits, to compare this project's with: each connected piece of ink is a digit."""

import numpy as np

from digits.imaging import mnist_format, segmentation
from digits.recognizer.recognizer import Recognizer

MIN_PIECE = 0.05  # share of the ink of the largest piece; smaller pieces are dirt


def read(recognizer: Recognizer, gray: np.ndarray) -> list[int]:
    """The digits of `gray` (h, w) uint8 from left to right."""
    ink = segmentation.find_ink(gray)
    return [] if ink is None else [it.digit for it in recognizer.read(np.stack(_digits(ink)))]


def _digits(ink: np.ndarray) -> list[np.ndarray]:
    """Pieces of `ink` that overlap horizontally by more than half of the narrower one are one digit."""
    from scipy import ndimage

    labels, count = ndimage.label(ink > 0, np.ones((3, 3)))
    weights = ndimage.sum(ink, labels, range(1, count + 1))
    boxes = ndimage.find_objects(labels)
    large = np.flatnonzero(weights >= MIN_PIECE * weights.max()).tolist()
    groups: list[tuple[int, int, list[int]]] = []
    for start, stop, number in sorted((boxes[it][1].start, boxes[it][1].stop, it + 1) for it in large):
        last = groups[-1] if groups else (0, 0, [])
        if min(stop, last[1]) - start > 0.5 * min(stop - start, last[1] - last[0]):
            groups[-1] = (last[0], max(stop, last[1]), [*last[2], number])
        else:
            groups.append((start, stop, [number]))
    return [mnist_format.centered(np.where(np.isin(labels, numbers), ink, 0)) for _, _, numbers in groups]
