"""Check all of params.yaml before DVC starts: DVC deletes the outputs of a stage before it runs it.

    python -m apps.check_params

Exit code 0 if every section is valid; 2 with one line that names each key that is not.
"""

import argparse
import importlib
from pathlib import Path

from digits.config.params import load_params
from digits.core import cli
from digits.gate.rules import load_rules


def main() -> str:
    load_params()
    load_rules()
    for module in sorted(Path("studies").glob("*/params.py")):
        importlib.import_module(f"studies.{module.parent.name}.params").load()
    return ""


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    cli.execute("check_params", main)
