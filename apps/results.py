"""Print the results of the models, at most 120 columns wide.

python -m apps.results                  the working tree beside the DVC experiments of the last commit
python -m apps.results main v1.0        and beside these commits, branches, tags or experiments
python -m apps.results --brief          the working tree alone, with the columns that README.md shows
"""

import argparse
import signal
from functools import partial

import pandas as pd

from digits.config import runs
from digits.config.params import load_params
from digits.core import cli
from digits.experiments import versions
from digits.figures import tables
from digits.reporting import results

BRIEF = ["model", "parameters", "test accuracy", "Wilson interval", "errors", "NLL", "ECE"]
WIDTH = 120
LONGEST_VERSION = 28
CHANGES = "changes"


def main(names: list[str], only_brief: bool) -> str:
    if only_brief:
        found = results.collect(runs.all_runs(load_params().train))
        print(tables.markdown(results.as_text(found)[BRIEF]))
        return "read from metrics/, which `dvc repro` keeps up to date"
    print(side_by_side(names))
    return "changes are the parameters of the core pipeline that differ from the last commit; `dvc exp show` has all"


def side_by_side(names: list[str]) -> str:
    """The results of several versions in Markdown; what is too long for WIDTH is cut."""
    found = versions.compare(names)
    text = pd.DataFrame(
        {
            "version": found["version"].map(shortened),
            "model": found["model"],
            "val": tables.percent(found[versions.VALIDATION]),
            "test": tables.percent(found["accuracy"]),
            "errors": tables.formatted(found["errors"], "{:,.0f}"),
            "NLL": tables.formatted(found["nll"], "{:.4f}"),
            "ECE": tables.formatted(found["ece"], "{:.4f}"),
            CHANGES: found["changes"],
        }
    )
    left = WIDTH - len(tables.markdown(text.drop(columns=CHANGES)).partition("\n")[0]) - len(" " + " |")
    text[CHANGES] = text[CHANGES].map(lambda changes: cut(changes, left))
    return tables.markdown(text)


def shortened(version: str) -> str:
    """`version` without its middle, if it is long: experiments of one sweep begin alike."""
    half = (LONGEST_VERSION - 1) // 2
    return version if len(version) <= LONGEST_VERSION else f"{version[:half]}…{version[-half - 1 :]}"


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it, without a message
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("versions", nargs="*", metavar="version")
    parser.add_argument("--brief", action="store_true")
    arguments = parser.parse_args()
    cli.execute("results", partial(main, arguments.versions, arguments.brief))
