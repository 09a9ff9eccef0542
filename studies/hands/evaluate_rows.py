"""Measure how well several digits in one picture are read, by condition and way.

Reads models/recognizer/, data/processed/validation/ and the `hands` section of params.yaml. Writes
metrics/hands/rows.csv, one row per condition, and plots/hands/rows.png, a photo of each.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from digits.core import artifacts, cli
from digits.core.paths import PROCESSED, RECOGNIZER
from digits.data import datasets
from digits.figures import plots
from digits.recognizer import rows
from digits.recognizer.recognizer import Recognizer
from digits.synthetic import rows as synthetic
from digits.synthetic.rows import HEIGHT, WIDTH, Row
from studies.hands import params, paths, pieces

SEED = 1  # of the photos; the weights of `digits.recognizer.rows` were chosen on train images with seeds 17 and 18
SHOWN = 2  # photos in a row of the picture

Way = Callable[[Recognizer, np.ndarray], list[int]]


def cut(recognizer: Recognizer, gray: np.ndarray) -> list[int]:
    """This project's way."""
    return [it.prediction.digit for it in rows.read(recognizer, gray)]


WAYS: dict[str, Way] = {"pieces": pieces.read, "cut": cut}


def main() -> str:
    count, recognizer = params.load().n_photos, Recognizer(RECOGNIZER)
    images, labels = datasets.load(PROCESSED / "validation")
    photos = {name: synthetic.rows(images[..., 0], labels, name, count, SEED) for name in synthetic.CONDITIONS}
    table = pd.DataFrame({"condition": name, **exact(recognizer, it)} for name, it in photos.items())
    artifacts.write_csv(paths.ROWS, table)
    show({name: it[0].picture for name, it in photos.items()})
    return ", ".join(f"{name} {share:.0%}" for name, share in zip(table["condition"], table["cut"], strict=True))


def exact(recognizer: Recognizer, photos: list[Row]) -> dict[str, float]:
    """The number of `photos`, and the share of them whose digits are all read, in order, by way."""
    shares = {way: np.mean([read(recognizer, it.picture) == it.labels for it in photos]) for way, read in WAYS.items()}
    return {"photos": len(photos), **{way: float(share) for way, share in shares.items()}}


def show(photos: dict[str, np.ndarray]) -> None:
    """Draw one photo of each condition."""
    size = WIDTH // 2, HEIGHT // 2
    small = np.stack([np.asarray(ImageOps.pad(Image.fromarray(it), size, color=255)) for it in photos.values()])
    plots.save_png(
        plots.digit_grid(255 - small[..., np.newaxis], list(photos), [False] * len(photos), SHOWN), paths.ROWS_PICTURE
    )


if __name__ == "__main__":
    cli.execute("evaluate_rows", main)
