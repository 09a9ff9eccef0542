"""Corruptions that move a digit: shear, scale, rotation, translation.

Images are (n, 28, 28) float64, 0 background to 1 ink.
"""

import numpy as np
from scipy import ndimage

from digits.imaging.mnist_format import FIELD


def shear(x: np.ndarray, slant: float, rng: np.random.Generator) -> np.ndarray:
    """Shear by `slant` radians, to the left or to the right at random."""
    return _mapped(x, [[[1, 0], [side * np.sin(slant), np.cos(slant)]] for side in _sides(x, rng)])


def scale(x: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    """Scale by the factor `size`."""
    return _mapped(x, [np.eye(2) / size] * len(x))


def rotate(x: np.ndarray, turn: float, rng: np.random.Generator) -> np.ndarray:
    """Rotate by `turn` radians, clockwise or counterclockwise at random."""
    sine, cosine = np.sin(turn), np.cos(turn)
    return _mapped(x, [[[cosine, side * sine], [-side * sine, cosine]] for side in _sides(x, rng)])


def translate(x: np.ndarray, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """Shift by `pixels` up or down and by as many left or right."""
    moves = pixels * np.stack([_sides(x, rng), _sides(x, rng)], axis=1)
    return np.stack([ndimage.shift(image, move, order=0) for image, move in zip(x, moves, strict=True)])


def _sides(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """-1 or 1 for each image."""
    return rng.choice([-1, 1], len(x))


def _mapped(x: np.ndarray, matrices: list) -> np.ndarray:
    """Each image resampled by its 2x2 matrix, which maps output to input coordinates around the middle."""
    middle = np.full(2, (FIELD - 1) / 2)
    pairs = zip(x, np.asarray(matrices), strict=True)
    return np.stack([ndimage.affine_transform(it, matrix, middle - matrix @ middle, order=1) for it, matrix in pairs])
