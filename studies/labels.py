"""Study: train images whose label is doubtful, found by models that were trained without them. No choice uses them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues
from sklearn.model_selection import StratifiedKFold

from digits import data, files, metrics, plots
from digits.config import NORMALIZATION, PROCESSED, load_params, load_section
from digits.data import LabeledImages, Normalization
from digits.determinism import pin_tensorflow
from digits.temperature import apply_temperature
from studies import run_stage
from studies.params import Labels

AUDIT = Path("metrics/labels/audit.json")
PICTURES = Path("plots/labels/suspects.png")
N_SHOWN = 60  # images in the picture
SEED = 0  # of the folds and the trainings


def audit() -> None:
    """List the train images whose label is doubtful, the most doubtful first, and show some."""
    train = data.load(PROCESSED / "train")
    probabilities = out_of_fold(train, load_section("labels", Labels))
    # Smoothed labels make a model too modest, and confident learning would find too little.
    temperature = metrics.fit_temperature(train.labels, probabilities)
    suspects = ranked(train, apply_temperature(probabilities, temperature))
    accuracy = float((probabilities.argmax(axis=1) == train.labels).mean())
    files.write_csv(AUDIT.with_name("suspects.csv"), suspects)
    files.write_json(AUDIT, {"images": len(train.labels), "out_of_fold_accuracy": accuracy, "suspects": len(suspects)})
    shown = suspects.head(N_SHOWN)
    captions = [f"is {row.label}? {row.likely}" for row in shown.itertuples()]
    plots.save_png(plots.digit_grid(train.images[shown.index], captions, [True] * len(shown), 10), PICTURES)
    print(f"{len(suspects)} suspects in {len(train.labels):,} images; out-of-fold accuracy {accuracy:.2%}")


def out_of_fold(train: LabeledImages, section: Labels) -> np.ndarray:
    """Probabilities (n, 10) of each image, by the model that was trained on the folds without it."""
    recipe = load_params().recipes[section.recipe]
    pin_tensorflow(SEED)
    from digits import models, training  # import TensorFlow: the pins come first

    normalization = Normalization(**files.read_json(NORMALIZATION))
    probabilities = np.zeros((len(train.labels), data.CLASSES))
    folds = StratifiedKFold(section.folds, shuffle=True, random_state=SEED)
    for included, left_out in folds.split(train.labels, train.labels):
        rest, unseen = (LabeledImages(train.images[part], train.labels[part]) for part in (included, left_out))
        model = training.trained(section.recipe, recipe, normalization, rest, unseen, SEED)
        probabilities[left_out] = models.predict(model, unseen.images)
    return probabilities


def ranked(split: LabeledImages, probabilities: np.ndarray) -> pd.DataFrame:
    """The images of `split` with a doubtful label, the least probable label first, indexed by position.

    `probabilities` (n, 10) are those of models that were trained without the image; `likely` is the most probable
    digit. Method: confident learning (Northcutt, Jiang and Chuang 2021).
    """
    labels = split.labels.astype(int)
    indices = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    likely = probabilities[indices].argmax(axis=1)
    table = {
        "image": data.image_names(split.images[indices]),
        "label": split.labels[indices],
        "likely": likely,
        "label_probability": probabilities[indices, labels[indices]],
        "likely_probability": probabilities[indices, likely],
    }
    return pd.DataFrame(table, index=indices)


def section() -> dict[str, Any] | None:
    """What the studies' page shows; None if the audit was not run."""
    if not AUDIT.exists():
        return None
    settings = {**load_section("labels", Labels).model_dump(), "n_shown": N_SHOWN}
    return {**files.read_json(AUDIT), **settings, "pictures": plots.data_uri(PICTURES.read_bytes())}


if __name__ == "__main__":
    run_stage(__doc__, audit)
