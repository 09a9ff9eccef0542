"""Out-of-distribution images in the format of MNIST, 28x28 uint8: what a model gets if a picture shows no digit.

`blank`, `noise` and `two_digits` are drawn here. The other kinds are the pages of `digits.synthetic.pages`, prepared as
the recognizer prepares every picture.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from digits.imaging import mnist_format
from digits.synthetic import pages
from digits.synthetic.pages import OodSet

PREPARED = ("scribbles", "letters", "letters_like_digits", "symbols", "photos")  # kinds of pages with ink
APART = (3, 7)  # least and greatest distance by which each of two digits is moved from the middle, in pixels


def make(ood_set: OodSet, digits: np.ndarray, max_images: int) -> dict[str, np.ndarray]:
    """Up to `max_images` images of each kind, (n, 28, 28) uint8; `two_digits` combines `digits` (m, 28, 28) uint8."""
    kinds = pages.kinds(ood_set)
    drawn = {
        "blank": _blank_images(ood_set, max_images),
        "noise": _noise_images(ood_set, max_images),
        "two_digits": _two_digits(ood_set, digits, max_images),
    }
    prepared = {kind: np.stack(list(islice(_prepared(kinds[kind]()), max_images))) for kind in PREPARED}
    return {**drawn, **prepared}


def _prepared(pictures: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """The pictures as 28x28 images; those without ink are left out."""
    for picture in pictures:
        yield from mnist_format.prepare(picture)


def _blank_images(ood_set: OodSet, count: int) -> np.ndarray:
    """Uniform gray with sensor noise: what a preparation that takes paper for ink would give."""
    rng = ood_set.rng("blank images")  # the strings seed the generators: another one gives other images
    gray, camera = rng.uniform(0, 255, (count, 1, 1)), rng.uniform(0, 8, (count, 1, 1))
    noise = rng.normal(size=(count, mnist_format.FIELD, mnist_format.FIELD))
    return np.clip(gray + camera * noise, 0, 255).astype(np.uint8)


def _noise_images(ood_set: OodSet, count: int) -> np.ndarray:
    """Squares of random gray, 1 to 7 pixels wide."""
    rng = ood_set.rng("noise images")
    sides = rng.choice([1, 2, 4, 7], count)
    return np.stack([pages.random_squares(rng, side, mnist_format.FIELD) for side in sides])


def _two_digits(ood_set: OodSet, digits: np.ndarray, count: int) -> np.ndarray:
    """Two of `digits` side by side, which may overlap."""
    rng = ood_set.rng("two digits")
    pairs = digits[rng.integers(0, len(digits), (count, 2))]
    moves = rng.integers(APART[0], APART[1] + 1, (count, 2))
    return np.stack(
        [np.maximum(_moved(left, -by[0]), _moved(right, by[1])) for (left, right), by in zip(pairs, moves, strict=True)]
    )


def _moved(image: np.ndarray, by: int) -> np.ndarray:
    """`image` moved `by` pixels to the right and cropped to its size."""
    padded = np.pad(image, ((0, 0), (APART[1], APART[1])))
    return padded[:, APART[1] - by : APART[1] - by + image.shape[1]]
