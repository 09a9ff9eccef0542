"""Corruptions of digits: the fifteen of MNIST-C, which are reported, and seven others, by which augmentation is chosen.

The list and the published severities are those of MNIST-C (Mu and Gilmer 2019, "MNIST-C: A Robustness Benchmark for
Computer Vision"), the levels those of its code or of Hendrycks and Dietterich (2019, "Benchmarking Neural Network
Robustness to Common Corruptions and Perturbations"). The images differ from MNIST-C's own, which were made with other
random numbers and another image library.

Every corruption takes images (n, 28, 28) float64, 0 background to 1 ink, a level and a generator, and returns images of
the same shape; `corrupted` clips them to the range. A new one needs a function and a line in CORRUPTIONS.
"""

import io
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from PIL import Image
from scipy import ndimage
from skimage.feature import canny

from digits.data import IMAGE_SHAPE

FIELD = IMAGE_SHAPE[0]  # width and height of an image in pixels


class Corruption(NamedTuple):
    """`apply(images, level, rng)` corrupts; `levels` holds the level of each severity, from 1, the mildest.

    `published` is the severity that MNIST-C uses, 0 for a corruption that it does not have.
    """

    apply: Callable[[np.ndarray, Any, Generator], np.ndarray]
    levels: tuple
    published: int = 0


def corrupted(images: np.ndarray, table: dict[str, Corruption], name: str, seed: int) -> np.ndarray:
    """`images` (n, 28, 28) uint8 under corruption `name` of `table`, at each severity: (severities, n, 28, 28)."""
    sets = []
    for severity, level in enumerate(table[name].levels, start=1):
        rng = np.random.default_rng([seed, list(table).index(name), severity])
        sets.append(as_bytes(table[name].apply(images / 255, level, rng)))
    return np.stack(sets)


def as_bytes(x: np.ndarray) -> np.ndarray:
    """Images from 0 to 1 as uint8; what exceeds the range is clipped."""
    return np.rint(255 * np.clip(x, 0, 1)).astype(np.uint8)


def glass_blur(x: np.ndarray, level: tuple[float, int, int], rng: Generator) -> np.ndarray:
    """Blur, swap pixels up to `reach` pixels apart, `times` times, and blur again, by Gaussians of `sigma` pixels."""
    sigma, reach, times = level
    mixed = _blurred(x, sigma)
    image = np.arange(len(x))
    for row, column in [*np.ndindex(FIELD - 2 * reach, FIELD - 2 * reach)][::-1] * times:
        row, column = row + reach, column + reach
        other_row, other_column = (place + rng.integers(-reach, reach, len(x)) for place in (row, column))
        change = rng.random(len(x)) < 0.5
        here, there = mixed[:, row, column].copy(), mixed[image, other_row, other_column]
        mixed[change, row, column] = there[change]
        mixed[image[change], other_row[change], other_column[change]] = here[change]
    return _blurred(mixed, sigma)


def motion_blur(x: np.ndarray, level: tuple[int, int], rng: Generator) -> np.ndarray:
    """Average 2 * `radius` + 1 pixels along a line within 45 degrees of the horizontal, fading with `sigma` pixels."""
    radius, sigma = level
    angle = np.deg2rad(rng.uniform(-45, 45, (len(x), 1, 1)))
    steps = np.arange(2 * radius + 1)
    weights = np.exp(-(steps**2) / (2 * sigma**2))
    rows, columns = np.mgrid[:FIELD, :FIELD]
    blurred = np.zeros_like(x)
    for step, weight in zip(steps, weights / weights.sum(), strict=True):
        from_row, from_column = (
            np.rint(axis + step * part).astype(int) for axis, part in ((rows, np.sin(angle)), (columns, np.cos(angle)))
        )
        inside = np.clip(from_row, 0, FIELD - 1), np.clip(from_column, 0, FIELD - 1)
        blurred += weight * x[np.arange(len(x))[:, None, None], *inside]
    return blurred


