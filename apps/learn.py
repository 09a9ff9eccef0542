"""Adapt the exported recognizer to the drawings that you corrected.

    python -m apps.learn drawings     drawings/7/….png is a 7, as `make app CORRECTIONS=drawings` stores them

Writes models/my-recognizer/, which `python -m apps.predict` and the page use as long as it exists: delete it to undo.
Needs MNIST's images in data/processed/ (`dvc repro preprocess`) and takes a few seconds.

Exit code 0: written. 1: refused, since MNIST's validation images would be read worse by more than 0.1 points; the
former recognizer stays. 2: the drawings cannot be used.
"""

import argparse
import sys
from pathlib import Path

from digits.config.params import load_params
from digits.core import cli
from digits.recognizer import learning
from digits.recognizer.learning import Learned
from digits.recognizer.recognizer import OWN

REFUSED = 1


def main(folder: Path) -> str:
    learned = adapted(folder)
    if not learned.allowed:
        print(f"learn: {outcome(learned)}", file=sys.stderr)
        sys.exit(REFUSED)
    return outcome(learned)


def adapted(folder: Path) -> Learned:
    """The exported recognizer, adapted to the drawings in `folder`; written if it is allowed."""
    given = learning.load_corrections(folder)
    train, validation = learning.load_split("train"), learning.load_split("validation")
    learned = learning.learn(given, train, validation)
    if learned.allowed:
        learning.write(learned, validation, load_params())
    return learned


def outcome(learned: Learned) -> str:
    """What was measured, and whether the result is used, in one sentence."""
    counts = learned.counts
    found = (
        f"misreads {counts['corrections_errors']} of your {counts['corrections']} drawings (before "
        f"{counts['corrections_errors_before']}) and {counts['validation_errors']} of "
        f"{counts['validation_images']:,} validation images (before {counts['validation_errors_before']})"
    )
    if learned.allowed:
        return f"{OWN} {found}; delete the folder to undo"
    limit = f"more than {100 * learning.MAX_LOST:g} points worse"
    return f"refused, nothing was changed: it {found}, {limit}; are the labels right?"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="the drawings, in folders 0 to 9")
    arguments = parser.parse_args()
    cli.execute("learn", lambda: main(arguments.folder))
