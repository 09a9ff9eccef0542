"""Stores drawings that a user corrected, one subfolder per digit, and loads them as a test set.

Files are named by the hash of their content. Nothing is stored unless the user names a folder.
"""

import errno
import fcntl
import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from digits.data import CLASSES, NAME_LENGTH
from digits.files import UserError, atomic_write
from digits.imaging.pictures import SUFFIXES, read

MAX_STORED = 100 * 2**20  # bytes on disk in a folder: ten thousand drawings
BLOCK = 4096  # bytes that file systems give out at a time


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Wait until no other thread or process stores in `folder`: one drawing under two digits at once would lose it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def check(folder: Path) -> None:
    """Make `folder`. Raises UserError if pictures cannot be stored in it."""
    try:
        with folder_lock(folder), tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(BLOCK))
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"corrections cannot be stored in {folder} ({reason}); name another folder") from error


def store(folder: Path, gray: np.ndarray, digit: int) -> Path:
    """Store the picture `gray` (h, w) uint8 as a `digit` in `folder`, and no more as another; return its path.

    Raises OSError if it cannot be written, or if the folder would hold more than MAX_STORED bytes.
    """
    file = io.BytesIO()
    Image.fromarray(gray).save(file, "png")
    content = file.getvalue()
    name = f"{hashlib.sha256(content).hexdigest()[:NAME_LENGTH]}.png"
    with folder_lock(folder):
        sizes = (path.stat().st_size for digit in range(CLASSES) for path in (folder / str(digit)).glob("*"))
        if sum(-(-size // BLOCK) * BLOCK for size in sizes) + len(content) > MAX_STORED:
            raise OSError(errno.EDQUOT, "there are too many drawings in the folder of corrections; delete some")
        with atomic_write(folder / str(digit) / name) as temporary:
            temporary.write_bytes(content)
        for other in set(range(CLASSES)) - {digit}:
            (folder / str(other) / name).unlink(missing_ok=True)
    return folder / str(digit) / name


def load(folder: Path) -> Iterator[tuple[np.ndarray, int]]:
    """The pictures (h, w) uint8 in the subfolders 0 to 9 of `folder` with their digits; none if it does not exist.
    Raises UserError if one cannot be read."""
    for digit in range(CLASSES):
        for path in sorted((folder / str(digit)).glob("*")):
            if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):  # those were not written whole
                try:
                    yield read(path), digit
                except (OSError, ValueError) as error:
                    raise UserError(f"{path}: {error}") from error
