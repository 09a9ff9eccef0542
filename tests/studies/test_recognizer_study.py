"""The numbers of the exported recognizer, counted with hand-made recognizers."""

import numpy as np
import pytest

from digits.core import paths
from digits.imaging import mnist_format
from digits.recognizer.recognizer import Prediction, Recognizer
from digits.synthetic import fonts, pages
from digits.synthetic.fonts import GlyphStyle
from studies.hands import recognizer_scores, stress_tests
from support import ROOT

FONT = fonts.fonts()[0]
BLANK = np.full((50, 50), 255, np.uint8)


class Constant:
    """A recognizer that predicts the same digit for everything."""

    def __init__(self, digit: int, accepts: bool) -> None:
        self.prediction = Prediction(digit, 0.9, True, accepts, [0.1] * 10)

    def read(self, prepared: np.ndarray) -> list[Prediction]:
        return [self.prediction] * len(prepared)


def printed(digit: int) -> np.ndarray:
    return fonts.page(str(digit), FONT, GlyphStyle())


def test_accuracy_and_accepted_predictions_are_counted():
    pictures = [(printed(digit), digit) for digit in (3, 3, 5, 7)] + [(BLANK, 3)]
    assert stress_tests.read(Constant(3, accepts=True), pictures) == {
        "pictures": 5,
        "accuracy": 2 / 5,
        "accepted": 4 / 5,
        "selective_accuracy": 2 / 4,
    }
    assert stress_tests.read(Constant(3, accepts=False), pictures)["selective_accuracy"] == 0


def test_each_condition_takes_every_digit_of_every_font(monkeypatch: pytest.MonkeyPatch):
    styles = [("as printed", "", [GlyphStyle()]), ("all together", "random", [GlyphStyle(), GlyphStyle(size=0.2)])]
    monkeypatch.setattr(stress_tests, "conditions", lambda: iter(styles))
    table = stress_tests.printed(Constant(3, accepts=True), fonts.fonts()[:2])
    assert table["pictures"].tolist() == [20, 40]
    assert table["accuracy"].tolist() == [0.1, 0.1]


def test_empty_pages_and_predictions_that_are_not_accepted_are_rejected(monkeypatch: pytest.MonkeyPatch):
    drawn = [BLANK, printed(7), printed(7), printed(7)]
    monkeypatch.setattr(pages, "kinds", lambda ood_set, n_fonts: {"some": lambda: iter(drawn)})
    for accepts, rejected in ((True, 0.25), (False, 1.0)):
        (row,) = stress_tests.rejection(Constant(7, accepts), 1).to_dict("records")
        assert (row["pages"], row["empty"], row["rejected"]) == (4, 0.25, rejected)


def test_the_format_of_mnist_and_the_preparation_of_pages():
    prepared = np.concatenate([mnist_format.prepare(printed(digit)) for digit in range(10)])
    assert recognizer_scores.form(prepared) == {"centered": 1.0, "longer_side_20": 1.0}
    assert recognizer_scores.form(np.roll(prepared, 3, axis=2))["centered"] < 0.5
    found = recognizer_scores.preparation(Recognizer(ROOT / paths.RECOGNIZER), prepared)
    assert found["page_difference"] < 0.1
    assert found["page_consistency"] == found["image_consistency"] == 1.0
