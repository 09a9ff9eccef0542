"""Measure how well each detector separates digits from images that are no digit, for one model.

The detector is selected by the numbers `val_…`, measured on validation images and one set of out-of-distribution
images. It is evaluated by the numbers `test_…`, on test images and another set; `ood_…` are those of the selected
detector. Reads models/<run>.keras, data/processed/{train,validation,test}/, data/ood/ and the `export` section and
the recipe in params.yaml. Writes metrics/ood/<run>.csv and .json.
"""

from functools import partial

import numpy as np
import pandas as pd

from digits.config import runs
from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import artifacts, cli
from digits.core.determinism import pin_tensorflow
from digits.core.paths import PROCESSED
from digits.data import datasets
from digits.data.datasets import LabeledImages
from digits.ood.scores import Subspace
from studies.ood import detection, paths


def main(run: Run) -> str:
    params = load_params()
    section = params.export
    pin_tensorflow(run.seed)
    from digits.models import files  # imports TensorFlow: the pins come first
    from digits.ood import features
    from digits.training import drawn_digits

    extract = features.extractor(files.load(run.model))
    train = datasets.load(PROCESSED / "train")
    real = LabeledImages(train.images[: section.n_fit], train.labels[: section.n_fit])
    known = drawn_digits.added(real, params.recipes[run.recipe].drawn_digits, run.seed)
    subspace = Subspace.fitted(extract(known.images)[0], section.explained_variance)
    tables = []
    for split, ood_set, path in (("validation", "val", paths.OOD_VAL), ("test", "test", paths.OOD_TEST)):
        digits = extract(datasets.load(PROCESSED / split).images)
        with np.load(path) as kinds:
            unknown = {kind: extract(kinds[kind][..., np.newaxis]) for kind in kinds.files}
        tables.append(detection.compare(digits, unknown, subspace).assign(ood_set=ood_set))
    table = pd.concat(tables)
    numbers = detection.summary(table)
    selected = detection.select_detector(numbers)
    numbers |= {f"ood_{name}": numbers[f"test_{selected}_{name}"] for name in ("auroc", "fpr95")}
    artifacts.write_csv(paths.table(run), table)
    artifacts.write_json(paths.metrics(run), numbers)
    return f"selected {selected}; on test AUROC {numbers['ood_auroc']:.4f}, FPR95 {numbers['ood_fpr95']:.1%}"


if __name__ == "__main__":
    run = runs.from_arguments(__doc__)
    cli.execute(f"evaluate_ood {run}", partial(main, run))
