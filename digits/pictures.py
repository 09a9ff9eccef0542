"""The pictures of one evaluated model.

Knows which pictures there are and what each shows; how they are drawn is known to `figures`, what they show was
computed by `metrics`.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from digits import artifacts, figures, metrics
from digits.params import Evaluate
from digits.paths import Cell

COLUMNS = 6


def write_all(
    cell: Cell, images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, section: Evaluate
) -> None:
    """Write the folder of pictures of `cell`: confusion, reliability, predictions and errors."""
    first = np.arange(min(section.sample_predictions, len(labels)))
    worst = most_confident_errors(labels, probabilities, section.pictured_errors)
    with artifacts.staged(cell.pictures) as folder:
        figure = Figure(figsize=(6.4, 6), layout="constrained")
        figures.draw_confusion(figure.subplots(), metrics.confusion(labels, probabilities.argmax(axis=1)))
        figures.save_png(figure, folder / "confusion.png")
        figure = Figure(figsize=(4.8, 4.8), layout="constrained")
        figures.draw_reliability(
            figure.subplots(), metrics.reliability(labels, probabilities, section.calibration_bins)
        )
        figures.save_png(figure, folder / "reliability.png")
        for name, shown in (("predictions", first), ("errors", worst)):
            figures.save_png(predictions(images[shown], labels[shown], probabilities[shown]), folder / f"{name}.png")


def most_confident_errors(labels: np.ndarray, probabilities: np.ndarray, most: int) -> np.ndarray:
    """Positions of up to `most` misread images, the most confident first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence, kind="stable")][:most]


def predictions(images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> Figure:
    """`images` with what was read in each, how surely, and what is written where that differs."""
    read, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = list(read != labels)
    captions = [
        f"{guess} ({percent(sure)})" + (f"\nis {label}" if guess != label else "")
        for guess, sure, label in zip(read, confidence, labels, strict=True)
    ]
    return figures.digit_grid(images, captions, wrong, COLUMNS)


def percent(confidence: float) -> str:
    """`confidence` as a percentage that never claims certainty."""
    return f"{confidence:.1%}" if confidence < 0.9995 else ">99.9%"


def write_strip(path: Path, images: np.ndarray) -> None:
    """Write `images` (n, 28, 28, 1) one below the other as a grey PNG; a single blank row where there is none."""
    strip = images.reshape(-1, images.shape[2]) if len(images) else np.zeros((1, 28), np.uint8)
    with artifacts.staged(path) as temporary:
        Image.fromarray(strip).save(temporary, optimize=True)


def read_strip(path: Path) -> np.ndarray:
    """The images (n, 28, 28) uint8 of a strip."""
    with Image.open(path) as strip:
        pixels = np.asarray(strip)
    return pixels[: len(pixels) // 28 * 28].reshape(-1, 28, 28)
