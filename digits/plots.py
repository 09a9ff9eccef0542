"""Plots on given axes or figures: nothing is computed here.

The same content gives the same bytes: no dates, no versions, no window system, no global state of matplotlib.
"""

from base64 import b64encode
from collections.abc import Callable
from io import BytesIO, StringIO
from itertools import cycle
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, PercentFormatter, StrMethodFormatter
from PIL import Image

from digits.data import LabeledImages
from digits.files import atomic_write

TRAIN, VALIDATION, WRONG = "#3b82f6", "#f97316", "#dc2626"  # readable on white and on near-black
SERIES_COLORS = [TRAIN, "#a855f7", "#14b8a6", VALIDATION, WRONG, "#6b7280", "#a16207"]  # of the models, in turn


def draw_history(axes: Axes, history: pd.DataFrame, measure: str) -> None:
    """`measure` ("accuracy" or "loss") of train and validation against the epoch."""
    axes.plot(history["epoch"], history[measure], color=TRAIN, marker=".", label="train")
    axes.plot(history["epoch"], history[f"val_{measure}"], color=VALIDATION, marker=".", label="validation")
    axes.set(xlabel="epoch", ylabel=measure)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False)
    axes.grid(alpha=0.25)


def draw_reliability(axes: Axes, reliability: pd.DataFrame) -> None:
    """Reliability diagram: accuracy against confidence, bin by bin."""
    filled = reliability[reliability["images"] > 0]
    axes.plot([0, 1], [0, 1], color="gray", linestyle="--", linewidth=1, label="perfectly calibrated")
    widths = filled["high"] - filled["low"]
    axes.bar(filled["low"], filled["accuracy"], widths, align="edge", color=TRAIN, alpha=0.45)
    axes.plot(filled["confidence"], filled["accuracy"], color=VALIDATION, marker="o", label="measured")
    axes.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(frameon=False, loc="upper left")


def draw_size_curve(axes: Axes, curves: dict[str, pd.DataFrame], others: pd.DataFrame, published: pd.DataFrame) -> None:
    """Test error against parameters, both on logarithmic scales: each of `curves`, one network in several sizes, as a
    line with one standard deviation over seeds either way, `others` as points and `published` results as crosses.

    All have `name`, `parameters` and `accuracy`; the curves also its deviation `std`, NaN for a single seed.
    """
    for (name, sizes), color in zip(curves.items(), cycle(SERIES_COLORS)):
        ordered = sizes.sort_values("parameters")
        error, deviation = 1 - ordered["accuracy"], ordered["std"].fillna(0)
        axes.errorbar(ordered["parameters"], error, deviation, color=color, marker="o", capsize=2, label=name)
    axes.scatter(others["parameters"], 1 - others["accuracy"], color="gray", zorder=3)
    axes.scatter(published["parameters"], 1 - published["accuracy"], color=VALIDATION, marker="x", label="published")
    for points, above in ((pd.concat([*curves.values(), others]), -10), (published, 5)):
        for name, parameters, accuracy in zip(points["name"], points["parameters"], points["accuracy"], strict=True):
            axes.annotate(name, (parameters, 1 - accuracy), (5, above), textcoords="offset points", fontsize="x-small")
    axes.set(xscale="log", yscale="log", xlabel="parameters", ylabel="test error")
    axes.margins(x=0.15)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 3, 5, 7)))
    for set_formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        set_formatter(PercentFormatter(1, decimals=1))
    axes.grid(alpha=0.25, which="both")
    axes.legend(frameon=False, fontsize="small")


def draw_transform(axes: Axes, tables: dict[str, pd.DataFrame], label: str) -> None:
    """Accuracy against the amount of one transform, which `label` names; one curve for each of `tables`, by recipe."""
    for (name, table), color in zip(tables.items(), cycle(SERIES_COLORS)):
        axes.plot(table["amount"], table["accuracy"], marker=".", color=color, label=name)
    axes.set(xlabel=label, ylim=(0, 1.02))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize="small")


def draw_attacks(axes: Axes, tables: dict[str, pd.DataFrame]) -> None:
    """Accuracy against the epsilon of an attack; dashed lines for FGSM, which takes one step."""
    for (name, table), color in zip(tables.items(), cycle(SERIES_COLORS)):
        for attack, style in (("fgsm", "--"), ("pgd", "-")):
            points = table[table["attack"] == attack]
            label = name if attack == "pgd" else None
            axes.plot(points["epsilon"], points["accuracy"], style, marker=".", color=color, label=label)
    axes.set(xlabel="epsilon, as a share of full scale", ylabel="accuracy", ylim=(0, 1.02))
    axes.legend(frameon=False, fontsize="small")
    axes.grid(alpha=0.25)


