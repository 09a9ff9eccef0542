"""Check the fetched images, cut a validation set from train, measure the normalization on the rest of train.

Reads data/raw/ and the `preprocess` section of params.yaml. Writes data/processed/{train,validation,test}/,
data/processed/normalization.json, metrics/splits.json, plots/class_counts.csv and plots/class_samples.png.
"""

import numpy as np
import pandas as pd

from digits import config, data, files, plots
from digits.config import load_params
from digits.data import CLASSES, LabeledImages

SAMPLES_PER_CLASS = 10


def main() -> None:
    section = load_params().preprocess
    train, test = (data.load(config.RAW / name) for name in ("train", "test"))
    shared = data.count_shared_images(train.images, test.images, section.max_shared_images)
    positions, held_out = data.cut_validation(train.labels, section.validation_fraction, section.seed)
    with files.atomic_write(config.PROCESSED) as folder:
        data.save_part(folder / "train", train, positions)
        data.save_part(folder / "validation", train, held_out)
        data.save_part(folder / "test", test, np.arange(len(test.labels)))
        parts = {name: data.load(folder / name) for name in ("train", "validation", "test")}
        for name, part in parts.items():
            data.check_classes(name, part.labels)
        normalization = data.measure_normalization(parts["train"].images)
        files.write_json(folder / config.NORMALIZATION.name, normalization._asdict())
    facts = {
        name: {"images": len(part.labels), "digest": data.dataset_digest(part)[: data.DIGEST_LENGTH]}
        for name, part in parts.items()
    }
    files.write_json(config.SPLITS, {**facts, "shared_images": shared, "pixels": normalization._asdict()})
    counts = {name: data.class_counts(part.labels) for name, part in parts.items()}
    files.write_csv(config.CLASS_COUNTS, pd.DataFrame({"class": range(CLASSES), **counts}))
    draw_class_samples(parts["train"])
    print(", ".join(f"{name} {len(part.labels):,}" for name, part in parts.items()))


def draw_class_samples(train: LabeledImages) -> None:
    shown = np.concatenate([np.flatnonzero(train.labels == digit)[:SAMPLES_PER_CLASS] for digit in range(CLASSES)])
    captions = [str(label) for label in train.labels[shown]]
    grid = plots.digit_grid(train.images[shown], captions, [False] * len(shown), SAMPLES_PER_CLASS)
    plots.save_png(grid, config.CLASS_SAMPLES)


if __name__ == "__main__":
    files.execute("preprocess", main)
