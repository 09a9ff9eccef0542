"""Ways to bring a picture into MNIST's format: this project's, and two plain ones to compare it with."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from digits.imaging import mnist_format
from digits.imaging.mnist_format import FIELD


def resized(gray: np.ndarray) -> np.ndarray:
    """As most tutorials do: invert, and resize to 28x28."""
    return np.asarray(Image.fromarray(255 - gray).resize((FIELD, FIELD), Image.Resampling.BILINEAR))


def thresholded(gray: np.ndarray) -> np.ndarray:
    """The simplest that could work: the paper is the median of the border, ink a quarter of the darkest or more."""
    light = gray.astype(np.float32)
    ink = np.abs(light - np.median(np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])))
    ink[ink < ink.max() / 4] = 0
    return mnist_format.centered(ink) if ink.any() else _blank()


def prepared(gray: np.ndarray) -> np.ndarray:
    """This project's; a blank image if it finds no ink."""
    found = mnist_format.prepare(gray)
    return found[0] if len(found) else _blank()


def _blank() -> np.ndarray:
    return np.zeros((FIELD, FIELD), np.uint8)


WAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "resized": resized,
    "thresholded": thresholded,
    "prepared": prepared,
}
