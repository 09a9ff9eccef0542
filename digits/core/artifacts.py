"""Reading and writing files: complete or not at all, and the same bytes for the same content."""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from digits.core.errors import UserError

DECIMALS = 6  # of the numbers in metrics: coarser than rounding noise


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary neighbor of `path` to write to; it is renamed to `path` only if the block succeeds.

    An OSError that leaves this block names the file.
    """
    temporary = path.with_name(f".{path.stem}.partial{path.suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    _discard(temporary)  # of a run that was killed
    try:
        yield temporary
        if path.is_dir():
            shutil.rmtree(path)  # a full directory cannot be replaced in one step
        os.replace(temporary, path)
    except OSError as error:
        if error.filename is None:  # NumPy and h5py name neither the file nor a full disk
            reason = f"not written whole ({error.strerror or error}); the disk may be full"
            raise OSError(error.errno or errno.ENOSPC, reason, str(path)) from error
        raise
    finally:
        _discard(temporary)


def _discard(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with "\n" as line end."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write `content` with its floats rounded to DECIMALS."""
    rounded = json.loads(json.dumps(content), parse_float=lambda text: round(float(text), DECIMALS))
    write_text(path, json.dumps(rounded, indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Raises UserError if the file is not one JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON ({error}); restore it or run `dvc repro`") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} holds a JSON {type(content).__name__}; expected an object")
    return content


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write `arrays` by name to one .npz, whose members hold no time stamps."""
    with atomic_write(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write `table` without its index, with its floats rounded to DECIMALS."""
    write_text(path, table.round(DECIMALS).to_csv(index=False, lineterminator="\n"))


def read_csv(path: Path) -> pd.DataFrame:
    """Read a table; a column `image` stays text (a name such as 12345678e901 is not a number).

    Raises UserError if the file is not a table.
    """
    try:
        return pd.read_csv(path, dtype={"image": str})
    except ValueError as error:  # of pandas' parser, or of the decoding
        raise UserError(f"{path} is not a table ({error}); restore it or run `dvc repro`") from error