def shear(x: np.ndarray, slant: float, rng: Generator) -> np.ndarray:
    """Shear by `slant` radians, to the left or to the right at random."""
    return _mapped(x, [[[1, 0], [side * np.sin(slant), np.cos(slant)]] for side in _sides(x, rng)])


def scale(x: np.ndarray, size: float, rng: Generator) -> np.ndarray:
    """Scale by the factor `size`."""
    return _mapped(x, [np.eye(2) / size] * len(x))


def rotate(x: np.ndarray, turn: float, rng: Generator) -> np.ndarray:
    """Rotate by `turn` radians, clockwise or counterclockwise at random."""
    sine, cosine = np.sin(turn), np.cos(turn)
    return _mapped(x, [[[cosine, side * sine], [-side * sine, cosine]] for side in _sides(x, rng)])


def translate(x: np.ndarray, pixels: int, rng: Generator) -> np.ndarray:
    """Shift by `pixels` up or down and by as many left or right."""
    moves = pixels * np.stack([_sides(x, rng), _sides(x, rng)], axis=1)
    return np.stack([ndimage.shift(image, move, order=0) for image, move in zip(x, moves, strict=True)])


def stripe(x: np.ndarray, level: None, rng: Generator) -> np.ndarray:
    """Invert the seven outer columns on either side."""
    return np.where((np.arange(FIELD) < 7) | (np.arange(FIELD) >= FIELD - 7), 1 - x, x)


