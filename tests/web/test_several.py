"""Several digits in an upload, over real HTTP: their order, where they lie, and the hint where one was looked for."""

from typing import Any

import httpx
import numpy as np
import pytest

from benchmarks.web import encoded
from digits.synthetic import fonts


def printed(digits: str) -> np.ndarray:
    """`digits` side by side."""
    style = fonts.GlyphStyle(size=0.4)
    return np.concatenate([fonts.page(it, fonts.fonts()[0], style) for it in digits], axis=1)


def read(address: str, picture: np.ndarray, many: bool) -> dict[str, Any]:
    url, kind = f"{address}/api/read?many={many}", {"Content-Type": "image/png"}
    return httpx.post(url, content=encoded(picture, "png"), headers=kind, trust_env=False, timeout=30).json()


def test_several_digits_and_none(address: str):
    assert [it["digit"] for it in read(address, printed("408"), many=True)["digits"]] == [4, 0, 8]
    blank = np.full((60, 60), 255, np.uint8)
    assert read(address, blank, many=False) == {"digits": [], "try_many": False}


def test_boxes_and_lines_of_several_digits(address: str):
    one = printed("4")
    page = np.full((2 * fonts.PAGE, 3 * fonts.PAGE), 255, np.uint8)
    page[: fonts.PAGE, : fonts.PAGE] = page[fonts.PAGE :, 2 * fonts.PAGE :] = one
    first, second = read(address, page, many=True)["digits"]
    assert (first["line"], second["line"]) == (0, 1)
    rows, columns = np.nonzero(one < 128)
    height, width = page.shape
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    expected = {"left": left / width, "top": top / height, "right": right / width, "bottom": bottom / height}
    assert first["box"] == pytest.approx(expected, abs=0.005)
    moved = {"left": 2 / 3, "top": 1 / 2, "right": 2 / 3, "bottom": 1 / 2}
    assert second["box"] == pytest.approx({side: at + moved[side] for side, at in expected.items()}, abs=0.005)


def test_box_of_a_single_digit_is_the_whole_picture(address: str):
    (found,) = read(address, printed("4"), many=False)["digits"]
    assert found["box"] == {"left": 0, "top": 0, "right": 1, "bottom": 1}


@pytest.mark.parametrize(
    ("content", "many", "expected"),
    [("44", False, True), ("44", True, False), ("4#", False, False), ("3:", False, False)],
)
def test_several_digits_read_as_one_are_noticed_if_all_are_sure(address: str, content: str, many: bool, expected: bool):
    assert read(address, printed(content), many)["try_many"] == expected
