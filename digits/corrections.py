"""A person's own drawings with what they meant, in a folder that the person named: a test set of one hand.

Knows the folder: one subfolder a digit, in each of them pictures named by their content, the form that datasets of
pictures commonly have. Stores nothing unless it is told where.
"""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from digits.artifacts import staged
from digits.datasets import CLASSES, NAME_LENGTH
from digits.picture_files import PHOTO, SUFFIXES, Picture, read


def store(folder: Path, picture: Picture, digit: int) -> Path:
    """Keep `picture` as a `digit`, and no longer as another one that it was taken for before; its path."""
    content, text = io.BytesIO(), PngInfo()
    if not picture.clean:
        text.add_text(PHOTO, "yes")
    Image.fromarray(picture.grey).save(content, "png", pnginfo=text)
    name = f"{hashlib.sha256(content.getvalue()).hexdigest()[:NAME_LENGTH]}.png"
    with staged(folder / str(digit) / name) as temporary:
        temporary.write_bytes(content.getvalue())
    for other in set(range(CLASSES)) - {digit}:
        (folder / str(other) / name).unlink(missing_ok=True)
    return folder / str(digit) / name


def load(folder: Path) -> Iterator[tuple[Picture, int]]:
    """The pictures of `folder` with their digits; none where it does not exist.

    Raises ValueError where one cannot be read.
    """
    for digit in range(CLASSES):
        for path in sorted((folder / str(digit)).glob("*")):
            if path.suffix.lower() in SUFFIXES:
                try:
                    yield read(path), digit
                except ValueError as error:
                    raise ValueError(f"{path}: {error}") from error
