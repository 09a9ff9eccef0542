"""Corrupt and transform the first test images, and corrupt as many validation images, once for all models.

Reads data/processed/{validation,test}/ and the `robustness` section of params.yaml. Writes data/corrupted/:
corruptions.npz and transforms.npz hold test images by kind, (levels, n, 28, 28) uint8, and their labels;
corruptions_val.npz holds validation images at the published severities, from another seed, (n, 28, 28) uint8 a kind.
plots/robustness/corruptions.png shows the first test images.
"""

import numpy as np

from digits.core import artifacts, cli
from digits.core.paths import PROCESSED
from digits.data import datasets
from digits.figures import plots
from studies.robustness import corruptions, params, paths, transforms

SHOWN = 8  # images of each corruption in the picture


def main() -> str:
    section = params.load()
    images, labels = first("test", section.images)
    corrupted = {
        name: np.stack(
            [corruptions.corrupted(images, name, level + 1, section.seed) for level in range(len(it.levels))]
        )
        for name, it in corruptions.CORRUPTIONS.items()
    }
    transformed = {
        name: np.stack([transforms.transformed(images, name, amount, section.seed) for amount in it.amounts])
        for name, it in transforms.TRANSFORMS.items()
    }
    val_images, val_labels = first("validation", section.images)
    corrupted_val = {
        name: corruptions.corrupted(val_images, name, it.published, section.seed + 1)
        for name, it in corruptions.CORRUPTIONS.items()
    }
    with artifacts.atomic_write(paths.IMAGES) as folder:
        folder.mkdir()
        artifacts.write_arrays(folder / paths.CORRUPTED.name, labels=labels, **corrupted)
        artifacts.write_arrays(folder / paths.TRANSFORMED.name, labels=labels, **transformed)
        artifacts.write_arrays(folder / paths.CORRUPTED_VALIDATION.name, labels=val_labels, **corrupted_val)
    show(corrupted)
    sets = sum(map(len, (*corrupted.values(), *transformed.values())))
    return f"{len(labels):,} images in {sets} variants"


def first(split: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` images of a split, (n, 28, 28), and their labels."""
    images, labels = datasets.load(PROCESSED / split)
    return images[:count, ..., 0], labels[:count]


def show(corrupted: dict[str, np.ndarray]) -> None:
    """Draw one row for each corruption, at its published severity."""
    shown = [sets[corruptions.CORRUPTIONS[name].published - 1][:SHOWN] for name, sets in corrupted.items()]
    captions = [name.replace("_", " ") if place == 0 else "" for name in corrupted for place in range(SHOWN)]
    grid = plots.digit_grid(np.concatenate(shown)[..., np.newaxis], captions, [False] * len(captions), SHOWN)
    plots.save_png(grid, paths.SAMPLES)


if __name__ == "__main__":
    cli.execute("make_corruptions", main)
