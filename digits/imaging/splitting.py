"""Splits the ink of several digits in a row."""

import numpy as np

MAX_DIGITS = 100  # that one picture is split into, to bound the work for a picture full of strokes
MAX_PIECES = 1000  # of ink that are put together to digits, the largest ones, for the same reason
MIN_PIECE = 0.05  # share of the ink of the largest connected piece; smaller pieces are dirt


def split_digits(ink: np.ndarray) -> list[np.ndarray]:
    """Cut `ink` (h, w) into digits, each (h, w of the digit), from left to right, at most MAX_DIGITS.

    Connected pieces that overlap horizontally by more than half of the narrower one belong to one digit. Only the
    largest MAX_PIECES count.
    """
    from scipy import ndimage  # slow to import, and not always needed

    labels, count = ndimage.label(ink > 0, structure=np.ones((3, 3)))
    weights = ndimage.sum(ink, labels, range(1, count + 1))
    boxes = ndimage.find_objects(labels)
    heaviest = np.argsort(weights)[-MAX_PIECES:]
    spans = [
        (boxes[it][1].start, boxes[it][1].stop, {it + 1})
        for it in heaviest.tolist()
        if weights[it] >= MIN_PIECE * weights.max()
    ]
    groups: list[tuple[int, int, set[int]]] = []
    for start, stop, numbers in sorted(spans, key=lambda span: span[:2]):
        last = groups[-1] if groups else (0, 0, set())
        if min(stop, last[1]) - start > 0.5 * min(stop - start, last[1] - last[0]):
            groups[-1] = (last[0], max(stop, last[1]), last[2] | numbers)
        else:
            groups.append((start, stop, numbers))
    return [
        np.where(np.isin(labels[:, start:stop], list(numbers)), ink[:, start:stop], 0)
        for start, stop, numbers in groups[:MAX_DIGITS]
    ]
