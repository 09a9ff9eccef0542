"""What averaging predictions over shifted copies of each image would gain, for every model of params.yaml.

    python -m benchmarks.shifts

Prints the misread validation and test images of each model: of the image itself, and of the mean probability over its
copies moved by up to one pixel. The pipeline does not do that: it multiplies the cost of a prediction.
"""

import numpy as np
import pandas as pd
from scipy import ndimage

from digits.config.params import load_params
from digits.config.runs import Run, all_runs
from digits.core import cli, paths
from digits.core.determinism import pin_tensorflow
from digits.data import datasets
from digits.data.datasets import LabeledImages
from digits.figures import tables

SHIFTS = {  # pixels down and right
    1: [(0, 0)],
    5: [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)],
    9: [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)],
}


def main() -> str:
    pin_tensorflow(0)
    splits = {name: datasets.load(paths.PROCESSED / name) for name in ("validation", "test")}
    rows = [
        {"model": str(run), "images": name, **misread(run, split)}
        for run in all_runs(load_params().train)
        for name, split in splits.items()
    ]
    return f"misread images by the number of copies\n\n{tables.markdown(pd.DataFrame(rows).astype(str))}"


def misread(run: Run, split: LabeledImages) -> dict[str, int]:
    """The number of misread images by the number of copies whose probabilities are averaged."""
    from digits.models import files, inference

    model = files.load(run.model)
    by_shift = {shift: inference.predict(model, moved(split.images, *shift)) for shift in SHIFTS[9]}
    return {
        str(copies): int((sum(by_shift[it] for it in shifts).argmax(axis=1) != split.labels).sum())
        for copies, shifts in SHIFTS.items()
    }


def moved(images: np.ndarray, down: int, right: int) -> np.ndarray:
    """`images` (n, 28, 28, 1) moved by whole pixels; black comes in at the edges."""
    return ndimage.shift(images, (0, down, right, 0), order=0)


if __name__ == "__main__":
    cli.execute("shifts", main)
