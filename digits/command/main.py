"""Recognize handwritten digits in pictures.

    digits-read photo.png scans/         files and folders of pictures, one digit in each
    digits-read --many note.jpg          several digits in each, line by line
    digits-read --recursive scans/       also the pictures in subfolders
    cat photo.png | digits-read -        standard input
    digits-read --json photo.png         or --csv, for programs
    digits-read --show input photo.png   also write the 28x28 inputs of the model to folder input/

Without installation, in the folder of the project: python -m apps.predict instead of digits-read.

Pictures are PNG, JPEG, WebP, GIF, BMP or TIFF of up to 70 million pixels (35 in color, but for JPEG), dark on light or
light on dark. Each result is written as soon as it is there. Control characters in names are written as \\x1b, \\n and
so on.

Exit code 0: every digit is sure. 1: a picture has no digit, or one that is not sure. 2: a picture could not be read,
which is named on standard error, or the results could not be written. A reader that goes away, as head does, ends it
quietly, by SIGPIPE (141 in a shell).
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from digits.command import sources
from digits.command.formats import FORMATS, Row, printable
from digits.command.sources import Source
from digits.core import cli
from digits.core.errors import UserError
from digits.imaging import image_io, mnist_format
from digits.recognizer import Prediction, Recognizer, rows

NOT_SURE = 1
FILES = 20  # from which on a progress bar is shown


@dataclass
class Outcome:
    """What decides the exit code."""

    all_read: bool = True
    all_sure: bool = True


class Parser(argparse.ArgumentParser):
    """Its messages repeat arguments, which may be names of files with control characters."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def main() -> None:
    """What `digits-read` and `python -m apps.predict` start."""
    if sys.stderr is None:  # print would take standard output for it
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    parser = Parser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a picture, a folder, or - for standard input")
    parser.add_argument("--many", action="store_true", help="find several digits in each picture")
    parser.add_argument("--recursive", action="store_true", help="look for pictures in subfolders, too")
    parser.add_argument("--show", type=Path, metavar="FOLDER", help="write the inputs of the model to FOLDER")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", dest="format", action="store_const", const="json", default="table")
    output.add_argument("--csv", dest="format", action="store_const", const="csv")
    arguments = parser.parse_args()
    name = parser.prog.removesuffix(".py")
    cli.execute(name, lambda: run(name, arguments))


def run(command: str, arguments: argparse.Namespace) -> NoReturn:
    """Write the predictions, and leave with the exit code."""
    if sys.stdout is None:
        raise UserError("standard output is closed")
    sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    found, skipped = sources.find(arguments.files, arguments.recursive)
    watched, write = watch(found)
    outcome = Outcome()
    results = read_all(watched, arguments, outcome, lambda message: write(f"{command}: {message}", file=sys.stderr))
    width = max(len(printable(it.name)) for it in found)
    try:
        for text in FORMATS[arguments.format](results, width):
            write(text, end="")
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python would try again at exit
        raise
    if skipped.total():
        print(f"{command}: {sources.described(skipped)}", file=sys.stderr)
    sys.exit(cli.USER_ERROR if not outcome.all_read else 0 if outcome.all_sure else NOT_SURE)


def watch(found: list[Source]) -> tuple[Iterable[Source], Callable[..., None]]:
    """`found`, with a progress bar if a person watches and it takes long, and what prints without tearing the bar."""
    if len(found) < FILES or not sys.stderr.isatty():
        return found, print
    from tqdm import tqdm

    return tqdm(found, unit=" pictures", leave=False), tqdm.write


def read_all(
    found: Iterable[Source], arguments: argparse.Namespace, outcome: Outcome, complain: Callable[[str], None]
) -> Iterator[Row]:
    """The predictions for each picture, one after the other; `complain` gets a line for each that cannot be read."""
    recognizer = Recognizer()
    for source in found:
        try:
            picture = image_io.read(source.open())
        except (ValueError, OSError) as error:
            complain(printable(f"{source.name}: {reason(error)}"))
            outcome.all_read = False
            continue
        inputs, predictions = read(recognizer, picture, arguments.many)
        if arguments.show:
            show(arguments.show, source.name, inputs)
        answers: list[Prediction | None] = [*predictions] or [None]
        for it in answers:
            outcome.all_sure &= it is not None and it.sure
            yield source.name, it


def read(recognizer: Recognizer, picture: np.ndarray, many: bool) -> tuple[list[np.ndarray], list[Prediction]]:
    """The inputs of the model, each (28, 28) uint8, and the predictions: for one digit, or for all in `picture`."""
    if many:
        digits = rows.read(recognizer, picture)
        return [it.image for it in digits], [it.prediction for it in digits]
    inputs = mnist_format.prepare(picture)
    return list(inputs), recognizer.read(inputs)


def reason(error: Exception) -> str:
    if isinstance(error, IsADirectoryError):
        return "the folder contains no pictures"
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def show(folder: Path, name: str, prepared: list[np.ndarray]) -> None:
    """Write each of `prepared`, (28, 28) uint8, to `folder`, numbered if there are several."""
    from PIL import Image

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(prepared, start=1):
            suffix = f"-{number}" if len(prepared) > 1 else ""
            Image.fromarray(image).save(folder / f"{'_'.join(Path(name).parts).replace('/', '')}{suffix}.png")
    except OSError as error:
        raise UserError(printable(f"--show cannot write to {folder}: {error.strerror or error}")) from error
