"""Files that are complete or absent, with the same bytes for the same content; the error that a user can fix."""

import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # at run time only where a table is read: the installed command has no pandas
    import pandas as pd

DECIMALS = 6  # of the numbers in metrics: coarser than rounding noise
USER_ERROR = 2  # exit code for what a user can cause and fix
INTERRUPTED = 130  # what shells give a program ended by Ctrl-C


class UserError(ValueError):
    """Something that the user can fix; its message says in one line what is wrong and what to do."""


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


def write_csv(path: Path, table: "pd.DataFrame") -> None:
    """Write `table` without its index, with its floats rounded to DECIMALS."""
    write_text(path, table.round(DECIMALS).to_csv(index=False, lineterminator="\n"))


def read_csv(path: Path) -> "pd.DataFrame":
    """Read a table; a column `image` stays text (a name such as 12345678e901 is not a number).

    Raises UserError if the file is not a table.
    """
    import pandas as pd

    try:
        return pd.read_csv(path, dtype={"image": str})
    except ValueError as error:  # of pandas' parser, or of the decoding
        raise UserError(f"{path} is not a table ({error}); restore it or run `dvc repro`") from error


def execute(name: str, main: Callable[[], None]) -> None:
    """Run the `main` of a stage or program, called `name` in its messages.

    UserError and OSError become one line on standard error and exit code 2; with `python -X dev` they keep their
    traceback. Any other exception is a bug and keeps its traceback always.
    """
    try:
        main()
    except KeyboardInterrupt:
        print(f"{name}: interrupted; run it again, its outputs may be incomplete", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except (UserError, OSError) as error:
        if sys.flags.dev_mode:
            raise
        print(f"{name}: {_one_line(error)}", file=sys.stderr)
        sys.exit(USER_ERROR)


def _one_line(error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"{error.filename} does not exist; run `dvc repro`, which makes what a stage needs before it starts"
    return " ".join(str(error).split())