def fog(x: np.ndarray, level: tuple[float, float], rng: Generator) -> np.ndarray:
    """Add a cloud. `level`: its brightness relative to ink, and its decay; a smaller decay gives a rougher cloud."""
    weight, decay = level
    parts = np.array_split(x, -(-len(x) // 100))  # at most 100 clouds in memory at a time
    clouds = np.concatenate([_clouds(len(part), decay, rng) for part in parts])
    peak = x.max(axis=(1, 2), keepdims=True)
    return (x + weight * clouds) * peak / (peak + weight)


def spatter(x: np.ndarray, level: tuple[float, float, float, float, float], rng: Generator) -> np.ndarray:
    """Draw mud on pixels at which blurred noise exceeds a threshold.

    `level`: mean and deviation of the noise, sigma of its blur in pixels, the threshold, sigma of the edges' blur.
    """
    mean, deviation, size, threshold, edge = level
    mud = _blurred((_blurred(rng.normal(mean, deviation, x.shape), size) > threshold).astype(np.float64), edge)
    mud[mud < 0.8] = 0
    return x * (1 - mud) + 63 / 255 * mud  # the gray level of mud


def dotted_line(x: np.ndarray, level: None, rng: Generator) -> np.ndarray:
    """Draw a straight line from the left edge to the right; of every four columns, it is drawn in two."""
    start, end = rng.integers(0, FIELD - 1, (2, len(x)))
    lines = np.stack([_line((0, left), (FIELD - 1, right)) for left, right in zip(start, end, strict=True)])
    lines[:, :, np.arange(FIELD) // 2 % 2 == 0] = 0
    return x + lines


def zigzag(x: np.ndarray, level: None, rng: Generator) -> np.ndarray:
    """Draw a zigzag line from the left edge to the right, which rises or falls by up to five pixels on the way."""
    tooth = 2.0  # length of a step and height of a tooth, in pixels
    drawn = x.copy()
    for image in drawn:
        start = rng.integers(0, FIELD - 1)
        angle = np.arctan(rng.integers(-5, 5) / (FIELD - 5))
        along = np.arange(0, (FIELD - 5) / np.cos(angle), tooth)
        aside = tooth * np.sin(np.pi / 2 * np.arange(len(along)))  # 0, 1, 0, -1, …
        columns = 2 + along * np.cos(angle) - aside * np.sin(angle)
        rows = start + along * np.sin(angle) + aside * np.cos(angle)
        for first, second in pairwise(zip(columns, rows, strict=True)):
            image += _line(first, second)
    return drawn


def canny_edges(x: np.ndarray, level: None, rng: Generator) -> np.ndarray:
    """Keep only the edges (Canny 1986)."""
    return np.stack([canny(image) for image in x]).astype(np.float64)


def defocus_blur(x: np.ndarray, level: tuple[float, float], rng: Generator) -> np.ndarray:
    """Convolve with a disk; `level` is its radius and the sigma that smooths its edge, in pixels."""
    radius, smooth = level
    reach = np.arange(-3, 4)
    disk = (reach**2 + reach[:, None] ** 2 <= radius**2).astype(np.float64)
    disk = ndimage.gaussian_filter(disk / disk.sum(), smooth, radius=1)
    return ndimage.convolve(x, disk[np.newaxis], mode="nearest")


def contrast(x: np.ndarray, factor: float, rng: Generator) -> np.ndarray:
    """Move every pixel towards the mean of its image."""
    mean = x.mean(axis=(1, 2), keepdims=True)
    return (x - mean) * factor + mean


def pixelate(x: np.ndarray, factor: float, rng: Generator) -> np.ndarray:
    """Shrink to this share of width and height, and enlarge again without smoothing."""
    small = (int(FIELD * factor),) * 2
    return _by_pillow(x, lambda image: image.resize(small, Image.Resampling.BOX).resize((FIELD, FIELD), 0))


def jpeg(x: np.ndarray, quality: int, rng: Generator) -> np.ndarray:
    """Save and load as JPEG of this quality."""

    def saved(image: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        return Image.open(buffer)

    return _by_pillow(x, saved)


def elastic(x: np.ndarray, level: tuple[float, float], rng: Generator) -> np.ndarray:
    """Move pixels by noise up to `level[0]` pixels, smoothed by a Gaussian of sigma `level[1]` pixels."""
    reach, sigma = level
    noise = ndimage.gaussian_filter(rng.uniform(-1, 1, (2, *x.shape)), (0, 0, sigma, sigma), mode="reflect", truncate=3)
    grid = np.mgrid[:FIELD, :FIELD]
    moves = (grid + reach * noise[:, position] for position in range(len(x)))
    moved = [ndimage.map_coordinates(*pair, order=1, mode="reflect") for pair in zip(x, moves, strict=True)]
    return np.stack(moved)


def _blurred(x: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter(x, (0, sigma, sigma), mode="nearest")


def _sides(x: np.ndarray, rng: Generator) -> np.ndarray:
    """-1 or 1 for each image."""
    return rng.choice([-1, 1], len(x))


def _mapped(x: np.ndarray, matrices: list) -> np.ndarray:
    """Each image resampled by its 2x2 matrix, which maps output to input coordinates around the middle."""
    middle = np.full(2, (FIELD - 1) / 2)
    pairs = zip(x, np.asarray(matrices), strict=True)
    return np.stack(
        [ndimage.affine_transform(image, matrix, middle - matrix @ middle, order=1) for image, matrix in pairs]
    )


def _clouds(count: int, decay: float, rng: Generator) -> np.ndarray:
    """Plasma fractals (Fournier, Fussell and Carpenter 1982), (count, 28, 28) from 0 to 1, on a periodic field."""

    def between(*neighbors: np.ndarray) -> np.ndarray:
        return sum(neighbors) / 4 + rng.uniform(-rough, rough, neighbors[0].shape)

    step, rough = 256, 1.0
    field = np.zeros((count, step, step))
    while step > 1:
        half = step // 2
        corners = field[:, ::step, ::step]
        right, down = np.roll(corners, -1, axis=2), np.roll(corners, -1, axis=1)
        centers = between(corners, right, down, np.roll(right, -1, axis=1))
        field[:, half::step, half::step] = centers
        field[:, ::step, half::step] = between(corners, right, centers, np.roll(centers, 1, axis=1))
        field[:, half::step, ::step] = between(corners, down, centers, np.roll(centers, 1, axis=2))
        step, rough = half, rough / decay
    field -= field.min(axis=(1, 2), keepdims=True)
    return (field / field.max(axis=(1, 2), keepdims=True))[:, :FIELD, :FIELD]


def _line(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """A line (28, 28) from `start` to `end`, both (column, row), which fades logarithmically towards its sides."""
    column, row = np.arange(FIELD), np.arange(FIELD)[:, None]
    if start[0] == end[0]:
        return np.zeros((FIELD, FIELD))
    middle = start[1] + (end[1] - start[1]) / (end[0] - start[0]) * (column - start[0])
    reach = 2.3  # half the width of the line with its faded sides, in pixels
    faded = np.clip(np.abs(row - middle), 0, reach - 1e-10) / reach
    line = np.clip(1 + np.log(1 - faded), 0, 1)
    return np.where((column >= np.floor(start[0])) & (column < np.ceil(end[0])), line, 0)


def _by_pillow(x: np.ndarray, change: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    return np.stack([np.asarray(change(Image.fromarray(image))) for image in as_bytes(x)]) / 255


CORRUPTIONS = {  # those that are reported
    # Poisson noise of a camera that counts so many photons at full brightness.
    "shot_noise": Corruption(lambda x, photons, rng: rng.poisson(x * photons) / photons, (60, 25, 12, 5, 3), 5),
    # This share of the pixels becomes 0 or 1.
    "impulse_noise": Corruption(
        lambda x, share, rng: np.where(rng.random(x.shape) < share, rng.integers(0, 2, x.shape), x),
        (0.03, 0.06, 0.09, 0.17, 0.27),
        4,
    ),
    "glass_blur": Corruption(glass_blur, ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2)), 1),
    "motion_blur": Corruption(motion_blur, ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)), 1),
    "shear": Corruption(shear, (0.2, 0.4, 0.6, 0.8, 1.0), 2),
    "scale": Corruption(scale, (0.9, 0.8, 0.7, 0.6, 0.5), 3),
    "rotate": Corruption(rotate, (0.2, 0.4, 0.6, 0.8, 1.0), 2),
    "brightness": Corruption(lambda x, light, _: x + light, (0.1, 0.2, 0.3, 0.4, 0.5), 5),
    "translate": Corruption(translate, (1, 2, 3, 4, 5), 3),
    "stripe": Corruption(stripe, (None,), 1),
    "fog": Corruption(fog, ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)), 5),
    "spatter": Corruption(
        spatter,
        (
            (0.65, 0.3, 4, 0.69, 0.6),
            (0.65, 0.3, 3, 0.68, 0.6),
            (0.65, 0.3, 2, 0.68, 0.5),
            (0.65, 0.3, 1, 0.65, 1.5),
            (0.67, 0.4, 1, 0.65, 1.5),
        ),
        4,
    ),
    "dotted_line": Corruption(dotted_line, (None,), 1),
    "zigzag": Corruption(zigzag, (None,), 1),
    "canny_edges": Corruption(canny_edges, (None,), 1),
}
# For choices: at the severities 1, 3 and 5 of ImageNet-C, or where pixels are the unit of CIFAR-10-C, whose images are
# about as small.
VALIDATION_CORRUPTIONS = {
    # Noise of this standard deviation; for speckle noise it is relative to the brightness of the pixel.
    "gaussian_noise": Corruption(lambda x, deviation, rng: x + rng.normal(0, deviation, x.shape), (0.08, 0.18, 0.38)),
    "speckle_noise": Corruption(lambda x, deviation, rng: x + x * rng.normal(0, deviation, x.shape), (0.15, 0.35, 0.6)),
    "defocus_blur": Corruption(defocus_blur, ((0.3, 0.4), (0.5, 0.6), (1.5, 0.1))),
    "contrast": Corruption(contrast, (0.4, 0.2, 0.05)),
    "pixelate": Corruption(pixelate, (0.95, 0.85, 0.65)),
    "jpeg": Corruption(jpeg, (25, 15, 7)),
    "elastic": Corruption(elastic, ((1.4, 5.6), (2.24, 1.68), (2.8, 0.84))),
}
