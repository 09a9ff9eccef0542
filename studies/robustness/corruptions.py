"""The fifteen corruptions of MNIST-C, reimplemented.

The list and the published severities are from Mu and Gilmer (2019), "MNIST-C: A Robustness Benchmark for Computer
Vision". The levels are from Hendrycks and Dietterich (2019), "Benchmarking Neural Network Robustness to Common
Corruptions and Perturbations", or from MNIST-C's code. The images differ from MNIST-C's own, which were made with other
random numbers and another image library.

Every corruption takes images (n, 28, 28) float64, 0 background to 1 ink, a level and a generator, and returns images of
the same shape and range. Those that move a digit are in `geometry`, those that cover it in `overlays`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage
from skimage.feature import canny

from digits.imaging.mnist_format import FIELD
from studies.robustness import geometry, overlays

STRIPE = 7  # columns inverted at the left edge, and as many at the right


@dataclass(frozen=True)
class Corruption:
    """A corruption and its strengths.

    `apply(images, level, rng)` corrupts; `levels` holds the level of each severity, from 1, the mildest; `published` is
    the severity that MNIST-C uses, 0 for a corruption that it does not have.
    """

    apply: Callable[[np.ndarray, Any, np.random.Generator], np.ndarray]
    levels: tuple
    published: int = 0


def shot_noise(x: np.ndarray, photons: int, rng: np.random.Generator) -> np.ndarray:
    """Poisson noise of a camera that counts `photons` photons at full brightness."""
    return np.clip(rng.poisson(x * photons) / photons, 0, 1)


def impulse_noise(x: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Set each pixel to 0 or 1 with probability `share`."""
    return np.where(rng.random(x.shape) < share, rng.integers(0, 2, x.shape), x)


def glass_blur(x: np.ndarray, level: tuple[float, int, int], rng: np.random.Generator) -> np.ndarray:
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


def motion_blur(x: np.ndarray, level: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
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


def brightness(x: np.ndarray, light: float, rng: np.random.Generator) -> np.ndarray:
    """Add `light` to all pixels."""
    return np.clip(x + light, 0, 1)


def stripe(x: np.ndarray, level: None, rng: np.random.Generator) -> np.ndarray:
    """Invert the STRIPE outer columns on either side."""
    outer = np.r_[:STRIPE, FIELD - STRIPE : FIELD]
    striped = x.copy()
    striped[:, :, outer] = 1 - x[:, :, outer]
    return striped


def canny_edges(x: np.ndarray, level: None, rng: np.random.Generator) -> np.ndarray:
    """Keep only the edges (Canny 1986)."""
    return np.stack([canny(image) for image in x]).astype(np.float64)


def _blurred(x: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter(x, (0, sigma, sigma), mode="nearest")


CORRUPTIONS = {
    "shot_noise": Corruption(shot_noise, (60, 25, 12, 5, 3), 5),
    "impulse_noise": Corruption(impulse_noise, (0.03, 0.06, 0.09, 0.17, 0.27), 4),
    "glass_blur": Corruption(glass_blur, ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2)), 1),
    "motion_blur": Corruption(motion_blur, ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)), 1),
    "shear": Corruption(geometry.shear, (0.2, 0.4, 0.6, 0.8, 1.0), 2),
    "scale": Corruption(geometry.scale, (0.9, 0.8, 0.7, 0.6, 0.5), 3),
    "rotate": Corruption(geometry.rotate, (0.2, 0.4, 0.6, 0.8, 1.0), 2),
    "brightness": Corruption(brightness, (0.1, 0.2, 0.3, 0.4, 0.5), 5),
    "translate": Corruption(geometry.translate, (1, 2, 3, 4, 5), 3),
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


def corrupted(images: np.ndarray, table: dict[str, Corruption], name: str, seed: int) -> np.ndarray:
    """`images` (n, 28, 28) uint8 under corruption `name` of `table`, at each severity: (severities, n, 28, 28) uint8.

    The `seed` fixes the result.
    """
    sets = []
    for severity, level in enumerate(table[name].levels, start=1):
        rng = np.random.default_rng([seed, list(table).index(name), severity])
        changed = table[name].apply(images / 255, level, rng)
        sets.append(np.rint(255 * np.clip(changed, 0, 1)).astype(np.uint8))
    return np.stack(sets)
