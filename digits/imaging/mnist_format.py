"""Turns a gray picture of a digit into a 28x28 image in MNIST's format.

As LeCun et al. (1998) describe it: the digit is scaled into a box of 20x20 pixels, keeping its aspect ratio, and
placed in a field of 28x28 with its center of mass in the middle. Resampling is by area, as in the reconstruction by
Yadav and Bottou (2019, QMNIST).
"""

import numpy as np
from PIL import Image

from digits.imaging import segmentation

FIELD = 28  # pixels of each side; not imported from `digits.data`, which would load pandas: half a second
BOX = 20  # pixels of the longer side of the ink's bounding box


def prepare(gray: np.ndarray) -> np.ndarray:
    """The image (1, 28, 28) uint8, background 0 and ink up to 255, of the digit in `gray` (h, w) uint8; (0, 28, 28) if
    that has no ink."""
    ink = segmentation.find_ink(gray)
    return np.zeros((0, FIELD, FIELD), np.uint8) if ink is None else centered(ink)[np.newaxis]


def centered(ink: np.ndarray) -> np.ndarray:
    """Scale and center one digit as MNIST does; ink that falls outside the field is cut off.

    `ink` is (h, w), 0 for background, in any unit, and not all 0. Returns (28, 28) uint8 with a maximum of 255; the
    longer side of its bounding box is 20 pixels.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    digit = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    height, width = digit.shape
    scale = BOX / max(height, width)
    if scale != 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        resampling = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
        digit = np.asarray(Image.fromarray(digit).resize(size, resampling))
    digit = np.rint(digit * (255 / digit.max())).astype(np.uint8)
    wide = np.zeros((3 * FIELD, 3 * FIELD), np.uint8)
    # The center of mass comes within half a pixel of the middle, 14; MNIST's lie between 13.5 and 14.5.
    means = [np.average(np.arange(side), weights=digit.sum(axis=1 - axis)) for axis, side in enumerate(digit.shape)]
    top, left = (FIELD + int(np.floor(FIELD / 2 - mean + 0.5)) for mean in means)
    wide[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return wide[FIELD : 2 * FIELD, FIELD : 2 * FIELD]
