"""Corrections are stored once, as the digit named last, and loaded again."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from digits.core.errors import UserError
from digits.recognizer import corrections


def drawing(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (30, 40), np.uint8)


def test_stored_drawings_are_loaded_with_their_digits(tmp_path: Path):
    for seed, digit in ((0, 7), (1, 7), (2, 1)):
        corrections.store(tmp_path, drawing(seed), digit)
    found = list(corrections.load(tmp_path))
    assert [digit for _, digit in found] == [1, 7, 7]
    assert {it.tobytes() for it, _ in found} == {drawing(it).tobytes() for it in range(3)}


def test_a_drawing_is_stored_once_as_the_digit_named_last(tmp_path: Path):
    for digit in (7, 7, 1):
        corrections.store(tmp_path, drawing(0), digit)
    assert [digit for _, digit in corrections.load(tmp_path)] == [1]


def test_missing_folder_has_no_drawings(tmp_path: Path):
    assert list(corrections.load(tmp_path / "nowhere")) == []


def test_damaged_picture_is_named(tmp_path: Path):
    path = corrections.store(tmp_path, drawing(0), 3)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UserError, match=f"3/{path.name}: the picture cannot be decoded"):
        list(corrections.load(tmp_path))


@pytest.mark.parametrize("digits", [[7], [7, 1]])
def test_same_drawing_stored_at_once_is_kept_once(tmp_path: Path, digits: list[int]):
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            list(pool.map(lambda digit: corrections.store(tmp_path, drawing(0), digit), digits * 8))
            assert len(list(tmp_path.glob("?/*"))) == 1


def test_folder_takes_no_more_than_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(corrections, "MAX_STORED", 3 * corrections.BLOCK)  # two blocks and less than one
    for seed in (0, 1):
        corrections.store(tmp_path, drawing(seed), 7)
    corrections.store(tmp_path, drawing(2), 7)
    with pytest.raises(OSError, match="too many drawings"):
        corrections.store(tmp_path, drawing(3), 7)
    assert len(list(corrections.load(tmp_path))) == 3


def test_drawing_that_was_not_written_whole_is_no_drawing(tmp_path: Path):
    path = corrections.store(tmp_path, drawing(0), 3)
    path.with_name(f".{path.stem}.partial.png").write_bytes(path.read_bytes()[:50])
    assert [digit for _, digit in corrections.load(tmp_path)] == [3]


def test_folder_is_made_and_left_empty_by_the_check(tmp_path: Path):
    corrections.check(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_folder_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UserError, match=f"^corrections cannot be stored in {folder} "):
            corrections.check(folder)
    if os.getuid() == 0:
        pytest.skip("root writes everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="Permission denied"):
        corrections.check(tmp_path)
