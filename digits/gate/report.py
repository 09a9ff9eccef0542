"""The gate's verdicts as Markdown with pictures, for a pull request."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from digits import plots, rendering
from digits.data import CLASSES
from digits.gate import verdict
from digits.gate.comparison import Comparison, Seeds
from digits.gate.rules import Rules
from digits.gate.versions import Snapshot

MAX_DIGITS = 24  # in one picture


def write(folder: Path, before: Snapshot, after: Snapshot, comparisons: list[Comparison], rules: Rules) -> str:
    """Write the pictures to `folder` and return the page that shows them."""
    pictures = {model.recipe: _write_pictures(folder, model, before, after) for model in comparisons if model.n_flips}
    return rendering.render(
        "gate.md.j2",
        verdict.as_dict(before, after, comparisons, rules),
        table=rendering.markdown(verdict.summary_table(comparisons, rules)),
        pictures=pictures,
        tolerances=rules.tolerances,
    )


def _write_pictures(folder: Path, model: Comparison, before: Snapshot, after: Snapshot) -> dict[str, str]:
    """Returns the names of the files by what they show."""
    old, new = before.results[model.recipe], after.results[model.recipe]
    names = {}
    for sign, flips, seeds in (("negative", model.negative_flips, new), ("positive", model.positive_flips, old)):
        if len(flips):
            first = f", the first {MAX_DIGITS} of {len(flips)}" if len(flips) > MAX_DIGITS else ""
            name = names[f"{sign} flips{first}"] = f"{model.recipe}-{sign}-flips.png"
            plots.save_png(draw_digits(flips[:MAX_DIGITS], seeds), folder / name)
    compared = zip((old, new), model.seeds, strict=True)
    mean, mean_now = (np.mean([results[seed].confusion for seed in seeds], axis=0) for results, seeds in compared)
    name = names["more (red) and fewer (blue) confusions"] = f"{model.recipe}-confusion.png"
    plots.save_png(draw_confusion_change(mean_now - mean), folder / name)
    return names


def draw_digits(flips: pd.DataFrame, seeds: Seeds) -> Figure:
    """The images of `flips`, each with its wrong prediction and its label."""
    strips = {seed: plots.read_strip(BytesIO(results.strip)) for seed, results in seeds.items()}
    rows = flips.to_dict("records")
    images = np.stack([strips[flip["seed"]][flip["row"]] for flip in rows])
    captions = [f"{flip['predicted']}\nis {flip['actual']}" for flip in rows]
    return plots.digit_grid(images[..., np.newaxis], captions, [False] * len(captions), min(8, len(captions)))


def draw_confusion_change(change: np.ndarray) -> Figure:
    """`change` (10, 10) of the number of test images by actual and predicted class; the diagonal has no color."""
    figure = Figure(figsize=(5.4, 5), layout="constrained")
    axes = figure.subplots()
    off_diagonal = np.where(np.eye(CLASSES, dtype=bool), 0, change)
    most = max(1, np.abs(off_diagonal).max())
    axes.imshow(off_diagonal, cmap="RdBu_r", vmin=-most, vmax=most)
    for actual, predicted in np.argwhere(change):
        value = change[actual, predicted]
        color = "white" if abs(off_diagonal[actual, predicted]) > 0.6 * most else "black"
        axes.text(predicted, actual, f"{value:+.3g}", ha="center", va="center", color=color, fontsize="small")
    axes.set(xlabel="predicted", ylabel="actual", xticks=range(CLASSES), yticks=range(CLASSES))
    return figure
