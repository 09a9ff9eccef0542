"""Other people's handwriting: files are verified and parsed; ways of preparation are compared fairly."""

import gzip
import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from digits.core.errors import UserError
from digits.recognizer.recognizer import Prediction
from digits.synthetic.rows import Row
from studies.hands import evaluate_hands, evaluate_rows, handwriting, paths, pieces, validate_hands
from studies.hands.handwriting import SOURCES
from studies.hands.ways import WAYS


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


INK = np.zeros((16, 16), int)
INK[2:14, 7:9] = 1
LABEL = [int(digit == 3) for digit in range(10)]


def semeion() -> bytes:
    return (" ".join(f"{it:.4f}" for it in INK.reshape(-1)) + " " + " ".join(map(str, LABEL)) + "\n").encode() * 2


def usps() -> bytes:
    return ("3.0000 " + " ".join(f"{2 * it - 1:.4f}" for it in INK.reshape(-1)) + "\n").encode() * 2


def hwd() -> bytes:
    content, picture = io.BytesIO(), io.BytesIO()
    Image.fromarray((255 - 255 * INK).astype(np.uint8)).save(picture, "PNG")
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("dataset.csv", "image,label\nimg/a.png,3\nimg/b.png,3\n")
        for name in "ab":
            archive.writestr(f"img/{name}.png", picture.getvalue())
    return content.getvalue()


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with small files of the three forms, which are what is expected."""
    monkeypatch.setenv("DIGITS_ARCHIVES", str(tmp_path))
    for name, content in (("semeion", semeion()), ("usps", usps()), ("hwd1000", hwd())):
        file = SOURCES[name].names[-1]
        (tmp_path / file).write_bytes(gzip.compress(content) if file.endswith(".gz") else content)
        changed = replace(SOURCES[name], sha256=hashlib.sha256(content).hexdigest(), address=None)
        monkeypatch.setitem(SOURCES, name, changed)
    return tmp_path


@pytest.mark.parametrize("name", SOURCES)
def test_files_are_parsed(archives: Path, name: str):
    images, labels = handwriting.fetch(name)
    assert images.dtype == np.uint8
    assert (images == 255 - 255 * INK).all()
    assert labels.tolist() == [3, 3]


def test_what_is_missing_or_altered_is_named_with_what_to_do(archives: Path):
    (archives / "hwd1000.zip").unlink()
    with pytest.raises(UserError, match=r"put hwd1000.zip into the folder that DIGITS_ARCHIVES names, or take hwd1000"):
        handwriting.fetch("hwd1000")
    (archives / "semeion.data.gz").write_bytes(gzip.compress(semeion() + b"\n"))
    with pytest.raises(UserError, match="the content of semeion has another SHA-256"):
        handwriting.fetch("semeion")


def test_an_unreachable_server_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DIGITS_ARCHIVES", raising=False)
    monkeypatch.setitem(SOURCES, "usps", replace(SOURCES["usps"], address="http://127.0.0.1:9/zip.train.gz"))
    with pytest.raises(UserError, match=r"usps cannot be downloaded from http://127.0.0.1:9/zip.train.gz \(Conn"):
        handwriting.fetch("usps")


def test_every_way_gives_an_image_of_ink_and_the_plain_ones_do_what_they_say(drawing: np.ndarray):
    for way, prepare in WAYS.items():
        image = prepare(drawing)
        assert (image.shape, image.dtype) == ((28, 28), np.uint8), way
        assert image.max() > 100
    assert not WAYS["thresholded"](np.full((30, 30), 7, np.uint8)).any()
    assert not WAYS["prepared"](np.full((30, 30), 7, np.uint8)).any()


def test_the_summary_is_of_this_projects_way_alone_and_your_own_pictures_are_apart():
    rows = [
        ("semeion", "resized", 0.1, 0.1, 0.0),
        ("semeion", "prepared", 0.8, 0.6, 0.02),
        ("usps", "prepared", 0.9, 0.8, 0.01),
        ("own", "prepared", 0.5, 0.3, 0.2),
    ]
    table = pd.DataFrame(rows, columns=["set", "way", "accuracy", "accepted", "wrong_accepted"])
    found = evaluate_hands.summary(table, table.iloc[:0])
    expected = {"accuracy": 0.85, "worst_accuracy": 0.8, "accepted": 0.7, "wrong_accepted": 0.02}
    own = {"accuracy": 0.5, "worst_accuracy": 0.5, "accepted": 0.3, "wrong_accepted": 0.2}
    assert found == pytest.approx(
        {f"handwriting_{name}": value for name, value in expected.items()}
        | {f"user_{name}": value for name, value in own.items()}
    )


def test_a_folder_of_your_own_pictures_is_a_set(tmp_path: Path, drawing: np.ndarray):
    assert evaluate_hands.own(tmp_path) == {}
    for digit, name in ((3, "a.png"), (7, "b.png"), (7, "c.png")):
        (tmp_path / str(digit)).mkdir(exist_ok=True)
        Image.fromarray(drawing).save(tmp_path / str(digit) / name)
    sets = evaluate_hands.own(tmp_path)
    found = evaluate_hands.compare(Reader(digit=7, sure=True), "set", sets).set_index("way").loc["prepared"]
    assert found["set"] == "own"
    assert found["digits"] == 3
    assert found[["accuracy", "accepted", "wrong_accepted", "none"]].tolist() == pytest.approx([2 / 3, 1, 1 / 3, 0])


def test_what_is_misread_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, drawing: np.ndarray):
    shown = {}
    monkeypatch.setattr(evaluate_hands.plots, "digit_grid", lambda *given: shown.update(given=given))
    monkeypatch.setattr(evaluate_hands.plots, "save_png", lambda figure, path: None)
    sets = {"usps": ([drawing] * 3, np.array([7, 1, 9]))}
    evaluate_hands.show_misread(Reader(digit=7, sure=True), sets)
    images, captions, red, _ = shown["given"]
    assert (len(images), captions, red) == (2, ["usps\n1 as 7", "usps\n9 as 7"], [True, True])
    evaluate_hands.show_misread(Reader(digit=7, sure=False), {"usps": ([drawing], np.array([7]))})
    assert len(shown["given"][0]) == 0


def test_a_row_counts_only_if_all_its_digits_are_read_in_order(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(evaluate_rows, "WAYS", {"plain": lambda *_: [1, 2], "cut": lambda *_: [2, 1]})
    photos = [Row(np.zeros((1, 1), np.uint8), labels) for labels in ([1, 2], [2, 1], [1], [1, 2, 3], [1, 2])]
    assert evaluate_rows.exact(None, photos) == {"photos": 5, "plain": 2 / 5, "cut": 1 / 5}


def test_the_plain_way_takes_each_piece_and_what_lies_above_it_as_a_digit():
    ink = np.zeros((40, 100), np.float32)
    ink[10:35, 10:14] = ink[10:35, 40:44] = ink[3:7, 39:45] = ink[20:35, 80:84] = 1
    assert len(pieces._digits(ink)) == 3


def test_choices_rest_on_the_sets_for_choices_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    stored = {"semeion": [3, 3, 7, 3], "usps": [7, 7, 7, 7]}
    for name, labels in stored.items():
        path = paths.HANDS / f"{name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, images=np.full((4, 16, 16), 255, np.uint8) - 255 * INK.astype(np.uint8), labels=labels)
    assert validate_hands.accuracy(lambda images: np.eye(10)[[3] * len(images)], ["semeion", "usps"]) == 3 / 4
    assert validate_hands.accuracy(lambda images: np.eye(10)[[3] * len(images)], ["usps"]) == 0
