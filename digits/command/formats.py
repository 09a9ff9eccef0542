"""Predictions as text for people and programs, piece by piece: a table, CSV and JSON."""

import csv
import io
import json
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from digits.recognizer.recognizer import Prediction

COLUMNS = ("file", "digit", "confidence", "sure", "in_distribution")

Row = tuple[str, Prediction | None]  # name of the file and prediction; None if the picture has no digit


def printable(text: str) -> str:
    """`text` with what could steer a terminal or deceive its reader as escape sequences of Python.

    Those are control characters, line ends, marks that turn the direction of writing, and bytes that are no text.
    """
    return "".join(it.encode("unicode_escape").decode() if _is_control(it) else it for it in text)


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("C") or category in ("Zl", "Zp")


def as_table(rows: Iterable[Row], width: int) -> Iterator[str]:
    """A line for each digit, the names padded to `width`."""
    for name, it in rows:
        doubt = "" if not it or it.sure else "  not sure" if it.in_distribution else "  unlike any digit"
        answer = f"{it.digit}  {it.confidence:6.1%}{doubt}" if it else "no digit"
        yield f"{printable(name):{width}}  {answer}\n"


def as_json(rows: Iterable[Row], width: int) -> Iterator[str]:
    """One array of objects."""
    empty = dict.fromkeys(("digit", "confidence", "in_distribution", "sure", "probabilities"))
    before = "[\n"
    for name, it in rows:
        yield before + textwrap.indent(json.dumps({"file": name, **(vars(it) if it else empty)}, indent=2), "  ")
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def as_csv(rows: Iterable[Row], width: int) -> Iterator[str]:
    """A header, then a line for each digit."""
    yield _csv_line(COLUMNS)
    for name, it in rows:
        values = (it.digit, f"{it.confidence:.6f}", it.sure, it.in_distribution) if it else [""] * (len(COLUMNS) - 1)
        yield _csv_line((printable(name), *values))


def _csv_line(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


FORMATS: dict[str, Callable[[Iterable[Row], int], Iterator[str]]] = {"table": as_table, "json": as_json, "csv": as_csv}
