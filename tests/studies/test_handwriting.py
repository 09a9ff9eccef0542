"""Other people's handwriting: files are verified, methods compared fairly; the exported recognizer is measured."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from digits.config import Run
from digits.files import UserError
from digits.imaging import mnist_format
from digits.recognizer.reading import RECOGNIZER, Digit, Prediction, Recognizer
from digits.synthetic import fonts, pages
from digits.synthetic.fonts import GlyphStyle
from digits.synthetic.multi_digit import Page
from studies import handwriting, recognizer
from studies.handwriting import METHODS, SOURCES
from support import ROOT

BLANK = np.full((50, 50), 255, np.uint8)
INK = np.zeros((16, 16), int)
INK[2:14, 7:9] = 1
LINES = {  # of a file, for a 3
    "semeion": " ".join(f"{value:.4f}" for value in INK.reshape(-1)) + " 0 0 0 1 0 0 0 0 0 0\n",
    "usps": "3.0000 " + " ".join(f"{2 * value - 1:.4f}" for value in INK.reshape(-1)) + "\n",
}


class Reader:
    """A recognizer that always predicts the same digit."""

    def __init__(self, digit: int, sure: bool) -> None:
        self.prediction = Prediction(digit, 0.9, True, sure, [0.1] * 10)

    def read(self, images: np.ndarray) -> list[Prediction]:
        return [self.prediction] * len(images)


@pytest.fixture
def drawing() -> np.ndarray:
    gray = np.full((40, 30), 200, np.uint8)
    gray[5:35, 12:18] = 20
    return gray


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with small files, which are what is expected."""
    monkeypatch.setenv("DIGITS_ARCHIVES", str(tmp_path))
    for name, line in LINES.items():
        content = 2 * line.encode()
        (tmp_path / SOURCES[name].names[-1]).write_bytes(gzip.compress(content))
        expected = SOURCES[name]._replace(sha256=hashlib.sha256(content).hexdigest(), address="http://127.0.0.1:9/")
        monkeypatch.setitem(SOURCES, name, expected)
    return tmp_path


@pytest.mark.parametrize("name", SOURCES)
def test_files_are_parsed(archives: Path, name: str):
    images, labels = handwriting.fetch_set(name)
    assert (np.stack(images) == 255 - 255 * INK).all()
    assert images[0].dtype == np.uint8
    assert labels.tolist() == [3, 3]


def test_missing_or_altered_files_are_named(archives: Path):
    (archives / "semeion.data.gz").write_bytes(gzip.compress(b"0 1\n"))
    with pytest.raises(UserError, match="semeion has another SHA-256"):
        handwriting.fetch_set("semeion")
    (archives / "usps-train.gz").unlink()
    with pytest.raises(UserError, match=r"usps cannot be downloaded from http://127.0.0.1:9/ \(Conn.*DIGITS_ARCHIVES"):
        handwriting.fetch_set("usps")


@pytest.mark.parametrize("name", METHODS)
def test_each_method_gives_an_image_of_ink(name: str, drawing: np.ndarray):
    image = METHODS[name](drawing)
    assert (image.shape, image.dtype) == ((28, 28), np.uint8)
    assert image.max() > 100
    assert METHODS[name](np.full((30, 30), 7, np.uint8)).any() == (name == "resized")


def test_the_summary_is_of_prepared_pictures_alone():
    rows = [("semeion", "resized", 0.1, 0.1, 0.0), ("semeion", "prepared", 0.8, 0.6, 0.02)]
    rows += [("usps", "prepared", 0.9, 0.8, 0.01), ("user", "prepared", 0.5, 0.3, 0.2)]
    table = pd.DataFrame(rows, columns=["set", "way", "accuracy", "accepted", "wrong_accepted"])
    others = {"accuracy": 0.85, "worst_accuracy": 0.8, "accepted": 0.7, "wrong_accepted": 0.02}
    user = {"accuracy": 0.5, "worst_accuracy": 0.5, "accepted": 0.3, "wrong_accepted": 0.2}
    expected = {f"handwriting_{name}": value for name, value in others.items()}
    expected |= {f"user_{name}": value for name, value in user.items()}
    assert handwriting.summary(table, table.iloc[:0]) == pytest.approx(expected)


def test_the_users_pictures_are_a_set(tmp_path: Path, drawing: np.ndarray):
    assert handwriting.user_set(tmp_path) == {}
    for digit, name in ((3, "a.png"), (7, "b.png"), (7, "c.png")):
        (tmp_path / str(digit)).mkdir(exist_ok=True)
        Image.fromarray(drawing).save(tmp_path / str(digit) / name)
    table = handwriting.compare(Reader(digit=7, sure=True), "set", handwriting.user_set(tmp_path))
    row = table[table["way"] == "prepared"].iloc[0]
    assert row[["set", "digits"]].tolist() == ["user", 3]
    assert row[["accuracy", "accepted", "wrong_accepted", "none"]].tolist() == pytest.approx([2 / 3, 1, 1 / 3, 0])


