"""The gate's pictures: the digits whose prediction flipped, and the change of the confusion matrix.

The digits come from the strips of misread images that git tracks, so that no data is needed.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from digits.data.datasets import CLASSES
from digits.figures import digit_images, plots
from digits.gate.comparison import Comparison, Seeds
from digits.versions.snapshots import Snapshot

MOST = 24  # digits in one picture
COLUMNS = 8


def write(folder: Path, it: Comparison, before: Snapshot, after: Snapshot) -> dict[str, str]:
    """Write the pictures of one recipe to `folder`; their file names by what they show."""
    old, new = before.results[it.recipe], after.results[it.recipe]
    written = {}
    for what, flips, seeds in (("negative", it.negative_flips, new), ("positive", it.positive_flips, old)):
        if len(flips):
            shown = f"{what} flips" if len(flips) <= MOST else f"{what} flips, the first {MOST} of {len(flips)}"
            written[shown] = _save(folder, f"{it.recipe}-{what}-flips.png", draw_digits(flips[:MOST], seeds))
    figure = Figure(figsize=(5.4, 5), layout="constrained")
    draw_confusion_change(figure.subplots(), _mean_confusion(new, it.seeds[1]) - _mean_confusion(old, it.seeds[0]))
    written["more (red) and fewer (blue) confusions"] = _save(folder, f"{it.recipe}-confusion.png", figure)
    return written


def draw_digits(flips: pd.DataFrame, seeds: Seeds) -> Figure:
    """The images of `flips`, each with its wrong prediction and its label."""
    strips = {seed: digit_images.read_strip(BytesIO(results.strip)) for seed, results in seeds.items()}
    images = np.stack([strips[seed][row] for seed, row in zip(flips["seed"], flips["row"], strict=True)])
    captions = [f"{read}\nis {label}" for read, label in zip(flips["predicted"], flips["actual"], strict=True)]
    return plots.digit_grid(images[..., np.newaxis], captions, [False] * len(captions), min(COLUMNS, len(captions)))


def draw_confusion_change(axes: Axes, change: np.ndarray) -> None:
    """`change` (10, 10) of the number of test images by actual and predicted class; the diagonal has no color."""
    off_diagonal = np.where(np.eye(CLASSES, dtype=bool), 0, change)
    most = max(1, np.abs(off_diagonal).max())
    axes.imshow(off_diagonal, cmap="RdBu_r", vmin=-most, vmax=most)
    for actual, predicted in np.argwhere(change):
        value = change[actual, predicted]
        color = "white" if abs(off_diagonal[actual, predicted]) > 0.6 * most else "black"
        axes.text(predicted, actual, f"{value:+.3g}", ha="center", va="center", color=color, fontsize="small")
    axes.set(xlabel="predicted", ylabel="actual", xticks=range(CLASSES), yticks=range(CLASSES))


def _mean_confusion(seeds: Seeds, chosen: list[int]) -> np.ndarray:
    """The confusion matrix (10, 10), averaged over the `chosen` seeds."""
    return np.mean([seeds[seed].confusion for seed in chosen], axis=0)


def _save(folder: Path, name: str, figure: Figure) -> str:
    plots.save_png(figure, folder / name)
    return name
