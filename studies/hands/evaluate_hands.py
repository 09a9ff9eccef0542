"""Measure the exported recognizer on other people's handwriting and on photos of paper, by way of preparation.

Reads models/recognizer/, data/hands/, data/processed/validation/ and the `hands` section of params.yaml. Writes
metrics/hands/handwriting.csv and paper.csv, one row per set or condition and way; metrics/hands/pictures/, the means of
this project's way; and plots/hands/paper.png, a photo of each condition.
"""

import textwrap

import numpy as np
import pandas as pd

from digits.core import artifacts, cli
from digits.core.paths import PROCESSED, RECOGNIZER
from digits.data import datasets
from digits.figures import plots
from digits.recognizer.recognizer import Recognizer
from digits.synthetic import paper
from studies.hands import params, paths, recognizer_scores
from studies.hands.ways import WAYS, prepared

SEED = 0  # of the photos
COLUMNS = ["way", "digits", "accuracy", "accepted", "selective_accuracy", "wrong_accepted", "none"]
SHOWN = 5  # photos in a row of the picture


def main() -> str:
    section, recognizer = params.load(), Recognizer(RECOGNIZER)
    sets = {name: np.load(paths.HANDS / f"{name}.npz") for name in section.sets}
    read = [
        {"set": name, **row}
        for name, it in sets.items()
        for row in by_way(recognizer, list(it["images"]), it["labels"])
    ]
    handwriting = pd.DataFrame(read, columns=["set", *COLUMNS])
    images, labels = datasets.load(PROCESSED / "validation")
    digits, labels = images[: section.n_photos, ..., 0], labels[: section.n_photos]
    photos = {name: paper.photos(digits, name, SEED) for name in paper.CONDITIONS}
    on_paper = pd.DataFrame(
        {"condition": name, **row} for name, it in photos.items() for row in by_way(recognizer, it, labels)
    )
    artifacts.write_csv(paths.HANDWRITING, handwriting)
    artifacts.write_csv(paths.PAPER, on_paper)
    found = summary(handwriting, on_paper)
    artifacts.write_json(paths.PICTURES, found)
    show({name: it[0] for name, it in photos.items()})
    return ", ".join(f"{name} {value:.2%}" for name, value in found.items())


def by_way(recognizer: Recognizer, pictures: list[np.ndarray], labels: np.ndarray) -> list[dict[str, str | float]]:
    """One row of COLUMNS per way.

    `accepted` is the share of accepted predictions, `selective_accuracy` the accuracy of those, `wrong_accepted` the
    share of all that is accepted and wrong, `none` the share of pictures in which no ink was found.
    """
    rows = []
    for way, prepare in WAYS.items():
        images = np.stack([prepare(picture) for picture in pictures])
        predictions = recognizer.read(images)
        correct = np.array([it.digit for it in predictions]) == labels
        accepted = np.array([it.sure for it in predictions])
        rows.append(
            {
                "way": way,
                "digits": len(labels),
                "accuracy": correct.mean(),
                "accepted": accepted.mean(),
                "selective_accuracy": recognizer_scores.selective_accuracy(correct, accepted),
                "wrong_accepted": (accepted & ~correct).mean(),
                "none": (~images.any(axis=(1, 2))).mean(),
            }
        )
    return rows


def summary(handwriting: pd.DataFrame, on_paper: pd.DataFrame) -> dict[str, float]:
    """The means of this project's way over sets and over conditions, and the worst condition."""
    found: dict[str, float] = {}
    for name, table in (("handwriting", handwriting), ("paper", on_paper)):
        own = table[table["way"] == prepared.__name__] if len(table) else table
        if len(own):
            found |= {f"{name}_accuracy": own["accuracy"].mean(), f"{name}_worst_accuracy": own["accuracy"].min()}
            found[f"{name}_wrong_accepted"] = own["wrong_accepted"].max()
    return found


def show(photos: dict[str, np.ndarray]) -> None:
    """Draw one photo of each condition."""
    small = np.stack([it[::2, ::2] for it in photos.values()])[..., np.newaxis]
    plots.save_png(
        plots.digit_grid(255 - small, [textwrap.fill(it, 14) for it in photos], [False] * len(photos), SHOWN),
        paths.PAPER_PICTURE,
    )


if __name__ == "__main__":
    cli.execute("evaluate_hands", main)
