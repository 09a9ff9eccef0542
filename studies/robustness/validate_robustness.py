"""Measure one model on corrupted validation images, to choose augmentation by; test images play no part.

Reads models/<run>.keras and data/corrupted/corruptions_val.npz. Writes metrics/robustness_validation/<run>.json.
"""

from functools import partial

import numpy as np

from digits.config import runs
from digits.config.runs import Run
from digits.core import artifacts, cli
from digits.core.determinism import pin_tensorflow
from studies.robustness import paths, tables


def main(run: Run) -> str:
    pin_tensorflow(run.seed)
    from digits.models import files, inference  # imports TensorFlow: the pins come first

    sets = dict(np.load(paths.CORRUPTED_VALIDATION))
    labels = sets.pop("labels")
    accuracy = tables.mean_accuracy(partial(inference.predict, files.load(run.model)), labels, sets)
    artifacts.write_json(paths.validation_metrics(run), {"validation_corrupted_accuracy": accuracy})
    return f"accuracy on corrupted validation images {accuracy:.2%}"


if __name__ == "__main__":
    run = runs.from_arguments(__doc__)
    cli.execute(f"validate_robustness {run}", partial(main, run))
