"""The gate's pictures: the digits that a change broke and fixed, and what it did to the confusion matrix.

Knows which pictures there are; the digits come from the strips that git tracks, so that no data is needed.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from digits import figures, pictures
from digits.comparison import Comparison, Seeds
from digits.datasets import CLASSES
from digits.snapshot import Snapshot

MOST = 24  # digits in one picture
COLUMNS = 8


def write(folder: Path, it: Comparison, before: Snapshot, after: Snapshot) -> dict[str, str]:
    """Write the pictures of one recipe whose answers changed; their file names by what they show."""
    old, new = before.results[it.recipe], after.results[it.recipe]
    written = {}
    for what, table, seeds in (("broken", it.broken, new), ("fixed", it.fixed, old)):
        if len(table):
            some = f"newly {what}" if len(table) <= MOST else f"newly {what}, the {MOST} most confident"
            written[some] = _save(folder, f"{it.recipe}-{what}.png", digits(table[:MOST], seeds))
    figure = Figure(figsize=(5.4, 5), layout="constrained")
    draw_confusion_change(figure.subplots(), _mean_confusion(new, it.seeds[1]) - _mean_confusion(old, it.seeds[0]))
    written["confusions that became more (red) and fewer (blue)"] = _save(folder, f"{it.recipe}-confusion.png", figure)
    return written


def digits(table: pd.DataFrame, seeds: Seeds) -> Figure:
    """The images of `table` with what was read in each, how surely, and what is written."""
    strips = {seed: pictures.read_strip(BytesIO(results.strip)) for seed, results in seeds.items()}
    images = np.stack([strips[seed][row] for seed, row in zip(table["seed"], table["row"], strict=True)])
    captions = [
        f"{read} ({pictures.percent(sure)})\nis {label}"
        for read, sure, label in zip(table["predicted"], table["confidence"], table["actual"], strict=True)
    ]
    return figures.digit_grid(images[..., np.newaxis], captions, [False] * len(captions), min(COLUMNS, len(captions)))


def draw_confusion_change(axes: Axes, change: np.ndarray) -> None:
    """`change` (10, 10) of the number of test images by actual and predicted class; the diagonal, which is no
    confusion, has numbers and no colour."""
    off_diagonal = np.where(np.eye(CLASSES, dtype=bool), 0, change)
    most = max(1, np.abs(off_diagonal).max())
    axes.imshow(off_diagonal, cmap="RdBu_r", vmin=-most, vmax=most)
    for actual, predicted in np.argwhere(change):
        value = change[actual, predicted]
        colour = "white" if abs(off_diagonal[actual, predicted]) > 0.6 * most else "black"
        axes.text(predicted, actual, f"{value:+.3g}", ha="center", va="center", color=colour, fontsize="small")
    axes.set(xlabel="predicted", ylabel="actual", xticks=range(CLASSES), yticks=range(CLASSES))


def _mean_confusion(seeds: Seeds, chosen: list[int]) -> np.ndarray:
    """The confusion matrix (10, 10), averaged over the `chosen` seeds."""
    matrices = [seeds[seed].confusion["images"].to_numpy().reshape(CLASSES, CLASSES) for seed in chosen]
    return np.mean(matrices, axis=0)


def _save(folder: Path, name: str, figure: Figure) -> str:
    figures.save_png(figure, folder / name)
    return name
