"""Measure the exported recognizer on other people's handwriting and on photos of paper, by way of preparation.

Reads models/recognizer/, data/hands/, data/processed/validation/, the `hands` section of params.yaml and the folder of
your own pictures that `hands.corrections` names. Writes metrics/hands/handwriting.csv and paper.csv, one row per set or
condition and way; metrics/hands/pictures/, the means of this project's way; plots/hands/misread.png, what it misreads
of each set; and plots/hands/paper.png, a photo of each condition.
"""

import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from digits.core import artifacts, cli
from digits.core.paths import PROCESSED, RECOGNIZER
from digits.data import datasets
from digits.figures import plots
from digits.recognizer import corrections
from digits.recognizer.recognizer import Prediction, Recognizer
from digits.synthetic import paper_conditions
from digits.synthetic.surfaces import HEIGHT, WIDTH
from studies.hands import handwriting, params, paths, recognizer_scores
from studies.hands.ways import WAYS, prepared

SEED = 0  # of the photos
OWN = "own"  # the name of your own pictures in the table
COLUMNS = ["way", "digits", "accuracy", "accepted", "selective_accuracy", "wrong_accepted", "none"]
SHOWN = 5  # photos in a row of the picture
MISREAD_SHOWN = 30  # of each set, in rows of ten

Digits = tuple[list[np.ndarray], np.ndarray]  # pictures (h, w) uint8 and their labels (n,)


def main() -> str:
    section, recognizer = params.load(), Recognizer(RECOGNIZER)
    sets = {name: handwriting.stored(name) for name in section.sets} | own(Path(section.corrections))
    images, labels = datasets.load(PROCESSED / "validation")
    digits, labels = images[: section.n_photos, ..., 0], labels[: section.n_photos]
    photos = {name: (paper_conditions.photos(digits, name, SEED), labels) for name in paper_conditions.CONDITIONS}
    by_set, on_paper = compare(recognizer, "set", sets), compare(recognizer, "condition", photos)
    artifacts.write_csv(paths.HANDWRITING, by_set)
    artifacts.write_csv(paths.PAPER, on_paper)
    found = summary(by_set, on_paper)
    artifacts.write_json(paths.PICTURES, found)
    show_misread(recognizer, sets)
    show_photos({name: pictures[0] for name, (pictures, _) in photos.items()})
    return ", ".join(f"{name} {value:.2%}" for name, value in found.items())


def own(folder: Path) -> dict[str, Digits]:
    """The pictures in the subfolders 0 to 9 of `folder` as a set; no set if there are none."""
    pairs = list(corrections.load(folder))
    return {OWN: ([picture for picture, _ in pairs], np.array([label for _, label in pairs]))} if pairs else {}


def compare(recognizer: Recognizer, kind: str, sets: dict[str, Digits]) -> pd.DataFrame:
    """One row per set, whose name stands in the column `kind`, and way, with COLUMNS.

    `accepted` is the share of accepted predictions, `selective_accuracy` the accuracy of those, `wrong_accepted` the
    share of all that is accepted and wrong, `none` the share of pictures in which no ink was found.
    """
    rows = []
    for name, (pictures, labels) in sets.items():
        for way, prepare in WAYS.items():
            images = np.stack([prepare(picture) for picture in pictures])
            correct, accepted = outcome(recognizer.read(images), labels)
            rows.append(
                {
                    kind: name,
                    "way": way,
                    "digits": len(labels),
                    "accuracy": correct.mean(),
                    "accepted": accepted.mean(),
                    "selective_accuracy": recognizer_scores.selective_accuracy(correct, accepted),
                    "wrong_accepted": (accepted & ~correct).mean(),
                    "none": (~images.any(axis=(1, 2))).mean(),
                }
            )
    return pd.DataFrame(rows, columns=[kind, *COLUMNS])


def outcome(predictions: list[Prediction], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which predictions are correct, and which are accepted: two masks (n,)."""
    return np.array([it.digit for it in predictions]) == labels, np.array([it.sure for it in predictions])


def summary(by_set: pd.DataFrame, on_paper: pd.DataFrame) -> dict[str, float]:
    """The means of this project's way over sets, but your own, and over conditions; the worst of each; your own."""
    found: dict[str, float] = {}
    own = by_set["set"] == OWN
    for name, table in (("handwriting", by_set[~own]), ("paper", on_paper), ("user", by_set[own])):
        rows = table[table["way"] == prepared.__name__]
        if len(rows):
            found |= {f"{name}_accuracy": rows["accuracy"].mean(), f"{name}_worst_accuracy": rows["accuracy"].min()}
            found |= {
                f"{name}_accepted": rows["accepted"].mean(),
                f"{name}_wrong_accepted": rows["wrong_accepted"].max(),
            }
    return found


def show_misread(recognizer: Recognizer, sets: dict[str, Digits]) -> None:
    """Draw what the model sees of the first misread pictures of each set: label, prediction, red if accepted."""
    shown, captions, sure = [], [], []
    for name, (pictures, labels) in sets.items():
        images = np.stack([prepared(picture) for picture in pictures])
        predictions = recognizer.read(images)
        for place in np.flatnonzero(~outcome(predictions, labels)[0])[:MISREAD_SHOWN]:
            shown.append(images[place])
            captions.append(f"{name}\n{labels[place]} as {predictions[place].digit}")
            sure.append(predictions[place].sure)
    grid = np.array(shown, np.uint8).reshape(-1, *datasets.IMAGE_SHAPE)
    plots.save_png(plots.digit_grid(grid, captions, sure, 10), paths.MISREAD)


def show_photos(photos: dict[str, np.ndarray]) -> None:
    """Draw one photo of each condition."""
    size = WIDTH // 2, HEIGHT // 2
    small = np.stack([np.asarray(ImageOps.pad(Image.fromarray(it), size, color=255)) for it in photos.values()])
    plots.save_png(
        plots.digit_grid(
            255 - small[..., np.newaxis],
            [textwrap.fill(it, 14) for it in photos],
            [False] * len(photos),
            SHOWN,
        ),
        paths.PAPER_PICTURE,
    )


if __name__ == "__main__":
    cli.execute("evaluate_hands", main)
