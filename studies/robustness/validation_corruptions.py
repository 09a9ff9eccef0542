"""Corruptions by which augmentation is chosen, on validation images; none of them is among the fifteen reported ones.

They are seven of Hendrycks and Dietterich (2019), "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations", at the severities 1, 3 and 5: those of ImageNet-C, or where pixels are the unit those of CIFAR-10-C,
whose images are about as small. Images are (n, 28, 28) float64, 0 background to 1 ink.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy import ndimage

from digits.imaging.mnist_format import FIELD
from studies.robustness.corruptions import Corruption


def gaussian_noise(x: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Add noise of this standard deviation."""
    return x + rng.normal(0, deviation, x.shape)


def speckle_noise(x: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Add noise of this standard deviation, times the brightness of the pixel."""
    return x + x * rng.normal(0, deviation, x.shape)


def defocus_blur(x: np.ndarray, level: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Convolve with a disk; `level` is its radius and the sigma that smooths its edge, in pixels."""
    radius, smooth = level
    reach = np.arange(-3, 4)
    disk = (reach**2 + reach[:, None] ** 2 <= radius**2).astype(np.float64)
    disk = ndimage.gaussian_filter(disk / disk.sum(), smooth, radius=1)
    return ndimage.convolve(x, disk[np.newaxis], mode="nearest")


def contrast(x: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Move every pixel towards the mean of its image."""
    mean = x.mean(axis=(1, 2), keepdims=True)
    return (x - mean) * factor + mean


def pixelate(x: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Shrink to this share of width and height, and enlarge again without smoothing."""
    small = (int(FIELD * factor),) * 2
    return _by_pillow(x, lambda image: image.resize(small, Image.Resampling.BOX).resize((FIELD, FIELD), 0))


def jpeg(x: np.ndarray, quality: int, rng: np.random.Generator) -> np.ndarray:
    """Save and load as JPEG of this quality."""

    def saved(image: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        return Image.open(buffer)

    return _by_pillow(x, saved)


def elastic(x: np.ndarray, level: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Move pixels by noise up to `level[0]` pixels, smoothed by a Gaussian of sigma `level[1]` pixels."""
    reach, sigma = level
    noise = ndimage.gaussian_filter(rng.uniform(-1, 1, (2, *x.shape)), (0, 0, sigma, sigma), mode="reflect", truncate=3)
    grid = np.mgrid[:FIELD, :FIELD]
    moved = [
        ndimage.map_coordinates(image, grid + reach * noise[:, place], order=1, mode="reflect")
        for place, image in enumerate(x)
    ]
    return np.stack(moved)


def _by_pillow(x: np.ndarray, change: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    images = np.rint(255 * x).astype(np.uint8)
    return np.stack([np.asarray(change(Image.fromarray(image))) for image in images]) / 255


CORRUPTIONS = {
    "gaussian_noise": Corruption(gaussian_noise, (0.08, 0.18, 0.38)),
    "speckle_noise": Corruption(speckle_noise, (0.15, 0.35, 0.6)),
    "defocus_blur": Corruption(defocus_blur, ((0.3, 0.4), (0.5, 0.6), (1.5, 0.1))),
    "contrast": Corruption(contrast, (0.4, 0.2, 0.05)),
    "pixelate": Corruption(pixelate, (0.95, 0.85, 0.65)),
    "jpeg": Corruption(jpeg, (25, 15, 7)),
    "elastic": Corruption(elastic, ((1.4, 5.6), (2.24, 1.68), (2.8, 0.84))),
}
