"""Measure how one model reads changed images, and images that were changed against it.

Reads models/<cell>.keras, data/changed/, data/processed/test/, the `robustness` section of params.yaml and the bins of
`evaluate`. Writes metrics/robustness/<cell>.json, plots/corruptions/<cell>.csv, plots/invariance/<cell>.csv and
plots/adversarial/<cell>.csv.
"""

from functools import partial

import numpy as np

from digits import artifacts, cells, command, datasets, params, paths
from digits.pinning import pin


def main(cell: paths.Cell) -> str:
    knobs = params.load()
    section = knobs.robustness
    test = datasets.load(paths.PROCESSED / "test")
    pin(cell.seed)
    from digits import adversarial, inference, model_files, robustness  # they import TensorFlow: the pins come first

    model = model_files.load(cell.model)
    predict = partial(inference.predict, model)
    files = (paths.CORRUPTED, paths.BY_DEGREES, paths.CORRUPTED_TO_CHOOSE)
    corrupted, changed, to_choose = (dict(np.load(path)) for path in files)
    labels = corrupted.pop("labels")
    tables = {
        cell.corruptions: robustness.under_corruptions(predict, labels, corrupted, knobs.evaluate.calibration_bins),
        cell.invariance: robustness.by_degrees(predict, labels, changed),
        cell.adversarial: adversarial.withstood(model, test, section.attacked_images, section.budgets, cell.seed),
    }
    for path, table in tables.items():
        artifacts.write_csv(path, table)
    scores = robustness.summary(tables[cell.corruptions], tables[cell.adversarial])
    scores["validation_corrupted_accuracy"] = robustness.mean_accuracy(predict, to_choose.pop("labels"), to_choose)
    artifacts.write_json(cell.robustness, scores)
    return (
        f"{scores['corrupted_accuracy']:.2%} of corrupted images read, "
        f"{scores['corrupted_worst_accuracy']:.2%} of the worst kind"
    )


if __name__ == "__main__":
    cell = cells.from_arguments(__doc__)
    command.run(f"robustness {cell}", partial(main, cell))
