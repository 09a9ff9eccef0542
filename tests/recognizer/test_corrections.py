"""Corrections are stored once, as the digit named last, and loaded again."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from digits.files import UserError
from digits.recognizer import corrections

DRAWINGS = np.random.default_rng(0).integers(0, 256, (4, 30, 40), np.uint8)


def test_stored_drawings_are_loaded_with_their_digits(tmp_path: Path):
    assert list(corrections.load(tmp_path / "nowhere")) == []
    for drawing, digit in zip(DRAWINGS, (7, 7, 1, 1), strict=True):
        corrections.store(tmp_path, drawing, digit)
    corrections.store(tmp_path, DRAWINGS[3], 7)  # corrected once more: it is no 1
    pictures, digits = zip(*corrections.load(tmp_path), strict=True)
    assert digits == (1, 7, 7, 7)
    assert {picture.tobytes() for picture in pictures} == {drawing.tobytes() for drawing in DRAWINGS}


def test_damaged_picture_is_named_unless_half_written(tmp_path: Path):
    path = corrections.store(tmp_path, DRAWINGS[0], 3)
    path.with_name(f".{path.stem}.partial.png").write_bytes(path.read_bytes()[:50])
    assert [digit for _, digit in corrections.load(tmp_path)] == [3]
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UserError, match=f"3/{path.name}: the picture cannot be decoded"):
        list(corrections.load(tmp_path))


def test_a_drawing_stored_at_once_as_two_is_one(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            list(pool.map(lambda digit: corrections.store(tmp_path, DRAWINGS[0], digit), [7, 1] * 8))
            assert len(list(tmp_path.glob("?/*"))) == 1


def test_folder_takes_no_more_than_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(corrections, "MAX_STORED", 3 * corrections.BLOCK)  # two blocks and less than one
    for drawing in DRAWINGS[:3]:
        corrections.store(tmp_path, drawing, 7)
    with pytest.raises(OSError, match="too many drawings"):
        corrections.store(tmp_path, DRAWINGS[3], 7)
    assert len(list(corrections.load(tmp_path))) == 3


def test_the_check_makes_a_folder_or_refuses_it(tmp_path: Path):
    corrections.check(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    (tmp_path / "file").write_text("")
    (tmp_path / "locked").mkdir(0o500)
    for folder in (tmp_path / "file", tmp_path / "file/below", *([] if os.getuid() == 0 else [tmp_path / "locked"])):
        with pytest.raises(UserError, match=f"cannot be stored in {folder} "):
            corrections.check(folder)
