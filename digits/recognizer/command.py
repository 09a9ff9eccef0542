"""Recognize handwritten digits in pictures.

    digits-read photo.png scans/         files and folders of pictures, one digit in each
    digits-read --many note.jpg          several digits in each, line by line
    digits-read --recursive scans/       also the pictures in subfolders
    cat photo.png | digits-read -        standard input
    digits-read --json photo.png         or --csv, for programs
    digits-read --show input photo.png   also write the 28x28 inputs of the model to folder input/

Without installation, in the folder of the project: python -m digits.recognizer instead of digits-read.

Pictures are PNG, JPEG, WebP, GIF, BMP or TIFF of up to 70 million pixels (35 in color, but for JPEG), dark on light or
light on dark. Each result is written as soon as it is there. Control characters in names are written as \\x1b, \\n and
so on.

Exit code 0: every digit is sure. 1: a picture has no digit, or one that is not sure. 2: a picture could not be read,
which is named on standard error, or the results could not be written. A reader that goes away, as head does, ends it
quietly, by SIGPIPE (141 in a shell).
"""

import argparse
import csv
import io
import json
import os
import signal
import sys
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from PIL import Image

from digits import files
from digits.files import UserError
from digits.imaging import pictures
from digits.recognizer import reading
from digits.recognizer.reading import USER_MODEL, Recognizer, default_folder

NAME = "digits-read"
FILES = 20  # from which on a progress bar is shown
COLUMNS = ("file", "digit", "confidence", "sure", "in_distribution")  # of --csv
PLACE_COLUMNS = ("line", "left", "top", "right", "bottom")  # also, with --many
NO_DIGIT = dict.fromkeys(("digit", "confidence", "in_distribution", "sure", "probabilities"))
NO_PLACE = {"line": None, "box": None}

Source = tuple[str, Path | str | None]  # name of a picture for people, and its path, None for standard input
Record = dict[str, Any]  # an object of --json: a digit of a picture, or the picture if it has none
Write = Callable[[str], None]


def find_sources(names: list[str], recursive: bool) -> tuple[list[Source], Counter[str]]:
    """The pictures that `names` mean, in order, and how many entries of folders were skipped, by the reason.

    A folder gives its regular files with the suffix of a picture, by name, then if `recursive` those of its subfolders.
    One without any, or that cannot be listed, is a source itself: reading it says what is wrong.
    """
    skipped: Counter[str] = Counter()
    sources: list[Source] = []
    for name in names:
        if name == "-":
            sources.append(("standard input", None))
        elif os.path.isdir(name):
            sources += [(str(path), path) for path in list(_in_folder(name, recursive, skipped)) or [Path(name)]]
        else:
            sources.append((name or "''", name))  # an empty name stays one: as a Path, it would be the current folder
    return sources, skipped


def _in_folder(folder: str, recursive: bool, skipped: Counter[str]) -> Iterator[Path]:
    unlisted: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unlisted.append):
        for path in (Path(parent, name) for name in sorted(names)):
            if not path.is_file():  # a named pipe would be waited for, a device may never end
                skipped["not a regular file"] += 1
            elif path.suffix.lower() in pictures.SUFFIXES:
                yield path
            else:
                skipped["no picture by its suffix"] += 1
        if not recursive:
            skipped["a subfolder (try --recursive)"] += len(folders)
            folders.clear()
        links = {name for name in folders if Path(parent, name).is_symlink()}  # they could lead round in circles
        skipped["not a regular file"] += len(links)
        folders[:] = sorted(set(folders) - links)
    yield from (Path(error.filename) for error in unlisted)


