"""Read handwritten digits from pictures.

    python -m apps.predict photo.png scans/       files and folders of them, one digit each
    python -m apps.predict --many note.jpg        several digits on each, left to right
    cat photo.png | python -m apps.predict -      standard input
    python -m apps.predict --json photo.png       or --csv, for programs
    python -m apps.predict --show saw photo.png   also the 28x28 images that the model saw, in folder saw/

Dark on light or light on dark, of up to 64 million pixels: PNG, JPEG, WebP, GIF, BMP or TIFF. Exit code 0: all is
read and sure; 1: in some there is no digit, or it is not sure; 2: some could not be opened, they are named on standard
error.
"""

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from digits import command, images, paths, picture_files
from digits.recogniser import Reading, Recogniser

NOT_SURE = 1
COLUMNS = ("file", "digit", "confidence", "sure", "familiar")

Found = list[tuple[str, Reading | None]]  # None where nothing is written


def main(arguments: argparse.Namespace) -> str:
    sys.stdout.reconfigure(errors="backslashreplace")  # file names may be anything
    recogniser = Recogniser(paths.RECOGNISER)
    found: Found = []
    all_opened = True
    for name, file in sources(arguments.files):
        try:
            prepared = images.prepare(picture_files.read(file), arguments.many)
        except (ValueError, OSError) as error:
            print(f"predict: {name}: {reason(error)}", file=sys.stderr)
            all_opened = False
            continue
        if arguments.show:
            show(arguments.show, name, prepared)
        found += [(name, reading) for reading in recogniser.read(prepared)] or [(name, None)]
    FORMS[arguments.form](found)
    all_sure = all(reading and reading.sure for _, reading in found)
    sys.exit(command.USER_ERROR if not all_opened else 0 if all_sure else NOT_SURE)


def sources(names: list[str]) -> Iterator[tuple[str, Path | io.BytesIO]]:
    """What the command line names, folders opened, in order."""
    for name in names:
        if name == "-":
            yield "standard input", io.BytesIO(sys.stdin.buffer.read())
        elif Path(name).is_dir():
            pictures = [it for it in sorted(Path(name).iterdir()) if it.suffix.lower() in picture_files.SUFFIXES]
            yield from ((str(it), it) for it in pictures or [Path(name)])
        else:
            yield name, Path(name)


def reason(error: Exception) -> str:
    if isinstance(error, IsADirectoryError):
        return "a folder without pictures"
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def show(folder: Path, name: str, prepared: np.ndarray) -> None:
    """Write each of `prepared` (n, 28, 28) to `folder`, numbered where there are several."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(prepared, start=1):
        suffix = f"-{number}" if len(prepared) > 1 else ""
        Image.fromarray(image).save(folder / f"{'_'.join(Path(name).parts).replace('/', '')}{suffix}.png")


def as_table(found: Found) -> None:
    width = max((len(name) for name, _ in found), default=0)
    for name, it in found:
        doubt = "" if not it or it.sure else "  not sure" if it.familiar else "  unlike any digit"
        print(f"{name:{width}}  {it.digit}  {it.confidence:6.1%}{doubt}" if it else f"{name:{width}}  no digit")


def as_json(found: Found) -> None:
    empty = dict.fromkeys(("digit", "confidence", "familiar", "sure", "probabilities"))
    print(json.dumps([{"file": name, **(vars(it) if it else empty)} for name, it in found], indent=2))


def as_csv(found: Found) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        (name, it.digit, f"{it.confidence:.6f}", it.sure, it.familiar) if it else (name, *[""] * (len(COLUMNS) - 1))
        for name, it in found
    )


FORMS = {"table": as_table, "json": as_json, "csv": as_csv}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a picture, a folder of them, or - for standard input")
    parser.add_argument("--many", action="store_true", help="find several digits in each picture")
    parser.add_argument("--show", type=Path, metavar="FOLDER", help="write the images that the model saw to FOLDER")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", default="table")
    form.add_argument("--csv", dest="form", action="store_const", const="csv")
    arguments = parser.parse_args()
    command.run("predict", lambda: main(arguments))
