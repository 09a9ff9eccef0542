"""A person's own drawings: kept once, under what was meant last, and read back."""

from pathlib import Path

import numpy as np
import pytest

from digits import corrections
from digits.picture_files import Picture


def drawing(seed: int) -> Picture:
    return Picture(np.random.default_rng(seed).integers(0, 256, (30, 40), np.uint8), clean=seed % 2 == 0)


def test_drawings_come_back_with_their_digits(tmp_path: Path):
    for seed, digit in ((0, 7), (1, 7), (2, 1)):
        corrections.store(tmp_path, drawing(seed), digit)
    found = list(corrections.load(tmp_path))
    assert [digit for _, digit in found] == [1, 7, 7]
    assert {(it.grey.tobytes(), it.clean) for it, _ in found} == {
        (drawing(it).grey.tobytes(), it != 1) for it in range(3)
    }


def test_the_same_drawing_is_kept_once_and_as_what_was_said_last(tmp_path: Path):
    for digit in (7, 7, 1):
        corrections.store(tmp_path, drawing(0), digit)
    assert [digit for _, digit in corrections.load(tmp_path)] == [1]


def test_nothing_is_found_where_nothing_is(tmp_path: Path):
    assert list(corrections.load(tmp_path / "nowhere")) == []


def test_a_damaged_picture_is_named(tmp_path: Path):
    path = corrections.store(tmp_path, drawing(0), 3)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match=f"3/{path.name}: not a whole picture"):
        list(corrections.load(tmp_path))
