"""Damaged metrics are named with line and column."""

import re

import pandas as pd
import pytest

from digits.core import artifacts
from digits.core.errors import UserError
from digits.versions import parsing

GOOD = b"image,actual,predicted\n0123456789ab,7,2\n12345678e901,4,9\n"


def test_a_table_is_read_as_pandas_reads_it(tmp_path):
    (tmp_path / "errors.csv").write_bytes(GOOD)
    pd.testing.assert_frame_equal(
        parsing.table(GOOD, "errors.csv", parsing.Error), artifacts.read_csv(tmp_path / "errors.csv")
    )


def test_a_table_without_rows_is_a_table():
    assert parsing.table(GOOD.splitlines()[0] + b"\n", "errors.csv", parsing.Error).empty


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"image,actual", b"picture,actual", "line 1, column 1: 'picture,actual,predicted'; expected 'image,"),
        (b",7,", b",x,", "line 2, column 14: actual is 'x'"),
        (b",9\n", b",10\n", "line 3, column 16: predicted is '10'; input should be less than 10"),
        (b",9\n", b",nan\n", "line 3, column 16: predicted is 'nan'"),
        (b"0123456789ab", b"<<<<<<< HEAD", "line 2, column 1: image is '<<<<<<< HEAD'"),
        (b",7,2", b",7", "line 2, column 15: 2 values; expected 3"),
        (b",7,2", b",7,2,1", "line 2, column 19: 4 values; expected 3"),
        (b"4,9", b"4,\xff", "line 3, column 16: not UTF-8"),
    ],
)
def test_a_damaged_table_is_named_with_line_and_column(old: bytes, new: bytes, says: str):
    assert GOOD.count(old) == 1
    with pytest.raises(UserError, match=re.escape(f"errors.csv, {says}")):
        parsing.table(GOOD.replace(old, new), "errors.csv", parsing.Error)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{\n  "a": 1,\n  "b" 2\n}', "line 3, column 7: Expecting ':' delimiter"),
        (b'{\n  "a": 1', "line 2, column 9: Expecting ',' delimiter"),
        (b"", "line 1, column 1: Expecting value"),
        (b"[1]", "line 1, column 1: a JSON list; expected an object"),
        (b'{\n  "a": 1,\n  "b": "2"\n}', "line 3, column 3: b is '2'; expected a number"),
        (b'{"a": 1, "b": NaN}', "line 1, column 10: b is nan; expected a number"),
        (b'{"a": true}', "line 1, column 2: a is True; expected a number"),
    ],
)
def test_damaged_numbers_are_named_with_line_and_column(content: bytes, says: str):
    with pytest.raises(UserError, match=re.escape(f"scores.json, {says}")):
        parsing.numbers(content, "scores.json")