class Reader:
    """Reads pictures one after the other, and remembers what the exit code and the hints depend on.

    `complain` gets a line for each picture that cannot be read; `show` is where the inputs of the model go.
    """

    def __init__(self, many: bool, show: Path | None, complain: Write) -> None:
        folder = default_folder()
        if folder == USER_MODEL:
            complain(f"reads with {folder}")
        self._recognizer = Recognizer(folder)
        self._many, self._show, self._complain = many, show, complain
        self._shown: set[str] = set()
        self.all_read = self.all_sure = True
        self.several: list[str] = []  # names of pictures that --many would read better

    def read(self, sources: Iterable[Source]) -> Iterator[Record]:
        for name, path in sources:
            try:
                picture = pictures.read(io.BytesIO(sys.stdin.buffer.read()) if path is None else path)
            except (ValueError, OSError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                if isinstance(error, IsADirectoryError):
                    reason = "the folder contains no pictures"
                self._complain(printable(f"{name}: {reason}"))
                self.all_read = False
                continue
            digits = (reading.read_digits if self._many else reading.read_one)(self._recognizer, picture)
            if self._show:
                self._write_inputs(self._show, name, [digit.image for digit in digits])
            records: list[Record] = [vars(digit.prediction) for digit in digits] or [NO_DIGIT]
            places = [_place(digit, picture.shape) for digit in digits] or [NO_PLACE]
            for record, place in zip(records, places, strict=True):
                self.all_sure &= bool(record["sure"])
                yield {"file": name, **record, **(place if self._many else {})}
            if not self._many and reading.are_several(self._recognizer, picture, digits):
                self.several.append(name)

    def _write_inputs(self, folder: Path, name: str, images: list) -> None:
        """Write each of `images` (28, 28) uint8, named after the folders and the `name` of its picture, and numbered
        if there are several, or if names would be the same: a/b.png and a_b.jpg would both be a_b."""
        path = Path(name)
        parents = (part for part in path.parent.parts if part not in (path.anchor, ".."))
        stem = "_".join([*parents, path.stem])
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for number, image in enumerate(images, start=1):
                wish = f"{stem}-{number}" if len(images) > 1 else stem
                names = (f"{wish}-{again}" if again > 1 else wish for again in count(1))
                free = next(name for name in names if name not in self._shown)
                self._shown.add(free)
                Image.fromarray(image).save(folder / f"{free}.png")
        except OSError as error:
            raise UserError(printable(f"--show cannot write to {folder}: {error.strerror or error}")) from error


def _place(digit: reading.Digit, shape: tuple[int, ...]) -> Record:
    """Where `digit` lies in a picture of this `shape` (h, w): its line of writing, from 1, and the sides of its ink."""
    return {"line": digit.line + 1, "box": {side: round(share, 4) for side, share in digit.sides(shape).items()}}


def printable(text: str) -> str:
    """`text` with what could steer a terminal or deceive its reader as escape sequences of Python: control characters,
    line ends, marks that turn the direction of writing, and bytes that are no text."""
    is_harmless = {c: c.isprintable() or unicodedata.category(c) == "Zs" for c in text}  # Zs: a space
    return "".join(c if is_harmless[c] else c.encode("unicode_escape").decode() for c in text)


def write_table(records: Iterable[Record], write: Write, width: int, many: bool) -> None:
    """A line for each digit, the names padded to `width`; of `many` digits also their lines of writing."""
    for record in records:
        doubt = "" if record["sure"] else "  not sure" if record["in_distribution"] else "  unlike any digit"
        answer = "no digit" if record["digit"] is None else f"{record['digit']}  {record['confidence']:6.1%}{doubt}"
        line = f"  line {record['line']:<2}" if record.get("line") else ""
        write(f"{printable(record['file']):{width}}{line}  {answer}\n")


def write_json(records: Iterable[Record], write: Write, width: int, many: bool) -> None:
    """One array of objects."""
    before = "[\n"
    for record in records:
        write(before + textwrap.indent(json.dumps(record, indent=2), "  "))
        before = ",\n"
    write("[]\n" if before == "[\n" else "\n]\n")


def write_csv(records: Iterable[Record], write: Write, width: int, many: bool) -> None:
    """A header, then a line for each digit; of `many` digits also where each lies."""
    columns = (*COLUMNS, *PLACE_COLUMNS) if many else COLUMNS
    table = csv.DictWriter(SimpleNamespace(write=write), columns, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    for record in records:
        confidence = "" if record["digit"] is None else f"{record['confidence']:.6f}"
        values = {"file": printable(record["file"]), "confidence": confidence}
        table.writerow({**record, **(record.get("box") or {}), **values})


class Parser(argparse.ArgumentParser):
    """Its messages repeat arguments, which may be names of files, with control characters or a - in front."""

    def error(self, message: str) -> NoReturn:
        mistaken = [name for name in sys.argv[1:] if name.startswith("-") and os.path.isfile(name)]
        super().error(printable(message + (f"; write ./{mistaken[0]} for the file" if mistaken else "")))


def main() -> None:
    """What `digits-read` and `python -m digits.recognizer` start."""
    if sys.stderr is None:  # print would take standard output for it
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    parser = Parser(NAME, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a picture, a folder, or - for standard input")
    parser.add_argument("--many", action="store_true", help="find several digits in each picture")
    parser.add_argument("--recursive", action="store_true", help="look for pictures in subfolders, too")
    parser.add_argument("--show", type=Path, metavar="FOLDER", help="write the inputs of the model to FOLDER")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", dest="write", action="store_const", const=write_json, default=write_table)
    output.add_argument("--csv", dest="write", action="store_const", const=write_csv)
    # Intermixed: options may stand between files. Not with --, whose files Python 3.11 would overlook.
    arguments = parser.parse_args() if "--" in sys.argv else parser.parse_intermixed_args()
    files.execute(NAME, lambda: run(arguments))


def run(arguments: argparse.Namespace) -> NoReturn:
    """Write the predictions, and leave with the exit code."""
    if sys.stdout is None:
        raise UserError("standard output is closed")
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115
    sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    sources, skipped = find_sources(arguments.files, arguments.recursive)
    watched: Iterable[Source] = sources
    show: Callable[..., None] = print
    if len(sources) >= FILES and sys.stderr.isatty():  # a person watches, and it takes long
        from tqdm import tqdm

        watched, show = tqdm(sources, unit=" pictures", leave=False), tqdm.write  # does not tear the bar

    def write(text: str) -> None:
        try:
            show(text, end="")
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python would try again at exit
            raise UserError(f"the results cannot be written: {error.strerror}") from error

    def complain(message: str) -> None:
        show(f"{NAME}: {message}", file=sys.stderr)

    reader = Reader(arguments.many, arguments.show, complain)
    width = max(len(printable(name)) for name, _ in sources)
    arguments.write(reader.read(watched), write, width, arguments.many)
    if reader.several:
        first, *more = reader.several
        complain(f"several digits in {printable(first)}{f' and {len(more)} more' if more else ''}? try --many")
    if skipped.total():
        reasons = ", ".join(f"{number} {reason}" for reason, number in skipped.items() if number)
        complain(f"{skipped.total()} skipped in folders: {reasons}")
    sys.exit(files.USER_ERROR if not reader.all_read else 0 if reader.all_sure else 1)
