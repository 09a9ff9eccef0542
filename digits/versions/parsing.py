"""Tracked metrics, read strictly: what is damaged in a file is named with its line and column."""

import json
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from digits.core.errors import UserError
from digits.data.datasets import CLASSES, NAME_LENGTH

Digit = Annotated[int, Field(ge=0, lt=CLASSES)]
Count = Annotated[int, Field(ge=0)]
Numbers = dict[str, Annotated[float, Field(allow_inf_nan=False, strict=True)]]


class Error(BaseModel):
    """A misread test image, by the digest of its pixels."""

    image: Annotated[str, Field(pattern=f"^[0-9a-f]{{{NAME_LENGTH}}}$")]
    actual: Digit
    predicted: Digit


class ClassCounts(BaseModel):
    """How many images of one class each split has."""

    digit: Annotated[Digit, Field(alias="class")]
    train: Count
    validation: Count
    test: Count


def json_object(content: bytes, name: str) -> dict[str, Any]:
    """The JSON object in `content`; UserError names `name`, line and column where it is not one."""
    text = _decoded(content, name)
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{name}, line {error.lineno}, column {error.colno}: {error.msg}") from error
    if not isinstance(found, dict):
        raise UserError(f"{name}, line 1, column 1: a JSON {type(found).__name__}; expected an object")
    return found


def numbers(content: bytes, name: str) -> dict[str, float]:
    """The JSON object in `content`, all of whose values are finite numbers."""
    found = json_object(content, name)
    try:
        return TypeAdapter(Numbers).validate_python(found)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        text = content.decode()
        line, column = _position(text, text.index(json.dumps(key, ensure_ascii=False)))
        raise UserError(f"{name}, line {line}, column {column}: {key} is {found[key]!r}; expected a number") from error


def table(content: bytes, name: str, kind: type[BaseModel]) -> pd.DataFrame:
    """The rows in `content`, a CSV file whose first line names the columns: the fields of `kind`, in order."""
    columns = [field.alias or key for key, field in kind.model_fields.items()]
    lines = _decoded(content, name).splitlines()
    if not lines or lines[0] != ",".join(columns):
        raise UserError(f"{name}, line 1, column 1: {(lines or [''])[0]!r}; expected {','.join(columns)!r}")
    rows = [_row(line.split(","), f"{name}, line {number}", kind, columns) for number, line in enumerate(lines[1:], 2)]
    return pd.DataFrame(rows, columns=columns)


def _row(cells: list[str], place: str, kind: type[BaseModel], columns: list[str]) -> list[Any]:
    if len(cells) != len(columns):
        end = len(",".join(cells)) + 1
        raise UserError(f"{place}, column {end}: {len(cells)} values; expected {len(columns)}: {', '.join(columns)}")
    try:
        return list(kind.model_validate(dict(zip(columns, cells, strict=True))).model_dump().values())
    except ValidationError as error:
        problem = error.errors()[0]
        before = columns.index(str(problem["loc"][0]))
        column = len(",".join(cells[:before])) + (2 if before else 1)
        reason = problem["msg"][0].lower() + problem["msg"][1:]
        raise UserError(f"{place}, column {column}: {columns[before]} is {cells[before]!r}; {reason}") from error


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _position(content[: error.start].decode("utf-8"), error.start)
        raise UserError(f"{name}, line {line}, column {column}: not UTF-8") from error


def _position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of the character at `offset`."""
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")
