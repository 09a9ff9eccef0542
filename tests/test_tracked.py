"""Damaged metrics are named with line and column."""

import re

import pandas as pd
import pytest

from digits import artifacts, tracked

GOOD = b"image,actual,predicted,confidence\n0123456789ab,7,2,0.85\n12345678e901,4,9,0.5\n"


def test_a_table_is_read_as_pandas_reads_it(tmp_path):
    (tmp_path / "errors.csv").write_bytes(GOOD)
    pd.testing.assert_frame_equal(
        tracked.table(GOOD, "errors.csv", tracked.Error), artifacts.read_csv(tmp_path / "errors.csv")
    )


def test_a_table_without_rows_is_a_table():
    assert tracked.table(GOOD.splitlines()[0] + b"\n", "errors.csv", tracked.Error).empty


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            b"image,actual",
            b"picture,actual",
            "line 1, column 1: 'picture,actual,predicted,confidence'; expected 'image,",
        ),
        (b",7,", b",x,", "line 2, column 14: actual is 'x'"),
        (b",9,", b",10,", "line 3, column 16: predicted is '10'; input should be less than 10"),
        (b"0.5\n", b"nan\n", "line 3, column 18: confidence is 'nan'"),
        (b"0.5\n", b"1.5\n", "line 3, column 18: confidence is '1.5'"),
        (b"0123456789ab", b"<<<<<<< HEAD", "line 2, column 1: image is '<<<<<<< HEAD'"),
        (b",2,0.85", b",2", "line 2, column 17: 3 values; expected 4"),
        (b",2,0.85", b",2,0.85,1", "line 2, column 24: 5 values; expected 4"),
        (b"4,9", b"4,\xff", "line 3, column 16: not UTF-8"),
    ],
)
def test_a_damaged_table_is_named_with_line_and_column(old: bytes, new: bytes, says: str):
    assert GOOD.count(old) == 1
    with pytest.raises(ValueError, match=re.escape(f"errors.csv, {says}")):
        tracked.table(GOOD.replace(old, new), "errors.csv", tracked.Error)


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
    with pytest.raises(ValueError, match=re.escape(f"scores.json, {says}")):
        tracked.numbers(content, "scores.json")
