"""`python -m apps.predict` on several digits in a picture: their order, where each lies, a hint without `--many`."""

import csv
import json
import subprocess
from argparse import Namespace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.command import reading
from digits.command.sources import Source
from digits.synthetic import fonts
from support import ROOT, run

SIDES = ("left", "top", "right", "bottom")


def written(*lines: str) -> np.ndarray:
    """Printed digits, line by line."""
    style = fonts.GlyphStyle(size=0.4)
    pages = [[fonts.page(digit, fonts.fonts()[0], style) for digit in line] for line in lines]
    return np.concatenate([np.concatenate(line, axis=1) for line in pages])


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """Two lines of three digits."""
    Image.fromarray(written("407", "195")).save(tmp_path / "note.png")
    return tmp_path / "note.png"


def predict(*arguments: str | Path) -> subprocess.CompletedProcess:
    return run(["python", "-m", "apps.predict", *arguments], ROOT, check=False)


def test_several_digits_are_found_from_left_to_right(tmp_path: Path):
    Image.fromarray(written("31415926")).save(tmp_path / "pi.png")
    found = json.loads(predict("--many", "--json", tmp_path / "pi.png").stdout)
    assert [it["digit"] for it in found] == [3, 1, 4, 1, 5, 9, 2, 6]


def test_json_says_where_each_digit_lies(note: Path):
    found = json.loads(predict("--many", "--json", note).stdout)
    assert [(it["digit"], it["line"]) for it in found] == [(4, 1), (0, 1), (7, 1), (1, 2), (9, 2), (5, 2)]
    ink = Image.open(note).point(lambda it: 255 * (it < 128))
    box, (width, height) = found[5]["box"], ink.size
    place = (2 * width // 3, height // 2)
    left, top, right, bottom = ink.crop((*place, width, height)).getbbox()
    expected = [(place[0] + left) / width, (place[1] + top) / height]
    expected += [(place[0] + right) / width, (place[1] + bottom) / height]
    assert list(box) == list(SIDES)
    assert list(box.values()) == pytest.approx(expected, abs=0.005)


def test_csv_says_the_same_as_json(note: Path):
    found = json.loads(predict("--many", "--json", note).stdout)
    rows = list(csv.DictReader(StringIO(predict("--many", "--csv", note).stdout)))
    assert [(int(it["digit"]), int(it["line"])) for it in rows] == [(it["digit"], it["line"]) for it in found]
    assert [{side: float(it[side]) for side in SIDES} for it in rows] == [it["box"] for it in found]


def test_the_table_says_the_line(note: Path):
    shown = [line.split()[1:4] for line in predict("--many", note).stdout.splitlines()]
    assert shown == [["line", line, digit] for line, digits in (("1", "407"), ("2", "195")) for digit in digits]


def test_a_picture_without_digits_has_no_place(tmp_path: Path):
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    (found,) = json.loads(predict("--many", "--json", tmp_path / "blank.png").stdout)
    (row,) = csv.DictReader(StringIO(predict("--many", "--csv", tmp_path / "blank.png").stdout))
    assert (found["line"], found["box"]) == (None, None)
    assert [row[name] for name in ("line", *SIDES)] == [""] * 5


def test_one_digit_has_no_columns_for_its_place(note: Path):
    assert "line" not in json.loads(predict("--json", note).stdout)[0]
    assert predict("--csv", note).stdout.startswith("file,digit,confidence,sure,in_distribution\n")


def test_several_digits_read_as_one_give_a_hint(note: Path):
    done = predict(note)
    assert (done.returncode, done.stderr) == (1, f"predict: several digits in {note}? try --many\n")
    assert predict("--many", note).stderr == ""


def test_the_hint_is_given_once(note: Path):
    assert predict(note, note, note).stderr == f"predict: several digits in {note} and 2 more? try --many\n"


@pytest.mark.parametrize("content", ["#", "7", "4#", "3:"])
def test_no_hint_unless_there_are_several_digits_and_all_are_sure(tmp_path: Path, content: str):
    Image.fromarray(written(content)).save(tmp_path / "one.png")
    assert predict(tmp_path / "one.png").stderr == ""


@pytest.mark.parametrize(("content", "many", "tried"), [("44", False, True), ("7", False, False), ("4#", True, False)])
def test_several_are_tried_only_where_one_is_not_sure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, many: bool, tried: bool
):
    asked = []
    monkeypatch.setattr(reading, "several", lambda *_: asked.append(True))
    Image.fromarray(written(content)).save(tmp_path / "one.png")
    found = [Source("one.png", tmp_path / "one.png")]
    list(reading.read_all(found, Namespace(many=many, show=None), reading.Outcome(), print))
    assert bool(asked) == tried
