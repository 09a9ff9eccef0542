"""The inputs of the model as files, for `--show`."""

from itertools import count
from pathlib import Path

import numpy as np

from digits.command.formats import printable
from digits.core.errors import UserError


class InputFolder:
    """A folder of inputs, named after their pictures; names that several would have are numbered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()

    def write(self, name: str, images: list[np.ndarray]) -> None:
        """Write each of `images`, (28, 28) uint8, of the picture `name`, numbered if there are several."""
        from PIL import Image

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for number, image in enumerate(images, start=1):
                stem = f"{_stem(name)}-{number}" if len(images) > 1 else _stem(name)
                Image.fromarray(image).save(self._folder / f"{self._free(stem)}.png")
        except OSError as error:
            raise UserError(printable(f"--show cannot write to {self._folder}: {error.strerror or error}")) from error

    def _free(self, stem: str) -> str:
        """`stem`, with a number if it was given away: a/b.png and a_b.jpg would both be a_b."""
        numbered = (f"{stem}-{number}" if number > 1 else stem for number in count(1))
        free = next(it for it in numbered if it not in self._taken)
        self._taken.add(free)
        return free


def _stem(name: str) -> str:
    """The folders and the name of a picture in one name, without its suffix."""
    path = Path(name)
    return "_".join([*(it for it in path.parent.parts if it not in (path.anchor, "..")), path.stem])
