"""Find train images whose label is doubtful, with models that were trained without them.

Reads data/processed/train/, the normalization, the `labels` section of params.yaml and the recipe that it names. Writes
metrics/labels/suspects.csv, metrics/labels/audit.json and plots/labels/suspects.png, the most doubtful first.
"""

import numpy as np
from sklearn.model_selection import StratifiedKFold

from digits.config.params import load_params
from digits.config.recipes import Recipe
from digits.core import artifacts, cli
from digits.core.determinism import pin_tensorflow
from digits.core.paths import NORMALIZATION, PROCESSED
from digits.data import datasets
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from digits.figures import plots
from studies.labels import label_audit, params, paths
from studies.labels.params import Labels

COLUMNS = 10


def main() -> str:
    section = params.load()
    train = datasets.load(PROCESSED / "train")
    probabilities = out_of_fold(train, section, load_params().recipes[section.recipe])
    suspects = label_audit.ranked(train, probabilities)
    accuracy = float((probabilities.argmax(axis=1) == train.labels).mean())
    artifacts.write_csv(paths.SUSPECTS, suspects)
    artifacts.write_json(
        paths.AUDIT, {"images": len(train.labels), "out_of_fold_accuracy": accuracy, "suspects": len(suspects)}
    )
    shown = suspects.head(section.n_shown)
    captions = [f"is {row.label}? {row.likely}" for row in shown.itertuples()]
    grid = plots.digit_grid(train.images[shown.index], captions, [True] * len(shown), COLUMNS)
    plots.save_png(grid, paths.PICTURES)
    return f"{len(suspects)} suspects in {len(train.labels):,} images; out-of-fold accuracy {accuracy:.2%}"


def out_of_fold(train: LabeledImages, section: Labels, recipe: Recipe) -> np.ndarray:
    """Probabilities (n, 10) of each image, by the model that was trained on the folds without it."""
    pin_tensorflow(section.seed)
    from digits.models import inference  # imports TensorFlow: the pins come first
    from digits.training import loop

    normalization = Normalization(**artifacts.read_json(NORMALIZATION))
    probabilities = np.zeros((len(train.labels), datasets.CLASSES))
    folds = StratifiedKFold(section.folds, shuffle=True, random_state=section.seed)
    for kept, held_out in folds.split(train.labels, train.labels):
        rest, unseen = (LabeledImages(train.images[part], train.labels[part]) for part in (kept, held_out))
        model = loop.trained(section.recipe, recipe, normalization, rest, unseen, section.seed)
        probabilities[held_out] = inference.predict(model, unseen.images)
    return probabilities


if __name__ == "__main__":
    cli.execute("audit_labels", main)
