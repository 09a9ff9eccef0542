"""Put the table of results that the stage `report` made between two markers of README.md, and print it.

`make repro` and `make studies` do so at their end. A README.md without the markers stays as it is.
"""

import argparse
import re
from pathlib import Path

from digits import config, files

README = Path("README.md")
TABLE = re.compile(r"^\|.*?\n\n", re.DOTALL | re.MULTILINE)


def results_of(text: str) -> str:
    """What stands between the markers; empty without them."""
    block = _between("results").search(text)
    return block.group() if block else ""


def with_results(text: str, results: str, name: str = "results") -> str:
    """`text` with other `results` between its markers called `name`."""
    return _between(name).sub(lambda _: results, text)


def _between(name: str) -> re.Pattern[str]:
    return re.compile(f"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)


def update() -> None:
    """Raises FileNotFoundError if the stage `report` has not run."""
    table = TABLE.search(config.REPORT_MARKDOWN.read_text(encoding="utf-8"))
    assert table, f"{config.REPORT_MARKDOWN} has no table"
    print(table.group().strip())
    before = README.read_text(encoding="utf-8")
    if (after := with_results(before, table.group())) != before:
        files.write_text(README, after)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    files.execute("readme", update)
