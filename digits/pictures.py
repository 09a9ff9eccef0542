"""The pictures of one evaluated model.

Knows which pictures there are and what each shows; how they are drawn is known to `figures`, what they show was
computed by `metrics`.
"""

from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from digits import artifacts, figures
from digits.datasets import Split
from digits.params import Evaluate
from digits.paths import Cell

COLUMNS = 6


def write_drawings(cell: Cell, confusion: pd.DataFrame, reliability: pd.DataFrame) -> None:
    """Write the confusion matrix and the reliability diagram of `cell`."""
    with artifacts.staged(cell.pictures) as folder:
        figure = Figure(figsize=(6.4, 6), layout="constrained")
        figures.draw_confusion(figure.subplots(), confusion)
        figures.save_png(figure, folder / "confusion.png")
        figure = Figure(figsize=(4.8, 4.8), layout="constrained")
        figures.draw_reliability(figure.subplots(), reliability)
        figures.save_png(figure, folder / "reliability.png")


def write_digits(cell: Cell, test: Split, probabilities: np.ndarray, section: Evaluate) -> None:
    """Write sample predictions and the most confident errors of `cell`."""
    samples = np.arange(min(section.sample_predictions, len(test.labels)))
    worst = most_confident_errors(test.labels, probabilities, section.pictured_errors)
    with artifacts.staged(cell.digits) as folder:
        for name, shown in (("predictions", samples), ("errors", worst)):
            figure = predictions(test.images[shown], test.labels[shown], probabilities[shown])
            figures.save_png(figure, folder / f"{name}.png")


def most_confident_errors(labels: np.ndarray, probabilities: np.ndarray, most: int) -> np.ndarray:
    """Positions of up to `most` misread images, the most confident first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence, kind="stable")][:most]


def predictions(images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> Figure:
    """`images` with what was read in each, how surely, and what is written."""
    read, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = list(read != labels)
    captions = [
        f"{guess} ({percent(sure)})\nis {label}" for guess, sure, label in zip(read, confidence, labels, strict=True)
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


def read_strip(path: Path | BinaryIO) -> np.ndarray:
    """The images (n, 28, 28) uint8 of a strip."""
    with Image.open(path) as strip:
        pixels = np.asarray(strip)
    return pixels[: len(pixels) // 28 * 28].reshape(-1, 28, 28)