def draw_coverage(axes: Axes, tables: dict[str, pd.DataFrame]) -> None:
    """Accuracy of the most confident predictions against their share of the images."""
    for (name, table), color in zip(tables.items(), cycle(SERIES_COLORS)):
        axes.plot(table["coverage"], table["accuracy"], color=color, label=name)
    axes.set(xlabel="coverage", ylabel="accuracy of these predictions", xlim=(0.5, 1))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    axes.legend(frameon=False, fontsize="small")
    axes.grid(alpha=0.25)


def digit_grid(images: np.ndarray, captions: list[str], wrong: list[bool], columns: int) -> Figure:
    """`images` (n, 28, 28, 1) in rows of `columns`, each under its caption, which is red if `wrong`."""
    rows = max(1, -(-len(images) // columns))
    figure = Figure(figsize=(1.25 * columns, 1.5 * rows), layout="constrained")
    for position, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.set_axis_off()
        if position < len(images):
            axes.imshow(images[position, :, :, 0], cmap="gray_r", vmin=0, vmax=255)
            axes.set_title(captions[position], fontsize=9, color=WRONG if wrong[position] else "black")
    return figure


def rows_of_kinds(kinds: dict[str, np.ndarray]) -> Figure:
    """One row of images per kind, with its name as caption; each kind has images (n, 28, 28) with the same n."""
    columns = len(next(iter(kinds.values())))
    captions = [caption for name in kinds for caption in [name.replace("_", " "), *[""] * (columns - 1)]]
    images = np.concatenate(list(kinds.values()))[..., np.newaxis]
    return digit_grid(images, captions, [False] * len(images), columns)


def save_png(figure: Figure, path: Path) -> None:
    with atomic_write(path) as temporary:
        figure.savefig(temporary, dpi=100, metadata={"Software": None})


DIGIT_COLUMNS = 6
N_PREDICTIONS = 20  # in the picture of sample predictions
N_ERRORS = 24  # in the picture of the most confident errors


def write_digits(path: Path, test: LabeledImages, probabilities: np.ndarray) -> None:
    """Write sample predictions and the most confident errors to the folder `path`."""
    samples = np.arange(min(N_PREDICTIONS, len(test.labels)))
    worst = most_confident_errors(test.labels, probabilities, N_ERRORS)
    with atomic_write(path) as folder:
        for name, shown in (("predictions", samples), ("errors", worst)):
            figure = sample_predictions(test.images[shown], test.labels[shown], probabilities[shown])
            save_png(figure, folder / f"{name}.png")


def most_confident_errors(labels: np.ndarray, probabilities: np.ndarray, most: int) -> np.ndarray:
    """Positions of up to `most` misread images, the most confident first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence, kind="stable")][:most]


def sample_predictions(images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> Figure:
    """`images`, each with its prediction, the confidence in it and the label; wrong ones in red."""
    read, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    shown = zip(read, map(confidence_text, confidence), labels, strict=True)
    captions = [f"{guess} ({sure})\nis {label}" for guess, sure, label in shown]
    return digit_grid(images, captions, list(read != labels), DIGIT_COLUMNS)


def confidence_text(confidence: float) -> str:
    """`confidence` as a percentage that never claims certainty."""
    return f"{confidence:.1%}" if confidence < 0.9995 else ">99.9%"


def write_strip(path: Path, images: np.ndarray) -> None:
    """Write `images` (n, 28, 28, 1) one below the other as a gray PNG; a single blank row if there is none."""
    strip = images.reshape(-1, images.shape[2]) if len(images) else np.zeros((1, 28), np.uint8)
    with atomic_write(path) as temporary:
        Image.fromarray(strip).save(temporary, optimize=True)


def read_strip(path: Path | BinaryIO) -> np.ndarray:
    """The images (n, 28, 28) uint8 of a strip."""
    with Image.open(path) as strip:
        pixels = np.asarray(strip)
    return pixels[: len(pixels) // 28 * 28].reshape(-1, 28, 28)


INK = "#010203"  # drawn with, then replaced by the text color of the page
STYLE: dict[Any, Any] = {
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
    "axes.facecolor": "none",
    "svg.hashsalt": "digits",  # ids that do not change
    "svg.fonttype": "none",  # text stays text
}


def svg(draw: Callable[[Axes], None], inches: tuple[float, float]) -> str:
    """An SVG element of this width and height with what `draw` draws on its axes.

    Lines and text take the color of the page. The same drawing gives the same text: no date, no random ids.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=inches, layout="constrained")
        draw(figure.subplots())
        text = StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    element = text.getvalue()
    return element[element.index("<svg") :].replace(INK, "currentColor")


def image_uri(image: np.ndarray) -> str:
    """`image` (28, 28) uint8, ink 255, as a data URI with dark ink on white."""
    file = BytesIO()
    Image.fromarray(255 - image).save(file, "png", optimize=True)
    return data_uri(file.getvalue())


def data_uri(png: bytes) -> str:
    return "data:image/png;base64," + b64encode(png).decode()
