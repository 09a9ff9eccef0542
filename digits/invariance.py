"""Digits changed by degrees: turned, moved, scaled, drawn with another pen, paler, noisier.

Knows the changes and the amounts at which a curve of accuracy is measured; the amount that changes nothing is among
them. Images are (n, 28, 28) float64 from 0 to 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from digits import corruptions


@dataclass(frozen=True)
class Change:
    """`apply(images, amount, rng)` and the `amounts`, in `unit`."""

    apply: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
    amounts: tuple[float, ...]
    unit: str


def _turned(x: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    return ndimage.rotate(x, degrees, axes=(1, 2), reshape=False, order=1)


def _moved(x: np.ndarray, pixels: float, rng: np.random.Generator) -> np.ndarray:
    return ndimage.shift(x, (0, 0, pixels), order=1)


def _drawn_with(x: np.ndarray, pixels: float, rng: np.random.Generator) -> np.ndarray:
    """With a pen wider by so many pixels: between two sizes, a mean of both."""
    steps = int(np.floor(abs(pixels)))
    widen = ndimage.grey_dilation if pixels > 0 else ndimage.grey_erosion
    sizes = [x if it == 0 else widen(x, size=(1, it + 1, it + 1)) for it in (steps, steps + 1)]
    share = abs(pixels) - steps
    return (1 - share) * sizes[0] + share * sizes[1]


def _paler(x: np.ndarray, contrast: float, rng: np.random.Generator) -> np.ndarray:
    return contrast * x


def _noisier(x: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    return np.clip(x + rng.normal(0, deviation, x.shape), 0, 1)


CHANGES = {
    "rotation": Change(_turned, (-60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60), "degrees"),
    "shift": Change(_moved, (-6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6), "pixels"),
    "scale": Change(corruptions.scale, (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3), "times"),
    "stroke": Change(_drawn_with, (-1.5, -1, -0.5, 0, 0.5, 1, 2, 3), "pixels"),
    "contrast": Change(_paler, (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0), "times"),
    "noise": Change(_noisier, (0.0, 0.1, 0.2, 0.3, 0.4, 0.6), "standard deviation"),
}


def changed(images: np.ndarray, name: str, amount: float, seed: int) -> np.ndarray:
    """`images` (n, 28, 28) uint8 after change `name` by `amount`: (n, 28, 28) uint8, the same for the same `seed`."""
    rng = np.random.default_rng([seed, list(CHANGES).index(name)])
    return np.rint(255 * np.clip(CHANGES[name].apply(images / 255, amount, rng), 0, 1)).astype(np.uint8)
