"""What the recogniser is put to beside MNIST: printed digits, pages without a digit, a person's own hand.

Knows what is tried and what is counted; every function takes a recogniser and gives numbers or a table. How it does on
MNIST is known to `recogniser_scores`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from digits import glyphs, images, non_digits
from digits.datasets import CLASSES
from digits.glyphs import Look
from digits.picture_files import Picture
from digits.recogniser import Recogniser

CHANCE = 10  # random looks that each font's digits take on, together


def conditions() -> Iterator[tuple[str, str, list[Look]]]:
    """Each condition of printed digits, by its kind and its value, with its looks."""
    yield "as printed", "", [Look()]
    yield from (("turned by", f"{angle:+d}°", [Look(angle=angle)]) for angle in (-15, -10, -5, 5, 10, 15))
    yield from (("pen", f"{pen:g} times", [Look(pen=pen)]) for pen in (0.9, 1.25, 1.5, 1.75, 2.0))
    yield "polarity", "light on dark", [Look(dark_on_light=False)]
    corners = {"top left": (0.0, 0.0), "top right": (1.0, 0.0), "bottom left": (0.0, 1.0), "bottom right": (1.0, 1.0)}
    yield from (("place", name, [Look(place=place)]) for name, place in corners.items())
    yield from (
        ("height", f"{size * glyphs.PAGE:.0f} pixels", [Look(size=size)]) for size in (0.03, 0.05, 0.1, 0.25, 1.0)
    )
    rng = np.random.default_rng(0)
    yield "all at once", "by chance", [_any_look(rng) for _ in range(CHANCE)]


def _any_look(rng: np.random.Generator) -> Look:
    place = float(rng.uniform()), float(rng.uniform())
    size, pen = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.9, 2.0))
    return Look(float(rng.uniform(-15, 15)), pen, size, place, bool(rng.integers(2)))


def printed(recogniser: Recogniser, fonts: list[Path]) -> pd.DataFrame:
    """How the digits of `fonts` are read in each condition: `condition`, `value`, `pictures`, and the shares that
    are read rightly (`accuracy`), of which it is `sure`, and right among those (`accuracy_where_sure`)."""
    rows = []
    for kind, value, looks in conditions():
        pictures = (
            (Picture(glyphs.page(str(digit), font, look), clean=True), digit)
            for font in fonts
            for digit in range(CLASSES)
            for look in looks
        )
        rows.append({"condition": kind, "value": value, **read(recogniser, pictures)})
    return pd.DataFrame(rows)


def read(recogniser: Recogniser, pictures: Iterable[tuple[Picture, int]]) -> dict[str, float | int]:
    """How `pictures` of a digit each, beside what it is, are read; their number alone where there are none."""
    right, sure = [], []
    for picture, digit in pictures:
        readings = recogniser.read(images.prepare(picture))
        right.append(bool(readings) and readings[0].digit == digit)
        sure.append(bool(readings) and readings[0].sure)
    if not right:
        return {"pictures": 0}
    both = sum(map(min, right, sure))
    return {
        "pictures": len(right),
        "accuracy": sum(right) / len(right),
        "sure": sum(sure) / len(right),
        "accuracy_where_sure": both / max(1, sum(sure)),
    }


def rejection(recogniser: Recogniser, faces: int) -> pd.DataFrame:
    """What is made of pages without a digit, on which nothing was chosen, with characters of `faces` fonts at most:
    `kind`, `pages`, and the shares in which nothing was found (`empty`), of which it was not sure (`unsure`), both
    together (`rejected`)."""
    rows = []
    for kind, pages in non_digits.kinds(non_digits.TO_MEASURE, faces).items():
        readings = [recogniser.read(images.prepare(page)) for page in pages()]
        empty = sum(not it for it in readings) / len(readings)
        unsure = sum(bool(it) and not it[0].sure for it in readings) / len(readings)
        rows.append(
            {"kind": kind, "pages": len(readings), "empty": empty, "unsure": unsure, "rejected": empty + unsure}
        )
    return pd.DataFrame(rows)
