"""Find the train images whose label is doubtful, by models that were trained without them.

Reads data/processed/train/, the normalisation, the `audit_labels` section of params.yaml and the recipe that it names.
Writes metrics/suspects.csv, metrics/audit.json and plots/suspects.png, the least fitting first.
"""

import tempfile
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold

from digits import artifacts, command, datasets, figures, params, paths, suspects
from digits.pinning import pin
from digits.recipes import Recipe
from digits.splits import Normalisation

COLUMNS = 10


def main() -> str:
    knobs = params.load()
    section = knobs.audit_labels
    train = datasets.load(paths.PROCESSED / "train")
    probabilities = out_of_fold(train, section, getattr(knobs.recipes, section.recipe))
    found = suspects.ranked(train, probabilities)
    accuracy = float((probabilities.argmax(axis=1) == train.labels).mean())
    artifacts.write_csv(paths.SUSPECTS, found)
    artifacts.write_json(
        paths.AUDIT, {"images": len(train.labels), "out_of_fold_accuracy": accuracy, "suspects": len(found)}
    )
    shown = found.head(section.pictured)
    captions = [f"is {row.label}? {row.likely}" for row in shown.itertuples()]
    grid = figures.digit_grid(train.images[shown.index], captions, [True] * len(shown), COLUMNS)
    figures.save_png(grid, paths.SUSPECT_PICTURES)
    return f"{len(found)} suspects in {len(train.labels):,} images; {accuracy:.2%} read rightly out of fold"


def out_of_fold(train: datasets.Split, section: params.AuditLabels, recipe: Recipe) -> np.ndarray:
    """The probabilities (n, 10) of each image by the model that was trained on the other folds."""
    pin(section.seed)
    from digits import inference, models, training  # they import TensorFlow, which must find the pins set

    normalisation = Normalisation(**artifacts.read_json(paths.NORMALISATION))
    probabilities = np.zeros((len(train.labels), datasets.CLASSES))
    folds = StratifiedKFold(section.folds, shuffle=True, random_state=section.seed)
    for kept, held_out in folds.split(train.labels, train.labels):
        model = models.build(section.recipe, recipe, normalisation)
        rest, unseen = (datasets.Split(train.images[part], train.labels[part]) for part in (kept, held_out))
        with tempfile.TemporaryDirectory() as logs:
            training.fit(model, recipe, rest, unseen, section.seed, Path(logs))
        probabilities[held_out] = inference.predict(model, unseen.images)
    return probabilities


if __name__ == "__main__":
    command.run("audit_labels", main)
