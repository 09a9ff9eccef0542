"""Check the fetched images, cut a validation set from train, measure the normalization on the rest of train.

A fold of what is left of train can take the place of the validation set. Reads data/raw/, the `preprocess` section of
params.yaml and plans/fold.yaml. Writes data/processed/{train,validation,test}/, data/processed/normalization.json,
metrics/splits.json, plots/class_counts.csv and plots/class_samples.png.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML
from sklearn.model_selection import StratifiedKFold

from digits.config.params import load_params
from digits.core import artifacts, cli, paths
from digits.data import datasets, splits
from digits.figures import plots

SAMPLES_PER_CLASS = 10
FOLD = Path("plans/fold.yaml")


def main() -> str:
    section = load_params().preprocess
    official = {name: datasets.load(paths.RAW / name) for name in ("train", "test")}
    shared = splits.count_shared_images(official["train"].images, official["test"].images, section.max_shared_images)
    kept, held_out = splits.cut_validation(official["train"].labels, section.validation_fraction, section.seed)
    fold = YAML(typ="safe").load(FOLD)
    if fold["folds"]:
        kept, held_out = cut_fold(official["train"].labels, kept, fold, section.seed)
    with artifacts.atomic_write(paths.PROCESSED) as folder:
        datasets.save_part(folder / "train", official["train"], kept)
        datasets.save_part(folder / "validation", official["train"], held_out)
        datasets.save_part(folder / "test", official["test"], np.arange(len(official["test"].labels)))
        parts = {name: datasets.load(folder / name) for name in ("train", "validation", "test")}
        for name, part in parts.items():
            splits.check_classes(name, part.labels)
        normalization = splits.measure_normalization(parts["train"].images)
        artifacts.write_json(folder / paths.NORMALIZATION.name, normalization._asdict())
    facts = {
        name: {"images": len(part.labels), "digest": datasets.dataset_digest(part)[: datasets.DIGEST_LENGTH]}
        for name, part in parts.items()
    }
    artifacts.write_json(paths.SPLITS, {**facts, "shared_images": shared, "pixels": normalization._asdict()})
    counts = {name: splits.class_counts(part.labels) for name, part in parts.items()}
    artifacts.write_csv(paths.CLASS_COUNTS, pd.DataFrame({"class": range(datasets.CLASSES), **counts}))
    draw_class_samples(parts["train"])
    return ", ".join(f"{name} {len(part.labels):,}" for name, part in parts.items())


def cut_fold(labels: np.ndarray, train: np.ndarray, fold: dict[str, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split the positions `train` (m,) into those to train on and those of the fold, stratified by class."""
    folds = StratifiedKFold(fold["folds"], shuffle=True, random_state=seed)
    kept, judged = list(folds.split(train, labels[train]))[fold["judged"]]
    return train[kept], train[judged]


def draw_class_samples(train: datasets.LabeledImages) -> None:
    first = [np.flatnonzero(train.labels == digit)[:SAMPLES_PER_CLASS] for digit in range(datasets.CLASSES)]
    shown = np.concatenate(first)
    captions = [str(label) for label in train.labels[shown]]
    grid = plots.digit_grid(train.images[shown], captions, [False] * len(shown), SAMPLES_PER_CLASS)
    plots.save_png(grid, paths.CLASS_SAMPLES)


if __name__ == "__main__":
    cli.execute("preprocess", main)
