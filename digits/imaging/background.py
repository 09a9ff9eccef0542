"""Estimates the brightness of the paper at each pixel of a photo, uniform or with a gradient of light."""

import numpy as np
from PIL import Image

UNIFORM_SPREAD = 0.1  # relative spread of the paper's brightness up to which it counts as uniform
SMALL = 128  # pixels of the longer side of the picture in which a gradient is estimated
BLUR = 8  # standard deviation of the local average of brightness, in those pixels
ROUNDS = 8  # of fitting the surface and excluding outliers


def downscale(light: np.ndarray) -> np.ndarray:
    """`light` (h, w) float32 with at most SMALL pixels on its longer side."""
    height, width = light.shape
    scale = min(1, SMALL / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(light).resize(size, Image.Resampling.BOX))


def uniform_brightness(light: np.ndarray) -> float | None:
    """The brightness of the paper if it is uniform, else None."""
    bright = light[light >= (light.min() + light.max()) / 2]
    low, high = np.percentile(bright, [5, 95])
    return float(np.median(bright)) if high - low <= UNIFORM_SPREAD * high else None


def local_brightness(small: np.ndarray, surface: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The brightness of the paper at each pixel of the full picture of `shape`: (h, w) float32.

    `surface`, fitted to the downscaled picture `small`, is corrected by the average deviation of nearby pixels without
    ink.
    """
    from scipy import ndimage  # slow to import, and only photos with uneven light need it

    relative = small / np.maximum(surface, 1) - 1
    blank = (np.abs(relative) < 4 * robust_std(relative) + 0.02).astype(np.float32)
    weight = ndimage.gaussian_filter(blank, BLUR)
    local = 1 + ndimage.gaussian_filter(relative * blank, BLUR) / np.maximum(weight, 0.05)
    paper = Image.fromarray((surface * local).astype(np.float32))
    return np.asarray(paper.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def fit_surface(small: np.ndarray) -> np.ndarray:
    """A quadratic surface fitted to the brightness of the paper in `small` (h, w): (h, w) float32.

    Ink is excluded as outliers, in several rounds of least squares.
    """
    height, width = small.shape
    y, x = (axis.reshape(-1) for axis in np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j])
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    values, kept = small.reshape(-1), np.ones(small.size, bool)
    for _ in range(ROUNDS):
        basis = terms[kept]
        fit = terms @ np.linalg.lstsq(basis.T @ basis, basis.T @ values[kept], rcond=None)[0]
        residuals = values - fit
        kept = np.abs(residuals) < 2.5 * robust_std(residuals)
    return fit.reshape(small.shape).astype(np.float32)


def robust_std(values: np.ndarray) -> float:
    """The standard deviation estimated from the median absolute deviation, which outliers hardly change."""
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) + 1e-6
