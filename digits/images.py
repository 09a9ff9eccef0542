"""From a grey picture of a digit to the 28x28 image that MNIST would hold of it.

LeCun et al. (1998) fitted each digit, its aspect ratio kept, into a box of 20x20 pixels and put its centre of mass into
the middle of a field of 28x28; the reconstruction of Yadav and Bottou (2019, QMNIST) confirms it, with resampling by
area. Knows how a digit is put in its place; how ink is told from paper is known to `ink`, how a file becomes a grey
picture to `picture_files`.
"""

import numpy as np
from PIL import Image

from digits import ink
from digits.picture_files import Picture

FIELD = 28  # pixels of each side, as in all of MNIST: `datasets` would bring pandas along, half a second
BOX = 20  # pixels of the longer side of the ink
CENTRE = FIELD / 2  # where the centre of mass comes to lie, within half a pixel: MNIST's lie between 13.5 and 14.5


def prepare(picture: Picture, many: bool = False) -> np.ndarray:
    """The digit of `picture`, or with `many` all of them from left to right, as a model reads it: (n, 28, 28) uint8,
    ink 255; n is 0 where nothing is written."""
    found = ink.find(picture.grey, picture.clean)
    if found is None:
        return np.zeros((0, FIELD, FIELD), np.uint8)
    return np.stack([centred(piece) for piece in (ink.pieces(found) if many else [found])])


def centred(digit: np.ndarray) -> np.ndarray:
    """The ink `digit` (h, w), 0 for paper, scaled so that the longer side of its bounding box is 20 pixels, with its
    centre of mass in the middle of (28, 28) uint8 and a peak of 255."""
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    digit = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    height, width = digit.shape
    scale = BOX / max(height, width)
    if scale != 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        by_area = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
        digit = np.asarray(Image.fromarray(digit).resize(size, by_area))
    return _placed(np.rint(digit * (255 / digit.max())).astype(np.uint8))


def _placed(digit: np.ndarray) -> np.ndarray:
    """`digit` on an empty field, its centre of mass in the middle; what would lie outside is cut off."""
    wide = np.zeros((3 * FIELD, 3 * FIELD), np.uint8)
    top, left = (
        FIELD + int(np.floor(CENTRE - np.average(np.arange(length), weights=digit.sum(axis=1 - axis)) + 0.5))
        for axis, length in enumerate(digit.shape)
    )
    wide[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return wide[FIELD : 2 * FIELD, FIELD : 2 * FIELD]
