"""Print the table of results of the metrics in this folder.

python -m apps.results            the full table, for a terminal
python -m apps.results --brief    the columns that README.md shows
"""

import argparse
from functools import partial

from digits import cells, command, params, results

BRIEF = ["model", "parameters", "test accuracy", "Wilson interval", "errors", "NLL", "ECE"]


def table(brief: bool) -> str:
    """The results of every cell that params.yaml asks for, in Markdown."""
    text = results.as_text(results.collect(cells.of(params.load().train)))
    return results.markdown(text[BRIEF] if brief else text)


def main(brief: bool) -> str:
    print(table(brief))
    return "read from metrics/, which `dvc repro` keeps up to date"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--brief", action="store_true")
    command.run("results", partial(main, parser.parse_args().brief))
