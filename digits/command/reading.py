"""Reads the pictures that were named, one after the other."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from digits.command.formats import SIDES, Place, Row, printable
from digits.command.inputs import InputFolder
from digits.command.sources import Source
from digits.imaging import image_io, mnist_format
from digits.recognizer import Prediction, Recognizer, rows
from digits.recognizer.recognizer import OWN, default_folder

Answer = tuple[Prediction | None, Place | None]


@dataclass
class Outcome:
    """What decides the exit code, and the names of pictures that `--many` would read better."""

    all_read: bool = True
    all_sure: bool = True
    several: list[str] = field(default_factory=list)


def read_all(
    found: Iterable[Source], arguments: argparse.Namespace, outcome: Outcome, complain: Callable[[str], None]
) -> Iterator[Row]:
    """The predictions for each picture, one after the other; `complain` gets a line for each that cannot be read."""
    folder = default_folder()
    if folder == OWN:
        complain(f"reads with {folder}")
    recognizer = Recognizer(folder)
    shown = InputFolder(arguments.show) if arguments.show else None
    for source in found:
        try:
            picture = image_io.read(source.open())
        except (ValueError, OSError) as error:
            complain(printable(f"{source.name}: {reason(error)}"))
            outcome.all_read = False
            continue
        inputs, answers = read(recognizer, picture, arguments.many)
        if shown:
            shown.write(source.name, inputs)
        for prediction, place in answers or [(None, None)]:
            outcome.all_sure &= prediction is not None and prediction.sure
            yield source.name, prediction, place
        if not arguments.many and any(it and not it.sure for it, _ in answers) and several(recognizer, picture):
            outcome.several.append(source.name)


def read(recognizer: Recognizer, picture: np.ndarray, many: bool) -> tuple[list[np.ndarray], list[Answer]]:
    """The inputs of the model, each (28, 28) uint8, and the answers: for one digit, or for all in `picture`."""
    if many:
        digits = rows.read(recognizer, picture)
        return [it.image for it in digits], [(it.prediction, place_of(it, picture.shape)) for it in digits]
    inputs = mnist_format.prepare(picture)
    return list(inputs), [(it, None) for it in recognizer.read(inputs)]


def several(recognizer: Recognizer, picture: np.ndarray) -> bool:
    """Whether `picture` reads as more than one digit, all of them sure."""
    digits = rows.read(recognizer, picture)
    return len(digits) > 1 and all(it.prediction.sure for it in digits)


def place_of(digit: rows.Digit, shape: tuple[int, ...]) -> Place:
    """Where `digit` lies in its picture of `shape`."""
    shares = (round(min(1.0, side / length), 4) for side, length in zip(digit.box, shape * 2, strict=True))
    top, left, bottom, right = shares
    return Place(digit.line + 1, dict(zip(SIDES, (left, top, right, bottom), strict=True)))


def reason(error: Exception) -> str:
    if isinstance(error, IsADirectoryError):
        return "the folder contains no pictures"
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
