"""Recognize handwritten digits in pictures.

    python -m apps.predict photo.png scans/         files and folders of pictures, one digit in each
    python -m apps.predict --many note.jpg          several digits in each, line by line
    cat photo.png | python -m apps.predict -        standard input
    python -m apps.predict --json photo.png         or --csv, for programs
    python -m apps.predict --show input photo.png   also write the 28x28 inputs of the model to folder input/

Pictures are PNG, JPEG, WebP, GIF, BMP or TIFF of up to 70 million pixels (35 in color, but for JPEG), dark on light or
light on dark.

Exit code 0: every digit is sure. 1: a picture has no digit, or one that is not sure. 2: a picture could not be read; it
is named on standard error.
"""

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from digits.core import cli, paths
from digits.imaging import image_io, mnist_format
from digits.recognizer import rows
from digits.recognizer.recognizer import Prediction, Recognizer

NOT_SURE = 1
COLUMNS = ("file", "digit", "confidence", "sure", "in_distribution")

Rows = list[tuple[str, Prediction | None]]  # file name and prediction; None if the picture has no digit


def main(arguments: argparse.Namespace) -> str:
    sys.stdout.reconfigure(errors="backslashreplace")  # file names may be anything
    recognizer = Recognizer(paths.RECOGNIZER)
    table: Rows = []
    all_read = True
    for name, file in sources(arguments.files):
        try:
            picture = image_io.read(file)
        except (ValueError, OSError) as error:
            print(f"predict: {name}: {reason(error)}", file=sys.stderr)
            all_read = False
            continue
        inputs, predictions = read(recognizer, picture, arguments.many)
        if arguments.show:
            show(arguments.show, name, inputs)
        table += [(name, prediction) for prediction in predictions] or [(name, None)]
    FORMATS[arguments.format](table)
    all_sure = all(prediction and prediction.sure for _, prediction in table)
    sys.exit(cli.USER_ERROR if not all_read else 0 if all_sure else NOT_SURE)


def read(recognizer: Recognizer, picture: np.ndarray, many: bool) -> tuple[list[np.ndarray], list[Prediction]]:
    """The inputs of the model, each (28, 28) uint8, and the predictions: for one digit, or for all in `picture`."""
    if many:
        digits = rows.read(recognizer, picture)
        return [it.image for it in digits], [it.prediction for it in digits]
    inputs = mnist_format.prepare(picture)
    return list(inputs), recognizer.read(inputs)


def sources(names: list[str]) -> Iterator[tuple[str, Path | io.BytesIO]]:
    """Names and files given on the command line, in order; a folder gives the pictures in it."""
    for name in names:
        if name == "-":
            yield "standard input", io.BytesIO(sys.stdin.buffer.read())
        elif Path(name).is_dir():
            pictures = [it for it in sorted(Path(name).iterdir()) if it.suffix.lower() in image_io.SUFFIXES]
            yield from ((str(it), it) for it in pictures or [Path(name)])
        else:
            yield name, Path(name)


def reason(error: Exception) -> str:
    if isinstance(error, IsADirectoryError):
        return "the folder contains no pictures"
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def show(folder: Path, name: str, prepared: list[np.ndarray]) -> None:
    """Write each of `prepared`, (28, 28) uint8, to `folder`, numbered if there are several."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(prepared, start=1):
        suffix = f"-{number}" if len(prepared) > 1 else ""
        Image.fromarray(image).save(folder / f"{'_'.join(Path(name).parts).replace('/', '')}{suffix}.png")


def as_table(table: Rows) -> None:
    width = max((len(name) for name, _ in table), default=0)
    for name, it in table:
        doubt = "" if not it or it.sure else "  not sure" if it.in_distribution else "  unlike any digit"
        print(f"{name:{width}}  {it.digit}  {it.confidence:6.1%}{doubt}" if it else f"{name:{width}}  no digit")


def as_json(table: Rows) -> None:
    empty = dict.fromkeys(("digit", "confidence", "in_distribution", "sure", "probabilities"))
    print(json.dumps([{"file": name, **(vars(it) if it else empty)} for name, it in table], indent=2))


def as_csv(table: Rows) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        (name, it.digit, f"{it.confidence:.6f}", it.sure, it.in_distribution)
        if it
        else (name, *[""] * (len(COLUMNS) - 1))
        for name, it in table
    )


FORMATS = {"table": as_table, "json": as_json, "csv": as_csv}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a picture, a folder, or - for standard input")
    parser.add_argument("--many", action="store_true", help="find several digits in each picture")
    parser.add_argument("--show", type=Path, metavar="FOLDER", help="write the inputs of the model to FOLDER")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", dest="format", action="store_const", const="json", default="table")
    output.add_argument("--csv", dest="format", action="store_const", const="csv")
    arguments = parser.parse_args()
    cli.execute("predict", lambda: main(arguments))
