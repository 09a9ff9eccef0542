"""Measure time and memory of the stages on 1, 10 and 100 times MNIST, and write docs/scale.md and its plot.

A hundred times MNIST takes 10 GB of disk while it runs. Each stage runs as a process of its own. The larger sets are
MNIST repeated with small changes.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks import measuring
from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import artifacts, cli, paths
from digits.data import datasets
from digits.data.datasets import LabeledImages
from digits.figures import plots, tables

PAGE, PLOT = Path("docs/scale.md"), Path("docs/scale.png")
FACTORS = (1, 10, 100)
EXTRAPOLATED = 10_000  # times MNIST
IMAGES = {"preprocess": 70_000, "train": 54_000, "evaluate": 10_000}  # of MNIST, by stage
RUN = Run("cnn", 0)
STEPS = 400  # of the training, of which the last three quarters are timed
NEEDED = ("params.yaml", "benchmarks", "digits", "stages", "studies", "models")  # by a stage that runs elsewhere
MAX_SHIFT = 2  # pixels by which a repeat is moved
NOISE = 16  # gray levels by which each pixel of ink changes at most, so that no two images are the same


def main() -> str:
    official = {folder.name: datasets.load(folder) for folder in sorted(paths.RAW.iterdir())}
    rows = []
    for factor in FACTORS:
        with tempfile.TemporaryDirectory(prefix="digits-scale-") as folder:
            rows += measure(factor, official, Path(folder))
    draw(pd.DataFrame(rows))
    artifacts.write_text(PAGE, page(pd.DataFrame(rows)))
    return f"written to {PAGE}"


def measure(factor: int, official: dict[str, LabeledImages], folder: Path) -> list[dict[str, float | str]]:
    """One row per stage, run in `folder` on `factor` times the `official` sets."""
    for name in NEEDED:
        (folder / name).symlink_to(Path(name).resolve())
    for seed, (name, split) in enumerate(official.items()):
        write_scaled(folder / paths.RAW / name, split, factor, seed)
    images = factor * sum(len(split.labels) for split in official.values())
    evaluated = factor * artifacts.read_json(RUN.test_metrics)["images"]
    trained = STEPS * load_params().recipes[RUN.recipe].batch_size
    rows: list[dict[str, float | str]] = []
    for stage, words, examples in (
        ("preprocess", ["stages.preprocess"], images),
        ("train", ["benchmarks.training_worker", RUN.recipe, "--epochs", "1", "--steps", str(STEPS)], trained),
        ("evaluate", ["stages.evaluate", RUN.recipe, str(RUN.seed)], evaluated),
    ):
        found = measuring.run(["-m", *words], folder)
        print(f"scale: {factor}x, {stage}: {found['seconds']:.1f} s, {found['allocated']:.0f} MiB", flush=True)
        timed = found["100 steps"] / 100 * STEPS if "100 steps" in found else found["seconds"]
        measured = {key: found[key] for key in ("seconds", "allocated", "resident")}
        row = {"factor": factor, "stage": stage, "examples": examples, "microseconds": 1e6 * timed / examples}
        rows.append(row | measured)
    return rows


def write_scaled(folder: Path, split: LabeledImages, factor: int, seed: int) -> None:
    """Write `split` to `folder` chunk by chunk, followed by `factor` - 1 perturbed repeats of it."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    with (folder / "images.npy").open("wb") as file:
        header = np.lib.format.header_data_from_array_1_0(split.images[:0])
        shape = (factor * len(split.labels), *split.images.shape[1:])
        np.lib.format.write_array_header_1_0(file, {**header, "shape": shape})
        for repeat in range(factor):
            for chunk in datasets.chunks(split.images):
                file.write((perturbed(chunk, rng) if repeat else chunk).tobytes())
    np.save(folder / "labels.npy", np.tile(split.labels, factor))


def perturbed(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`images` (n, 28, 28, 1) uint8, all moved by the same few pixels, with random noise on the ink."""
    down, right = rng.integers(-MAX_SHIFT, MAX_SHIFT + 1, 2)
    moved = np.roll(images, (down, right), axis=(1, 2)).astype(np.int16)
    changed = np.clip(moved + rng.integers(-NOISE, NOISE + 1, moved.shape, np.int16), 1, 255)
    return np.where(moved > 0, changed, 0).astype(np.uint8)


def draw(table: pd.DataFrame) -> None:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    titles = {"microseconds": "microseconds per example", "allocated": "MiB allocated"}
    for axes, (column, title) in zip(figure.subplots(1, 2), titles.items(), strict=True):
        for color, (stage, rows) in zip(plots.SERIES_COLORS, table.groupby("stage", sort=False), strict=False):
            axes.plot(rows["factor"], rows[column], marker="o", color=color, label=stage)
        axes.set(xscale="log", yscale="log", xlabel="times MNIST", title=title)
        axes.grid(alpha=0.25, which="both")
    figure.axes[0].legend(frameon=False)
    plots.save_png(figure, PLOT)


def page(table: pd.DataFrame) -> str:
    first = table[table["factor"] == 1].set_index("stage")["microseconds"]
    text = pd.DataFrame(
        {
            "times MNIST": table["factor"].map("{:,}".format),
            "stage": table["stage"],
            "examples": table["examples"].map("{:,}".format),
            "seconds": table["seconds"].map("{:.1f}".format),
            "µs per example": table["microseconds"].map("{:.1f}".format),
            "relative to 1x": (table["microseconds"] / table["stage"].map(first)).map("{:.2f}".format),
            "MiB allocated": table["allocated"].map("{:,.0f}".format),
            "MiB resident, with mapped files": table["resident"].map("{:,.0f}".format),
        }
    )
    factor = table["factor"].max()
    largest = table[table["factor"] == factor].set_index("stage")
    return measuring.fill(
        PAGE.name,
        table=tables.markdown(text),
        steps=STEPS,
        plot=PLOT.name,
        extrapolated=EXTRAPOLATED,
        images=EXTRAPOLATED * IMAGES["preprocess"] / 1e6,
        gigabytes=EXTRAPOLATED * IMAGES["preprocess"] * 784 / 1e9,
        allocated=largest["allocated"],
        hours=largest["microseconds"] / 3.6e9 * EXTRAPOLATED * pd.Series(IMAGES),
        largest=factor,
    )


if __name__ == "__main__":
    cli.execute("scale", main)