def test_choices_rest_on_semeion_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_root: None, pinned: None):
    from digits import models

    written = []
    monkeypatch.setattr(handwriting, "pin_tensorflow", lambda seed: None)
    monkeypatch.setattr(handwriting, "DATA", tmp_path)
    monkeypatch.setattr(handwriting.files, "write_json", lambda path, content: written.append(content))
    monkeypatch.setattr(models, "load", lambda path: None)
    monkeypatch.setattr(models, "predict", lambda model, images: np.eye(10)[[3] * len(images)])
    for name, labels in {"semeion": [3, 3, 7, 3], "usps": [7, 7, 7, 7]}.items():
        np.savez(tmp_path / f"{name}.npz", images=np.stack([255 - 255 * INK] * 4).astype(np.uint8), labels=labels)
    handwriting.validate(Run("mlp", 0))
    assert written == [{"validation_handwriting_accuracy": 3 / 4}]


def test_a_page_counts_if_all_is_read_in_order(monkeypatch: pytest.MonkeyPatch):
    digits = [Digit(None, (), 0, Prediction(digit, 0.9, True, True, [])) for digit in (1, 2)]
    monkeypatch.setattr(handwriting, "read_digits", lambda *_: digits)
    pages = [Page(np.zeros((9, 9), np.uint8), labels) for labels in ([1, 2], [2, 1], [1], [1, 2, 3], [1, 2])]
    assert handwriting.all_correct(None, pages) == {"photos": 5, "pieces": 0, "cut": 2 / 5}


def test_a_piece_and_what_is_above_it_are_one_digit():
    ink = np.zeros((40, 100), np.float32)
    ink[10:35, 10:14] = ink[10:35, 40:44] = ink[3:7, 39:45] = ink[20:35, 80:84] = 1
    assert len(handwriting.pieces(ink)) == 3


def printed(digit: int) -> np.ndarray:
    return fonts.page(str(digit), fonts.fonts()[0], GlyphStyle())


def test_accuracy_and_accepted_predictions_are_counted():
    pictures = [(printed(digit), digit) for digit in (3, 3, 5, 7)] + [(BLANK, 3)]
    expected = {"pictures": 5, "accuracy": 2 / 5, "accepted": 4 / 5, "selective_accuracy": 2 / 4}
    assert recognizer.read(Reader(3, True), pictures) == expected
    assert recognizer.read(Reader(3, False), pictures)["selective_accuracy"] == 0


def test_empty_and_unsure_pages_are_rejected(monkeypatch: pytest.MonkeyPatch):
    drawn = [BLANK, printed(7), printed(7), printed(7)]
    monkeypatch.setattr(pages, "kinds", lambda ood_set: {"some": lambda: iter(drawn)})
    for accepts, rejected in ((True, 0.25), (False, 1.0)):
        (row,) = recognizer.rejection(Reader(7, accepts)).to_dict("records")
        assert (row["pages"], row["empty"], row["rejected"]) == (4, 0.25, rejected)


def test_prepared_pages_have_the_form_of_mnist():
    prepared = np.concatenate([mnist_format.prepare(printed(digit)) for digit in range(10)])
    assert recognizer.form(prepared) == {"centered": 1.0, "longer_side_20": 1.0}
    assert recognizer.form(np.roll(prepared, 3, axis=2))["centered"] < 0.5
    measures = recognizer.preparation(Recognizer(ROOT / RECOGNIZER), prepared)
    assert measures["page_difference"] < 0.1
    assert measures["page_consistency"] == measures["image_consistency"] == 1.0


def test_learning_is_measured_on_digits_not_drawn():
    labels = np.arange(100) % 10
    digits = recognizer.Digits(np.eye(10)[labels], labels)
    measures = recognizer.measure(
        np.eye(10)[[0] * 10],  # reads all as 0
        lambda _, labels: np.diag(~np.isin(np.arange(10), labels)).astype(float),  # 3 is read as 0
        digits,
        digits,
        np.arange(3, 100, 10),
        5,
    )
    assert measures["accuracy_before"] == pytest.approx(10 / 95)
    assert measures["accuracy"] == pytest.approx(90 / 95)
    assert (measures["validation_before"], measures["validation"]) == pytest.approx((0.1, 0.9))
    assert measures["errors_gone"] == pytest.approx(80 / 85)
