"""Measure how well one model tells digits from what is none, by each way to ask how familiar an image is to it.

Reads models/<cell>.keras, data/processed/{train,validation,test}/, data/outliers/ and the `detect` section of
params.yaml. Writes models/subspaces/<cell>.npz, metrics/detectors/<cell>.csv and metrics/detection/<cell>.json, whose
numbers called choosing_… compare validation with the draw to choose by, those called measuring_… the test set with the
other.
"""

from functools import partial

import numpy as np
import pandas as pd

from digits import artifacts, cells, command, datasets, detectors, params, paths
from digits.pinning import pin


def main(cell: paths.Cell) -> str:
    section = params.load().detect
    pin(cell.seed)
    from digits import insides, model_files  # they import TensorFlow: the pins come first

    ask = insides.of(model_files.load(cell.model))
    train = datasets.load(paths.PROCESSED / "train")
    subspace = detectors.Subspace.fitted(ask(train.images[: section.fitted_on])[0], section.variance)
    tables = []
    for split, outliers in (("validation", paths.TO_CHOOSE), ("test", paths.TO_MEASURE)):
        known = ask(datasets.load(paths.PROCESSED / split).images)
        with np.load(outliers) as kinds:
            unknown = {kind: ask(kinds[kind][..., np.newaxis]) for kind in kinds.files}
        tables.append(detectors.compare(known, unknown, subspace).assign(draw=outliers.stem))
    table = pd.concat(tables)
    numbers = detectors.summary(table)
    chosen = detectors.winner(numbers)
    numbers |= {f"outlier_{name}": numbers[f"measuring_{chosen}_{name}"] for name in ("auroc", "fpr95")}
    subspace.save(cell.subspace)
    artifacts.write_csv(cell.detectors, table)
    artifacts.write_json(cell.detection, numbers)
    return (
        f"{chosen} tells them best: AUROC {numbers['outlier_auroc']:.4f}, {numbers['outlier_fpr95']:.1%} pass at 95 %"
    )


if __name__ == "__main__":
    cell = cells.from_arguments(__doc__)
    command.run(f"detect {cell}", partial(main, cell))
