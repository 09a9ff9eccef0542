"""Stores drawings that a user corrected, one subfolder per digit, and loads them as a test set.

Files are named by the hash of their content. Nothing is stored unless the user names a folder.
"""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from digits.core.artifacts import atomic_write
from digits.core.errors import UserError
from digits.data.datasets import CLASSES, NAME_LENGTH
from digits.imaging.image_io import SUFFIXES, read


def store(folder: Path, gray: np.ndarray, digit: int) -> Path:
    """Store the picture `gray` (h, w) uint8 as a `digit` in `folder`; return its path.

    A copy that was stored as another digit before is removed.
    """
    content = io.BytesIO()
    Image.fromarray(gray).save(content, "png")
    name = f"{hashlib.sha256(content.getvalue()).hexdigest()[:NAME_LENGTH]}.png"
    with atomic_write(folder / str(digit) / name) as temporary:
        temporary.write_bytes(content.getvalue())
    for other in set(range(CLASSES)) - {digit}:
        (folder / str(other) / name).unlink(missing_ok=True)
    return folder / str(digit) / name


def load(folder: Path) -> Iterator[tuple[np.ndarray, int]]:
    """The pictures (h, w) uint8 in the subfolders 0 to 9 of `folder` with their digits; none if it does not exist.

    Raises UserError if one cannot be read.
    """
    for digit in range(CLASSES):
        for path in sorted((folder / str(digit)).glob("*")):
            if path.suffix.lower() in SUFFIXES:
                try:
                    yield read(path), digit
                except ValueError as error:
                    raise UserError(f"{path}: {error}") from error
