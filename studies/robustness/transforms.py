"""Gradual transforms of digits, for curves of accuracy: rotation, shift, scale, stroke width, contrast, noise.

The amounts of each transform include the one that changes nothing: 0, or a factor of 1. Images are (n, 28, 28) float64,
0 background to 1 ink.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from studies.robustness import geometry


@dataclass(frozen=True)
class Transform:
    """`apply(images, amount, rng)` transforms; accuracy is measured at each of `amounts`, in `unit`."""

    apply: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
    amounts: tuple[float, ...]
    unit: str


def _rotate(x: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    return ndimage.rotate(x, degrees, axes=(1, 2), reshape=False, order=1)


def _shift(x: np.ndarray, pixels: float, rng: np.random.Generator) -> np.ndarray:
    return ndimage.shift(x, (0, 0, pixels), order=1)


def _stroke(x: np.ndarray, pixels: float, rng: np.random.Generator) -> np.ndarray:
    """Widen strokes by `pixels`, or thin them if negative; fractions interpolate between the nearest two widths."""
    steps = int(np.floor(abs(pixels)))
    widen = ndimage.grey_dilation if pixels > 0 else ndimage.grey_erosion
    sizes = [x if it == 0 else widen(x, size=(1, it + 1, it + 1)) for it in (steps, steps + 1)]
    share = abs(pixels) - steps
    return (1 - share) * sizes[0] + share * sizes[1]


def _contrast(x: np.ndarray, contrast: float, rng: np.random.Generator) -> np.ndarray:
    return contrast * x


def _noise(x: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    return np.clip(x + rng.normal(0, deviation, x.shape), 0, 1)


TRANSFORMS = {
    "rotation": Transform(_rotate, (-60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60), "degrees"),
    "shift": Transform(_shift, (-6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6), "pixels"),
    "scale": Transform(geometry.scale, (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3), "times"),
    "stroke": Transform(_stroke, (-1.5, -1, -0.5, 0, 0.5, 1, 2, 3), "pixels"),
    "contrast": Transform(_contrast, (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0), "times"),
    "noise": Transform(_noise, (0.0, 0.1, 0.2, 0.3, 0.4, 0.6), "standard deviation"),
}


def transformed(images: np.ndarray, name: str, amount: float, seed: int) -> np.ndarray:
    """`images` (n, 28, 28) uint8 after transform `name` by `amount`, (n, 28, 28) uint8; the `seed` fixes the result."""
    rng = np.random.default_rng([seed, list(TRANSFORMS).index(name)])
    return np.rint(255 * np.clip(TRANSFORMS[name].apply(images / 255, amount, rng), 0, 1)).astype(np.uint8)
