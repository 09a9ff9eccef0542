"""Make out-of-distribution images: one set to select a detector on, another to evaluate it on.

Reads data/processed/{validation,test}/, whose digits are combined to images of two digits, and the `ood` section of
params.yaml. Writes data/ood/{ood_val,ood_test}.npz, which hold the images of each kind, (n, 28, 28) uint8, and
plots/ood/samples.png.
"""

import numpy as np

from digits.core import artifacts, cli
from digits.core.paths import PROCESSED
from digits.data import datasets
from digits.figures import plots
from digits.synthetic import pages
from studies.ood import ood_images, params, paths

SHOWN = 10


def main() -> str:
    n_images = params.load().images
    sources = {
        paths.OOD_VAL: (pages.OOD_VAL, datasets.load(PROCESSED / "validation")),
        paths.OOD_TEST: (pages.OOD_TEST, datasets.load(PROCESSED / "test")),
    }
    made = {
        path: ood_images.make(ood_set, split.images[..., 0], n_images) for path, (ood_set, split) in sources.items()
    }
    with artifacts.atomic_write(paths.IMAGES) as folder:
        folder.mkdir()
        for path, kinds in made.items():
            artifacts.write_arrays(folder / path.name, **kinds)
    show(made[paths.OOD_TEST])
    return f"{sum(len(images) for kinds in made.values() for images in kinds.values()):,} out-of-distribution images"


def show(kinds: dict[str, np.ndarray]) -> None:
    """Draw one row for each kind."""
    rng = np.random.default_rng(0)
    shown = np.concatenate([rng.choice(images, SHOWN, replace=False) for images in kinds.values()])
    captions = [name.replace("_", " ") if place == 0 else "" for name in kinds for place in range(SHOWN)]
    grid = plots.digit_grid(shown[..., np.newaxis], captions, [False] * len(captions), SHOWN)
    plots.save_png(grid, paths.SAMPLES)


if __name__ == "__main__":
    cli.execute("make_ood", main)
