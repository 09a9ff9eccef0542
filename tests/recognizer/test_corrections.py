"""Corrections are stored once, as the digit named last, and loaded again."""

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
    with pytest.raises(UserError, match=f"3/{path.name}: damaged"):
        list(corrections.load(tmp_path))
