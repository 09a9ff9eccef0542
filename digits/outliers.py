"""Images that are no digit, in the form in which a model gets its images.

Knows which kinds there are. Pages are those of `non_digits`, as they come out of the preparation; what a model makes of
them is the business of `detectors`.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from digits import images, non_digits
from digits.non_digits import Draw

PREPARED = ("scribbles", "letters", "letters_like_digits", "symbols", "photos")  # pages on which ink is found
KINDS = ("blank", "noise", "two_digits", *PREPARED)
APART = (3, 7)  # pixels by which each of two digits is moved, to the left and to the right


def drawn(draw: Draw, digits: np.ndarray, most: int) -> dict[str, np.ndarray]:
    """Up to `most` images of each of KINDS, (n, 28, 28) uint8; those of two digits are made of `digits`
    (m, 28, 28)."""
    pages = non_digits.kinds(draw)
    own = {
        "blank": _blank(draw, most),
        "noise": _noise(draw, most),
        "two_digits": _two_digits(draw, digits, most),
    }
    prepared = {kind: np.stack(list(islice(_inked(pages[kind]()), most))) for kind in PREPARED}
    return {**own, **prepared}


def _inked(pages: Iterator[non_digits.Picture]) -> Iterator[np.ndarray]:
    for page in pages:
        yield from images.prepare(page)[:1]


def _blank(draw: Draw, most: int) -> np.ndarray:
    """One grey each, with the noise of a camera: what a preparation that finds ink everywhere would give."""
    rng = draw.rng("blank images")
    grey, camera = rng.uniform(0, 255, (most, 1, 1)), rng.uniform(0, 8, (most, 1, 1))
    return np.clip(grey + camera * rng.normal(size=(most, images.FIELD, images.FIELD)), 0, 255).astype(np.uint8)


def _noise(draw: Draw, most: int) -> np.ndarray:
    """Squares of random grey, one to seven pixels wide."""
    rng = draw.rng("noise images")
    sides = rng.choice([1, 2, 4, 7], most)

    def field(side: int) -> np.ndarray:
        squares = rng.integers(0, 256, (images.FIELD // side,) * 2, np.uint8)
        return np.kron(squares, np.ones((side, side), np.uint8))

    return np.stack([field(side) for side in sides])


def _two_digits(draw: Draw, digits: np.ndarray, most: int) -> np.ndarray:
    """Two of `digits` side by side, where both have room or overlap."""
    rng = draw.rng("two digits")
    pairs = digits[rng.integers(0, len(digits), (most, 2))]
    moves = rng.integers(APART[0], APART[1] + 1, (most, 2))
    return np.stack(
        [np.maximum(_moved(left, -by[0]), _moved(right, by[1])) for (left, right), by in zip(pairs, moves, strict=True)]
    )


def _moved(image: np.ndarray, by: int) -> np.ndarray:
    """`image` moved to the right by `by` pixels, what leaves the field cut off."""
    padded = np.pad(image, ((0, 0), (APART[1], APART[1])))
    return padded[:, APART[1] - by : APART[1] - by + image.shape[1]]
