"""Predictions as text for people and programs, piece by piece: a table, CSV and JSON."""

import csv
import io
import json
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from digits.recognizer.recognizer import Prediction

COLUMNS = ("file", "digit", "confidence", "sure", "in_distribution")
SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class Place:
    """Where a digit of several lies: its line of writing, from 1, and where the SIDES of its ink are.

    The sides are shares of the picture's width and height: pixels would be those of a picture that was scaled down.
    """

    line: int
    box: dict[str, float]


Row = tuple[str, Prediction | None, Place | None]  # name of the file, what was read, None if the picture has no digit


def printable(text: str) -> str:
    """`text` with what could steer a terminal or deceive its reader as escape sequences of Python.

    Those are control characters, line ends, marks that turn the direction of writing, and bytes that are no text.
    """
    return "".join(it.encode("unicode_escape").decode() if _is_control(it) else it for it in text)


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("C") or category in ("Zl", "Zp")


def as_table(rows: Iterable[Row], width: int, many: bool) -> Iterator[str]:
    """A line for each digit, the names padded to `width`; of `many` digits also their lines of writing."""
    for name, it, place in rows:
        doubt = "" if not it or it.sure else "  not sure" if it.in_distribution else "  unlike any digit"
        answer = f"{it.digit}  {it.confidence:6.1%}{doubt}" if it else "no digit"
        line = f"  line {place.line:<2}" if place else ""
        yield f"{printable(name):{width}}{line}  {answer}\n"


def as_json(rows: Iterable[Row], width: int, many: bool) -> Iterator[str]:
    """One array of objects; those of `many` digits also say where each lies."""
    empty = dict.fromkeys(("digit", "confidence", "in_distribution", "sure", "probabilities"))
    nowhere = dict.fromkeys(("line", "box")) if many else {}
    before = "[\n"
    for name, it, place in rows:
        found = {"file": name, **(vars(it) if it else empty), **(vars(place) if place else nowhere)}
        yield before + textwrap.indent(json.dumps(found, indent=2), "  ")
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def as_csv(rows: Iterable[Row], width: int, many: bool) -> Iterator[str]:
    """A header, then a line for each digit; of `many` digits also where each lies."""
    columns = (*COLUMNS, "line", *SIDES) if many else COLUMNS
    yield _csv_line(columns)
    for name, it, place in rows:
        answer = (it.digit, f"{it.confidence:.6f}", it.sure, it.in_distribution) if it else ()
        values = (printable(name), *answer, *((place.line, *place.box.values()) if place else ()))
        yield _csv_line((*values, *[""] * (len(columns) - len(values))))


def _csv_line(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


FORMATS: dict[str, Callable[[Iterable[Row], int, bool], Iterator[str]]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
}
