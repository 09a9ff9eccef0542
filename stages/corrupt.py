"""Change the first test images in every way that a reader should withstand, once for all models, and as many validation
images to choose by.

Reads data/processed/{validation,test}/ and the `corrupt` section of params.yaml. Writes data/changed/: corruptions.npz
and invariance.npz, which hold the images of each way, (levels, n, 28, 28) uint8, and their labels;
corruptions_to_choose.npz, which has validation images at the published levels alone, by other random numbers; and
plots/corruptions.png, which shows the first.
"""

import numpy as np

from digits import artifacts, command, corruptions, datasets, figures, invariance, params, paths

SHOWN = 8


def main() -> str:
    section = params.load().corrupt
    images, labels = first("test", section.images)
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
    others, their_labels = first("validation", section.images)
    to_choose = {
        name: corruptions.corrupted(others, name, it.published, section.seed + 1)
        for name, it in corruptions.CORRUPTIONS.items()
    }
    with artifacts.staged(paths.CHANGED) as folder:
        folder.mkdir()
        artifacts.write_arrays(folder / paths.CORRUPTED.name, labels=labels, **corrupted)
        artifacts.write_arrays(folder / paths.BY_DEGREES.name, labels=labels, **changed)
        artifacts.write_arrays(folder / paths.CORRUPTED_TO_CHOOSE.name, labels=their_labels, **to_choose)
    draw(corrupted)
    sets = sum(map(len, (*corrupted.values(), *changed.values())))
    return f"{len(labels):,} images in {sets} ways"


def first(split: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` images of a split, (n, 28, 28), and their labels."""
    images, labels = datasets.load(paths.PROCESSED / split)
    return images[:count, ..., 0], labels[:count]


def draw(corrupted: dict[str, np.ndarray]) -> None:
    """Each corruption on a line, as published."""
    shown = [sets[corruptions.CORRUPTIONS[name].published - 1][:SHOWN] for name, sets in corrupted.items()]
    captions = [name.replace("_", " ") if place == 0 else "" for name in corrupted for place in range(SHOWN)]
    grid = figures.digit_grid(np.concatenate(shown)[..., np.newaxis], captions, [False] * len(captions), SHOWN)
    figures.save_png(grid, paths.CORRUPTION_SAMPLES)


if __name__ == "__main__":
    command.run("corrupt", main)
