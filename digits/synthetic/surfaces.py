"""What makes a sheet, its light or the table uneven: gradients, shadows, folds, rulings, wood. Seeded.

Each is a map (h, w) of brightness, relative to even light or plain paper.
"""

import numpy as np
from scipy import ndimage

HEIGHT, WIDTH = 360, 300  # of a photo, in pixels
RED_LINE = 0.36  # share of the light that the line down the margin absorbs


def gradient(rng: np.random.Generator, darkest: float) -> np.ndarray:
    """Light that falls to `darkest` from one side of the page to the other."""
    along = _distance(rng, 0.0)
    return 1 - (1 - darkest) * (along - along.min()) / np.ptp(along)


def shadow(rng: np.random.Generator, depth: float, softness: float = 2.0) -> np.ndarray:
    """A shadow with a straight edge through the page that takes the share `depth`; `softness` is in pixels."""
    covered = _distance(rng, rng.uniform(-0.35, 0.35)) > 0
    return 1 - depth * ndimage.gaussian_filter(covered.astype(np.float64), softness)


def _distance(rng: np.random.Generator, offset: float) -> np.ndarray:
    """The signed distance of each pixel from a line of random direction, `offset` from the middle; 1 is half a side."""
    angle = rng.uniform(0, 2 * np.pi)
    row, column = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    return np.cos(angle) * column + np.sin(angle) * row - offset


def crumpled(rng: np.random.Generator) -> np.ndarray:
    """Soft wrinkles."""
    folds = sum(np.abs(ndimage.gaussian_filter(rng.normal(size=(HEIGHT, WIDTH)), size)) * size for size in (12, 25))
    return 1 - 0.45 * folds / np.max(folds)


def creased(rng: np.random.Generator, facets: int = 20) -> np.ndarray:
    """Facets of different brightness between sharp folds: the cells nearest to each of `facets` random points."""
    row, column = np.mgrid[0:HEIGHT, 0:WIDTH]
    middles = rng.uniform(0, (HEIGHT, WIDTH), (facets, 2))
    distances = np.stack([np.hypot(row - down, column - along) for down, along in middles])
    nearest, second = np.partition(distances, 1, axis=0)[:2]
    return rng.uniform(0.6, 1, facets)[distances.argmin(axis=0)] * np.where(second - nearest < 3, 0.88, 1)


def ruled(rng: np.random.Generator, strength: float, squared: bool = False, margin: bool = False) -> np.ndarray:
    """Printed lines, or squares, that absorb the share `strength`; with `margin` a red line goes down the left."""
    pitch, first = rng.integers(26, 40), rng.integers(0, 26)
    printed = np.zeros((HEIGHT, WIDTH), bool)
    for start in range(first, HEIGHT, pitch):
        printed[start : start + 2] = True
        printed[:, start : start + 2] |= squared
    page = 1 - strength * printed
    if margin:
        left = rng.integers(20, 50)
        page[:, left : left + 3] *= 1 - RED_LINE
    return page


def wooden(rng: np.random.Generator, brightness: float, shape: tuple[int, int] = (HEIGHT, WIDTH)) -> np.ndarray:
    """A table of wood, with its grain."""
    grain = ndimage.gaussian_filter(rng.normal(size=shape), (1.5, 40))
    return brightness * (1 + 0.15 * grain / grain.std())
