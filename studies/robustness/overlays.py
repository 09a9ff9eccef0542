"""Corruptions that cover a digit: fog, spatter, a dotted line, a zigzag line.

Shapes and constants are those of MNIST-C's code (Mu and Gilmer 2019); fog is a plasma fractal (Fournier, Fussell and
Carpenter 1982). Images are (n, 28, 28) float64, 0 background to 1 ink.
"""

from itertools import pairwise

import numpy as np
from scipy import ndimage

from digits.imaging.mnist_format import FIELD

CLOUD = 256  # width and height of a fractal in pixels; its first 28x28 are used
AT_ONCE = 100  # fractals in memory at a time
MUD = 63 / 255  # gray level of spatter
REACH = 2.3  # half the width of a line with its faded sides, in pixels
TOOTH = 2.0  # length of a zigzag step and height of a tooth, in pixels


def fog(x: np.ndarray, level: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Add a cloud. `level`: its brightness relative to ink, and its decay; a smaller decay gives a rougher cloud."""
    weight, decay = level
    clouds = np.concatenate([_clouds(len(part), decay, rng) for part in np.array_split(x, -(-len(x) // AT_ONCE))])
    peak = x.max(axis=(1, 2), keepdims=True)
    return np.clip((x + weight * clouds) * peak / (peak + weight), 0, 1)


def _clouds(count: int, decay: float, rng: np.random.Generator) -> np.ndarray:
    """Fractals (count, 28, 28) from 0 to 1, by the diamond-square algorithm on a periodic field."""
    field = np.zeros((count, CLOUD, CLOUD))
    step, rough = CLOUD, 1.0
    while step > 1:
        half = step // 2
        corners = field[:, ::step, ::step]
        right, down = np.roll(corners, -1, axis=2), np.roll(corners, -1, axis=1)
        centers = _between(corners, right, down, np.roll(right, -1, axis=1), rough, rng)
        field[:, half::step, half::step] = centers
        field[:, ::step, half::step] = _between(corners, right, centers, np.roll(centers, 1, axis=1), rough, rng)
        field[:, half::step, ::step] = _between(corners, down, centers, np.roll(centers, 1, axis=2), rough, rng)
        step, rough = half, rough / decay
    field -= field.min(axis=(1, 2), keepdims=True)
    return (field / field.max(axis=(1, 2), keepdims=True))[:, :FIELD, :FIELD]


def _between(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray, rough: float, rng: np.random.Generator
) -> np.ndarray:
    return (a + b + c + d) / 4 + rng.uniform(-rough, rough, a.shape)


def spatter(x: np.ndarray, level: tuple[float, float, float, float, float], rng: np.random.Generator) -> np.ndarray:
    """Draw mud on pixels at which blurred noise exceeds a threshold.

    `level`: mean and deviation of the noise, sigma of its blur in pixels, the threshold, sigma of the edges' blur.
    """
    mean, deviation, size, threshold, edge = level
    noise = rng.normal(mean, deviation, x.shape)
    wet = ndimage.gaussian_filter(noise, (0, size, size), mode="nearest") > threshold
    mud = ndimage.gaussian_filter(wet.astype(np.float64), (0, edge, edge), mode="nearest")
    mud[mud < 0.8] = 0
    return x * (1 - mud) + MUD * mud


def dotted_line(x: np.ndarray, level: None, rng: np.random.Generator) -> np.ndarray:
    """Draw a straight line from the left edge to the right; of every four columns, it is drawn in two."""
    start, end = rng.integers(0, FIELD - 1, (2, len(x)))
    lines = np.stack([_line((0, left), (FIELD - 1, right)) for left, right in zip(start, end, strict=True)])
    lines[:, :, np.arange(FIELD) // 2 % 2 == 0] = 0
    return np.clip(x + lines, 0, 1)


def zigzag(x: np.ndarray, level: None, rng: np.random.Generator) -> np.ndarray:
    """Draw a zigzag line from the left edge to the right, which rises or falls by up to five pixels on the way."""
    drawn = x.copy()
    for image in drawn:
        start = rng.integers(0, FIELD - 1)
        angle = np.arctan(rng.integers(-5, 5) / (FIELD - 5))
        along = np.arange(0, (FIELD - 5) / np.cos(angle), TOOTH)
        aside = TOOTH * np.sin(np.pi / 2 * np.arange(len(along)))  # 0, 1, 0, -1, …
        columns = 2 + along * np.cos(angle) - aside * np.sin(angle)
        rows = start + along * np.sin(angle) + aside * np.cos(angle)
        for first, second in pairwise(zip(columns, rows, strict=True)):
            image += _line(first, second)
        np.clip(image, 0, 1, out=image)
    return drawn


def _line(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """A line (28, 28) from `start` to `end`, both (column, row), which fades logarithmically towards its sides."""
    column, row = np.arange(FIELD), np.arange(FIELD)[:, None]
    if start[0] == end[0]:
        return np.zeros((FIELD, FIELD))
    middle = start[1] + (end[1] - start[1]) / (end[0] - start[0]) * (column - start[0])
    faded = np.clip(np.abs(row - middle), 0, REACH - 1e-10) / REACH
    line = np.clip(1 + np.log(1 - faded), 0, 1)
    return np.where((column >= np.floor(start[0])) & (column < np.ceil(end[0])), line, 0)
