"""Finds the pictures that are named on the command line, and counts what it skips in folders."""

import io
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from digits.core.errors import UserError
from digits.imaging.image_io import SUFFIXES

STANDARD_INPUT = "-"
NO_PICTURE, NO_FILE, SUBFOLDER = "no picture by its suffix", "not a regular file", "a subfolder (try --recursive)"


class Source(NamedTuple):
    """One picture to read: its name for people and where it lies, None for standard input."""

    name: str
    path: Path | str | None  # an empty str stays one: as a Path, it would be the folder we are in

    def open(self) -> Path | str | io.BytesIO:
        """What `image_io.read` takes. Raises ValueError if standard input is closed."""
        if self.path is not None:
            return self.path
        if sys.stdin is None:
            raise ValueError("it is closed")
        return io.BytesIO(sys.stdin.buffer.read())


def find(names: list[str], recursive: bool) -> tuple[list[Source], Counter[str]]:
    """The pictures that `names` mean, in order, and how many entries of folders were skipped, by the reason.

    A folder gives its regular files with the suffix of a picture, by name, then if `recursive` those of its subfolders.
    A folder without any, or one that cannot be listed, is a source itself: reading it says what is wrong.
    Raises UserError if standard input is named twice.
    """
    if names.count(STANDARD_INPUT) > 1:
        raise UserError(f"name {STANDARD_INPUT} once: standard input holds one picture")
    skipped: Counter[str] = Counter()
    found = []
    for name in names:
        if name == STANDARD_INPUT:
            found.append(Source("standard input", None))
        elif os.path.isdir(name):
            pictures = list(_in_folder(name, recursive, skipped))
            found += [Source(str(it), it) for it in pictures or [Path(name)]]
        else:
            found.append(Source(name or "''", name))
    return found, skipped


def _in_folder(folder: str, recursive: bool, skipped: Counter[str]) -> Iterator[Path]:
    unlisted: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=unlisted.append):
        for path in (Path(parent, it) for it in sorted(files)):
            if not path.is_file():  # a named pipe would be waited for, a device may never end
                skipped[NO_FILE] += 1
            elif path.suffix.lower() in SUFFIXES:
                yield path
            else:
                skipped[NO_PICTURE] += 1
        if not recursive:
            skipped[SUBFOLDER] += len(folders)
            folders.clear()
        links = {it for it in folders if Path(parent, it).is_symlink()}  # they could lead round in circles
        skipped[NO_FILE] += len(links)
        folders[:] = sorted(set(folders) - links)
    yield from (Path(it.filename) for it in unlisted)


def described(skipped: Counter[str]) -> str:
    """One line that says how many entries were skipped, and why; empty if none were."""
    reasons = [f"{count} {reason}" for reason, count in skipped.items() if count]
    return f"{skipped.total()} skipped in folders: {', '.join(reasons)}" if reasons else ""
