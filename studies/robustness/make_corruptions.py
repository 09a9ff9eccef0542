"""Corrupt and transform the first test images, and corrupt as many validation images, once for all models.

Reads data/processed/{validation,test}/ and the `robustness` section of params.yaml. Writes data/corrupted/:
corruptions.npz holds test images by corruption, (severities, n, 28, 28) uint8, and their labels (n,); transforms.npz
the same images by transform; corruptions_val.npz validation images under other corruptions, and their labels.
plots/robustness/corruptions.png shows the first test images under each corruption, at its published severity.
"""

import numpy as np

from digits.core import artifacts, cli
from digits.core.paths import PROCESSED
from digits.data import datasets
from digits.figures import plots
from studies.robustness import corruptions, params, paths, transforms, validation_corruptions
from studies.robustness.corruptions import Corruption

SHOWN = 8  # images of each corruption in the picture


def main() -> str:
    section = params.load()
    images, labels = first("test", section.images)
    corrupted = under_all(corruptions.CORRUPTIONS, images, section.seed)
    transformed = {
        name: np.stack([transforms.transformed(images, name, amount, section.seed) for amount in it.amounts])
        for name, it in transforms.TRANSFORMS.items()
    }
    val_images, val_labels = first("validation", section.images)
    corrupted_val = under_all(validation_corruptions.CORRUPTIONS, val_images, section.seed)
    with artifacts.atomic_write(paths.IMAGES) as folder:
        folder.mkdir()
        artifacts.write_arrays(folder / paths.CORRUPTED.name, labels=labels, **corrupted)
        artifacts.write_arrays(folder / paths.TRANSFORMED.name, **transformed)
        artifacts.write_arrays(folder / paths.CORRUPTED_VALIDATION.name, labels=val_labels, **corrupted_val)
    shown = {name: sets[corruptions.CORRUPTIONS[name].published - 1][:SHOWN] for name, sets in corrupted.items()}
    plots.save_png(plots.rows_of_kinds(shown), paths.SAMPLES)
    sets = sum(map(len, (*corrupted.values(), *transformed.values())))
    return f"{len(labels):,} images in {sets} variants"


def under_all(table: dict[str, Corruption], images: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """`images` (n, 28, 28) under each corruption of `table`, (severities, n, 28, 28) uint8."""
    return {name: corruptions.corrupted(images, table, name, seed) for name in table}


def first(split: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` images of a split, (n, 28, 28), and their labels."""
    images, labels = datasets.load(PROCESSED / split)
    return images[:count, ..., 0], labels[:count]


if __name__ == "__main__":
    cli.execute("make_corruptions", main)
