"""The recognizer on pictures that are not MNIST's: printed digits, and pages without a digit."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from digits.data.datasets import CLASSES
from digits.imaging import mnist_format
from digits.recognizer.recognizer import Recognizer
from digits.synthetic import fonts, pages
from digits.synthetic.fonts import GlyphStyle
from studies.hands import recognizer_scores

RANDOM_STYLES = 10  # with which each printed digit is tried in the last condition


def conditions() -> Iterator[tuple[str, str, list[GlyphStyle]]]:
    """The conditions of printed digits: name, value and styles. All but the last vary one thing at a time."""
    yield "as printed", "", [GlyphStyle()]
    yield from (("rotated by", f"{angle:+d}°", [GlyphStyle(angle=angle)]) for angle in (-15, -10, -5, 5, 10, 15))
    yield from (("stroke width", f"{pen:g} times", [GlyphStyle(pen=pen)]) for pen in (0.9, 1.25, 1.5, 1.75, 2.0))
    yield "polarity", "light on dark", [GlyphStyle(dark_on_light=False)]
    corners = {"top left": (0.0, 0.0), "top right": (1.0, 0.0), "bottom left": (0.0, 1.0), "bottom right": (1.0, 1.0)}
    yield from (("position", name, [GlyphStyle(place=place)]) for name, place in corners.items())
    yield from (
        ("height", f"{size * fonts.PAGE:.0f} pixels", [GlyphStyle(size=size)]) for size in (0.03, 0.05, 0.1, 0.25, 1.0)
    )
    rng = np.random.default_rng(0)
    yield "all together", "random", [_random_style(rng) for _ in range(RANDOM_STYLES)]


def _random_style(rng: np.random.Generator) -> GlyphStyle:
    place = float(rng.uniform()), float(rng.uniform())
    size, pen = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.9, 2.0))
    return GlyphStyle(float(rng.uniform(-15, 15)), pen, size, place, bool(rng.integers(2)))


def printed(recognizer: Recognizer, faces: list[Path]) -> pd.DataFrame:
    """Results on the digits of the fonts `faces`, one row per condition: `condition`, `value` and what `read` gives."""
    rows = []
    for kind, value, styles in conditions():
        pictures = (
            (fonts.page(str(digit), face, style), digit)
            for face in faces
            for digit in range(CLASSES)
            for style in styles
        )
        rows.append({"condition": kind, "value": value, **read(recognizer, pictures)})
    return pd.DataFrame(rows)


def read(recognizer: Recognizer, pictures: Iterable[tuple[np.ndarray, int]]) -> dict[str, float | int]:
    """Results on `pictures` of one digit each, paired with the digit.

    The number of `pictures`, `accuracy`, the share of predictions that are `accepted` and the accuracy of those
    (`selective_accuracy`). A picture in which no digit is found counts as an error.
    """
    found = [(recognizer.read(mnist_format.prepare(picture)), digit) for picture, digit in pictures]
    correct = np.array([bool(read) and read[0].digit == digit for read, digit in found])
    accepted = np.array([bool(read) and read[0].sure for read, _ in found])
    return {
        "pictures": len(found),
        "accuracy": float(correct.mean()),
        "accepted": float(accepted.mean()),
        "selective_accuracy": recognizer_scores.selective_accuracy(correct, accepted),
    }


def rejection(recognizer: Recognizer, n_fonts: int) -> pd.DataFrame:
    """Results on the pages without a digit of TEST_PAGES, with characters of its first `n_fonts` fonts.

    One row per `kind`: the number of `pages`, the shares of pages on which no ink was found (`empty`) and on which the
    prediction was not accepted (`unsure`), and their sum (`rejected`). No threshold was chosen on these pages.
    """
    rows = []
    for kind, pictures in pages.kinds(pages.TEST_PAGES, n_fonts).items():
        predictions = [recognizer.read(mnist_format.prepare(picture)) for picture in pictures()]
        empty = sum(not it for it in predictions) / len(predictions)
        unsure = sum(bool(it) and not it[0].sure for it in predictions) / len(predictions)
        rows.append(
            {"kind": kind, "pages": len(predictions), "empty": empty, "unsure": unsure, "rejected": empty + unsure}
        )
    return pd.DataFrame(rows)
