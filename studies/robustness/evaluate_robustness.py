"""Measure one model on corrupted and transformed images and on adversarial examples.

Reads models/<run>.keras, data/corrupted/, data/processed/test/, the `robustness` section of params.yaml and
evaluate.calibration_bins. Writes metrics/robustness/<run>.json and
plots/robustness/{corruptions,transforms,attacks}/<run>.csv.
"""

from functools import partial

import numpy as np

from digits.config import runs
from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import artifacts, cli
from digits.core.determinism import pin_tensorflow
from digits.core.paths import PROCESSED
from digits.data import datasets
from studies.robustness import params, paths, tables


def main(run: Run) -> str:
    bins, section = load_params().evaluate.calibration_bins, params.load()
    test = datasets.load(PROCESSED / "test")
    pin_tensorflow(run.seed)
    from digits.models import files, inference  # imports TensorFlow: the pins come first
    from studies.robustness import attacks

    model = files.load(run.model)
    predict = partial(inference.predict, model)
    corrupted, transformed = (dict(np.load(path)) for path in (paths.CORRUPTED, paths.TRANSFORMED))
    labels = corrupted.pop("labels")
    found = {
        "corruptions": tables.under_corruptions(predict, labels, corrupted, bins),
        "transforms": tables.under_transforms(predict, labels, transformed),
        "attacks": attacks.robust_accuracy(model, test, section.attacked_images, section.epsilons, run.seed),
    }
    for name, table in found.items():
        artifacts.write_csv(paths.table(name, run), table)
    scores = tables.summary(found["corruptions"], found["attacks"])
    artifacts.write_json(paths.metrics(run), scores)
    return (
        f"accuracy under corruption {scores['corrupted_accuracy']:.2%}, "
        f"under the worst {scores['corrupted_worst_accuracy']:.2%}"
    )


if __name__ == "__main__":
    run = runs.from_arguments(__doc__)
    cli.execute(f"evaluate_robustness {run}", partial(main, run))
