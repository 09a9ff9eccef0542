"""Change the first test images in every way that a reader should withstand, once for all models.

Reads data/processed/test/ and the `corrupt` section of params.yaml. Writes data/changed/: corruptions.npz and
invariance.npz, which hold the images of each way, (levels, n, 28, 28) uint8, and their labels; and
plots/corruptions.png, which shows them.
"""

import numpy as np

from digits import artifacts, command, corruptions, datasets, figures, invariance, params, paths

SHOWN = 8


def main() -> str:
    section = params.load().corrupt
    test = datasets.load(paths.PROCESSED / "test")
    images, labels = test.images[: section.images, ..., 0], test.labels[: section.images]
    corrupted = {
        name: np.stack(
            [corruptions.corrupted(images, name, level + 1, section.seed) for level in range(len(it.levels))]
        )
        for name, it in corruptions.CORRUPTIONS.items()
    }
    changed = {
        name: np.stack([invariance.changed(images, name, amount, section.seed) for amount in it.amounts])
        for name, it in invariance.CHANGES.items()
    }
    with artifacts.staged(paths.CHANGED) as folder:
        folder.mkdir()
        artifacts.write_arrays(folder / paths.CORRUPTED.name, labels=labels, **corrupted)
        artifacts.write_arrays(folder / paths.BY_DEGREES.name, labels=labels, **changed)
    draw(corrupted)
    sets = sum(map(len, (*corrupted.values(), *changed.values())))
    return f"{len(labels):,} images in {sets} ways"


def draw(corrupted: dict[str, np.ndarray]) -> None:
    """Each corruption on a line, as published."""
    shown = [sets[corruptions.CORRUPTIONS[name].published - 1][:SHOWN] for name, sets in corrupted.items()]
    captions = [name.replace("_", " ") if place == 0 else "" for name in corrupted for place in range(SHOWN)]
    grid = figures.digit_grid(np.concatenate(shown)[..., np.newaxis], captions, [False] * len(captions), SHOWN)
    figures.save_png(grid, paths.CORRUPTION_SAMPLES)


if __name__ == "__main__":
    command.run("corrupt", main)
