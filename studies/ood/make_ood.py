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

SHOWN = 10  # images of each kind in the picture


def main() -> str:
    n_images = params.load().images
    sources = {
        paths.OOD_VAL: (pages.VAL_PAGES, datasets.load(PROCESSED / "validation")),
        paths.OOD_TEST: (pages.TEST_PAGES, datasets.load(PROCESSED / "test")),
    }
    made = {
        path: ood_images.make(ood_set, split.images[..., 0], n_images) for path, (ood_set, split) in sources.items()
    }
    with artifacts.atomic_write(paths.IMAGES) as folder:
        folder.mkdir()
        for path, kinds in made.items():
            artifacts.write_arrays(folder / path.name, **kinds)
    rng = np.random.default_rng(0)
    shown = {name: rng.choice(images, SHOWN, replace=False) for name, images in made[paths.OOD_TEST].items()}
    plots.save_png(plots.rows_of_kinds(shown), paths.SAMPLES)
    return f"{sum(len(images) for kinds in made.values() for images in kinds.values()):,} out-of-distribution images"


if __name__ == "__main__":
    cli.execute("make_ood", main)
