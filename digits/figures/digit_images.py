"""Pictures of test images: sample predictions, the most confident errors, and strips of the misread images."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from digits.config.params import Evaluate
from digits.core import artifacts
from digits.data.datasets import LabeledImages
from digits.figures import plots

COLUMNS = 6


def write_digits(path: Path, test: LabeledImages, probabilities: np.ndarray, section: Evaluate) -> None:
    """Write sample predictions and the most confident errors to the folder `path`."""
    samples = np.arange(min(section.n_predictions_shown, len(test.labels)))
    worst = most_confident_errors(test.labels, probabilities, section.n_errors_shown)
    with artifacts.atomic_write(path) as folder:
        for name, shown in (("predictions", samples), ("errors", worst)):
            figure = predictions(test.images[shown], test.labels[shown], probabilities[shown])
            plots.save_png(figure, folder / f"{name}.png")


def most_confident_errors(labels: np.ndarray, probabilities: np.ndarray, most: int) -> np.ndarray:
    """Positions of up to `most` misread images, the most confident first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence, kind="stable")][:most]


def predictions(images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> Figure:
    """`images`, each with its prediction, the confidence in it and the label; wrong ones in red."""
    read, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    shown = zip(read, map(confidence_text, confidence), labels, strict=True)
    captions = [f"{guess} ({sure})\nis {label}" for guess, sure, label in shown]
    return plots.digit_grid(images, captions, list(read != labels), COLUMNS)


def confidence_text(confidence: float) -> str:
    """`confidence` as a percentage that never claims certainty."""
    return f"{confidence:.1%}" if confidence < 0.9995 else ">99.9%"


def write_strip(path: Path, images: np.ndarray) -> None:
    """Write `images` (n, 28, 28, 1) one below the other as a gray PNG; a single blank row if there is none."""
    strip = images.reshape(-1, images.shape[2]) if len(images) else np.zeros((1, 28), np.uint8)
    with artifacts.atomic_write(path) as temporary:
        Image.fromarray(strip).save(temporary, optimize=True)


def read_strip(path: Path | BinaryIO) -> np.ndarray:
    """The images (n, 28, 28) uint8 of a strip."""
    with Image.open(path) as strip:
        pixels = np.asarray(strip)
    return pixels[: len(pixels) // 28 * 28].reshape(-1, 28, 28)
