"""Print the results of the models, at most 120 columns wide.

python -m apps.results                  the working tree beside the DVC experiments of the last commit
python -m apps.results main v1.0        and beside these commits, branches, tags or experiments
python -m apps.results --brief          the working tree alone, with the columns that README.md shows
"""

import argparse
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


def brief() -> str:
    """The results of every run that params.yaml asks for, in Markdown."""
    return tables.markdown(results.as_text(results.collect(runs.all_runs(load_params().train)))[BRIEF])


def side_by_side(names: list[str]) -> str:
    """The results of several versions in Markdown; what is too long for WIDTH is cut."""
    found = versions.compare(names)
    text = pd.DataFrame(
        {
            "version": found["version"].map(lambda name: cut(name, LONGEST_VERSION)),
            "model": found["model"],
            "val": tables.percent(found[versions.VALIDATION]),
            "test": tables.percent(found["accuracy"]),
            "errors": written(found["errors"], "{:,.0f}"),
            "NLL": written(found["nll"], "{:.4f}"),
            "ECE": written(found["ece"], "{:.4f}"),
            CHANGES: found["changes"],
        }
    )
    left = WIDTH - len(tables.markdown(text.drop(columns=CHANGES)).partition("\n")[0]) - len(" " + " |")
    text[CHANGES] = text[CHANGES].map(lambda changes: cut(changes, left))
    return tables.markdown(text)


def written(values: pd.Series, form: str) -> pd.Series:
    """`values` as text; "-" where there is none."""
    return values.map(lambda value: "-" if pd.isna(value) else form.format(value))


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def main(names: list[str], only_brief: bool) -> str:
    print(brief() if only_brief else side_by_side(names))
    if only_brief:
        return "read from metrics/, which `dvc repro` keeps up to date"
    return "changes are the parameters that differ from the last commit; `dvc exp show` has all"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("versions", nargs="*", metavar="version")
    parser.add_argument("--brief", action="store_true")
    arguments = parser.parse_args()
    cli.execute("results", partial(main, arguments.versions, arguments.brief))
