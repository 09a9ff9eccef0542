"""The fifteen corruptions of MNIST-C, written afresh: what a reader meets outside of a clean dataset.

The list and its published severities are those of Mu and Gilmer (2019), "MNIST-C: A Robustness Benchmark for Computer
Vision"; the five levels of each constant those of Hendrycks and Dietterich (2019), "Benchmarking Neural Network
Robustness to Common Corruptions and Perturbations", where it has one, and of MNIST-C's own code otherwise. The images
are not those of MNIST-C, whose random numbers and image library were others: the style is.

Every function takes images (n, 28, 28) float64 from 0 to 1 and a seeded generator, and gives the same form. What is
drawn over a digit is known to `overlays`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage
from skimage.feature import canny

from digits import overlays
from digits.images import FIELD

MIDDLE = (FIELD - 1) / 2
STRIPE = 7  # columns on either side


@dataclass(frozen=True)
class Corruption:
    """`apply(images, level, rng)`, its `levels` from mild to strong, and which of them, from 1, MNIST-C `published`."""

    apply: Callable[[np.ndarray, Any, np.random.Generator], np.ndarray]
    levels: tuple
    published: int


def shot_noise(x: np.ndarray, photons: int, rng: np.random.Generator) -> np.ndarray:
    """Too little light: so many `photons` at full brightness."""
    return np.clip(rng.poisson(x * photons) / photons, 0, 1)


def impulse_noise(x: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A `share` of the pixels is black or white."""
    return np.where(rng.random(x.shape) < share, rng.integers(0, 2, x.shape), x)


def glass_blur(x: np.ndarray, level: tuple[float, int, int], rng: np.random.Generator) -> np.ndarray:
    """Pixels change places within `reach`, `times` over, between two blurs of `sigma`."""
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


def motion_blur(x: np.ndarray, level: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The camera moved along a line, up to 45 degrees from the horizontal, leaving a trace that fades with `sigma`."""
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


def shear(x: np.ndarray, slant: float, rng: np.random.Generator) -> np.ndarray:
    """Slanted to either side, `slant` in radians."""
    return _mapped(x, [[[1, 0], [side * np.sin(slant), np.cos(slant)]] for side in _sides(x, rng)])


def scale(x: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    """As small as `size`."""
    return _mapped(x, [np.eye(2) / size] * len(x))


def rotate(x: np.ndarray, turn: float, rng: np.random.Generator) -> np.ndarray:
    """Turned to either side by `turn` radians."""
    sine, cosine = np.sin(turn), np.cos(turn)
    return _mapped(x, [[[cosine, side * sine], [-side * sine, cosine]] for side in _sides(x, rng)])


def brightness(x: np.ndarray, light: float, rng: np.random.Generator) -> np.ndarray:
    """Everything brighter by `light`."""
    return np.clip(x + light, 0, 1)


def translate(x: np.ndarray, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """Moved by `pixels` down or up, and as many to either side."""
    moves = pixels * np.stack([_sides(x, rng), _sides(x, rng)], axis=1)
    return np.stack([ndimage.shift(image, move, order=0) for image, move in zip(x, moves, strict=True)])


def stripe(x: np.ndarray, level: None, rng: np.random.Generator) -> np.ndarray:
    """The outer columns inverted."""
    outer = np.r_[:STRIPE, FIELD - STRIPE : FIELD]
    striped = x.copy()
    striped[:, :, outer] = 1 - x[:, :, outer]
    return striped


def canny_edges(x: np.ndarray, level: None, rng: np.random.Generator) -> np.ndarray:
    """Outlines alone (Canny 1986)."""
    return np.stack([canny(image) for image in x]).astype(np.float64)


def _blurred(x: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter(x, (0, sigma, sigma), mode="nearest")


def _sides(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """-1 or 1 for each image."""
    return rng.choice([-1, 1], len(x))


def _mapped(x: np.ndarray, matrices: list) -> np.ndarray:
    """Each image through its matrix, from where a pixel is to where it comes from, the middle kept in place."""
    middle = np.full(2, MIDDLE)
    pairs = zip(x, map(np.asarray, matrices), strict=True)
    return np.stack([ndimage.affine_transform(it, matrix, middle - matrix @ middle, order=1) for it, matrix in pairs])


CORRUPTIONS = {
    "shot_noise": Corruption(shot_noise, (60, 25, 12, 5, 3), 5),
    "impulse_noise": Corruption(impulse_noise, (0.03, 0.06, 0.09, 0.17, 0.27), 4),
    "glass_blur": Corruption(glass_blur, ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2)), 1),
    "motion_blur": Corruption(motion_blur, ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)), 1),
    "shear": Corruption(shear, (0.2, 0.4, 0.6, 0.8, 1.0), 2),
    "scale": Corruption(scale, (0.9, 0.8, 0.7, 0.6, 0.5), 3),
    "rotate": Corruption(rotate, (0.2, 0.4, 0.6, 0.8, 1.0), 2),
    "brightness": Corruption(brightness, (0.1, 0.2, 0.3, 0.4, 0.5), 5),
    "translate": Corruption(translate, (1, 2, 3, 4, 5), 3),
    "stripe": Corruption(stripe, (None,), 1),
    "fog": Corruption(overlays.fog, ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)), 5),
    "spatter": Corruption(
        overlays.spatter,
        (
            (0.65, 0.3, 4, 0.69, 0.6),
            (0.65, 0.3, 3, 0.68, 0.6),
            (0.65, 0.3, 2, 0.68, 0.5),
            (0.65, 0.3, 1, 0.65, 1.5),
            (0.67, 0.4, 1, 0.65, 1.5),
        ),
        4,
    ),
    "dotted_line": Corruption(overlays.dotted_line, (None,), 1),
    "zigzag": Corruption(overlays.zigzag, (None,), 1),
    "canny_edges": Corruption(canny_edges, (None,), 1),
}


def corrupted(images: np.ndarray, name: str, severity: int, seed: int) -> np.ndarray:
    """`images` (n, 28, 28) uint8 under `name` at `severity`, from 1, in the same form; the same for the same `seed`."""
    corruption = CORRUPTIONS[name]
    rng = np.random.default_rng([seed, list(CORRUPTIONS).index(name), severity])
    changed = corruption.apply(images / 255, corruption.levels[severity - 1], rng)
    return np.rint(255 * np.clip(changed, 0, 1)).astype(np.uint8)
