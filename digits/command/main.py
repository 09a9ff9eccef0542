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
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

from digits.command import sources
from digits.command.formats import FORMATS, printable
from digits.command.reading import Outcome, read_all
from digits.command.sources import Source
from digits.core import cli
from digits.core.errors import UserError

NOT_SURE = 1
FILES = 20  # from which on a progress bar is shown


class Parser(argparse.ArgumentParser):
    """Its messages repeat arguments, which may be names of files, with control characters or a - in front."""

    def error(self, message: str) -> NoReturn:
        mistaken = [it for it in sys.argv[1:] if it.startswith("-") and os.path.isfile(it)]
        hint = f"; write ./{mistaken[0]} for the file" if mistaken else ""
        super().error(printable(message + hint))


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
    # Intermixed: options may stand between files. Not with --, whose files Python 3.11 would overlook.
    arguments = parser.parse_args() if "--" in sys.argv else parser.parse_intermixed_args()
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
    for text in FORMATS[arguments.format](results, width, arguments.many):
        write_result(write, text)
    if outcome.several:
        first, *more = outcome.several
        others = f" and {len(more)} more" if more else ""
        print(f"{command}: several digits in {printable(first)}{others}? try --many", file=sys.stderr)
    if skipped.total():
        print(f"{command}: {sources.described(skipped)}", file=sys.stderr)
    sys.exit(cli.USER_ERROR if not outcome.all_read else 0 if outcome.all_sure else NOT_SURE)


def write_result(write: Callable[..., None], text: str) -> None:
    try:
        write(text, end="")
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python would try again at exit
        raise UserError(f"the results cannot be written: {error.strerror}") from error


def watch(found: list[Source]) -> tuple[Iterable[Source], Callable[..., None]]:
    """`found`, with a progress bar if a person watches and it takes long, and what prints without tearing the bar."""
    if len(found) < FILES or not sys.stderr.isatty():
        return found, print
    from tqdm import tqdm

    return tqdm(found, unit=" pictures", leave=False), tqdm.write
