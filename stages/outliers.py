"""Draw images that are no digit, once for all models: one draw to choose by, one to measure on.

Reads data/processed/{validation,test}/, whose digits stand two to an image in each draw, and the `outliers` section of
params.yaml. Writes data/outliers/{choosing,measuring}.npz, which hold the images of each kind, (n, 28, 28) uint8, and
plots/outliers.png, which shows them.
"""

import numpy as np

from digits import artifacts, command, datasets, figures, non_digits, outliers, params, paths

SHOWN = 10


def main() -> str:
    most = params.load().outliers.images
    sources = {
        paths.TO_CHOOSE: (non_digits.TO_CHOOSE, datasets.load(paths.PROCESSED / "validation")),
        paths.TO_MEASURE: (non_digits.TO_MEASURE, datasets.load(paths.PROCESSED / "test")),
    }
    drawn = {path: outliers.drawn(draw, split.images[..., 0], most) for path, (draw, split) in sources.items()}
    with artifacts.staged(paths.OUTLIERS) as folder:
        folder.mkdir()
        for path, kinds in drawn.items():
            artifacts.write_arrays(folder / path.name, **kinds)
    show(drawn[paths.TO_MEASURE])
    return f"{sum(len(images) for kinds in drawn.values() for images in kinds.values()):,} images of no digit"


def show(kinds: dict[str, np.ndarray]) -> None:
    """Each kind on a line."""
    rng = np.random.default_rng(0)
    shown = np.concatenate([rng.choice(images, SHOWN, replace=False) for images in kinds.values()])
    captions = [name.replace("_", " ") if place == 0 else "" for name in kinds for place in range(SHOWN)]
    grid = figures.digit_grid(shown[..., np.newaxis], captions, [False] * len(captions), SHOWN)
    figures.save_png(grid, paths.OUTLIER_SAMPLES)


if __name__ == "__main__":
    command.run("outliers", main)
