"""How bright the paper is behind the ink of a photo: the same everywhere, or as the light falls.

Knows light. What stands out from the paper is known to `ink`.
"""

import numpy as np
from PIL import Image

EVEN = 0.1  # spread of the paper's brightness up to which it is lit evenly
SMALL = 128  # pixels of the longer side of the picture in which uneven light is measured
BLUR = 8  # of those pixels, over which the brightness is averaged


def reduced(light: np.ndarray) -> np.ndarray:
    """`light` with SMALL pixels on its longer side, or as it is where it is smaller."""
    height, width = light.shape
    scale = min(1, SMALL / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(light).resize(size, Image.Resampling.BOX))


def even(light: np.ndarray) -> float | None:
    """The brightness of the paper, where it is the same everywhere."""
    bright = light[light >= (light.min() + light.max()) / 2]
    low, high = np.percentile(bright, [5, 95])
    return float(np.median(bright)) if high - low <= EVEN * high else None


def uneven(small: np.ndarray, surface: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The brightness of the paper at each pixel of a picture of `shape`: as measured near it, where there is
    no ink, on the `surface` that `trend` gave for it."""
    from scipy import ndimage

    relative = small / np.maximum(surface, 1) - 1
    blank = (np.abs(relative) < 4 * deviation(relative) + 0.02).astype(np.float32)
    weight = ndimage.gaussian_filter(blank, BLUR)
    local = 1 + ndimage.gaussian_filter(relative * blank, BLUR) / np.maximum(weight, 0.05)
    paper = Image.fromarray((surface * local).astype(np.float32))
    return np.asarray(paper.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def trend(small: np.ndarray) -> np.ndarray:
    """The surface of second degree through the paper of `small`: ink, which is far from it, is left out bit by bit."""
    height, width = small.shape
    y, x = (axis.reshape(-1) for axis in np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j])
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    values, kept = small.reshape(-1), np.ones(small.size, bool)
    for _ in range(8):
        basis = terms[kept]
        fit = terms @ np.linalg.lstsq(basis.T @ basis, basis.T @ values[kept], rcond=None)[0]
        rest = values - fit
        kept = np.abs(rest) < 2.5 * deviation(rest)
    return fit.reshape(small.shape).astype(np.float32)


def deviation(values: np.ndarray) -> float:
    """The standard deviation, from the median distance to the median, which a few strange values do not move."""
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) + 1e-6
