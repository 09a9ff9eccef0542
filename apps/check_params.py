"""Check params.yaml and the architectures before DVC starts: DVC deletes the outputs of a stage before it runs it.

    python -m apps.check_params

Exit code 0 if every section is valid; 2 with one line that names each key that is not, or the line that is no Python.
"""

import argparse
import ast
import importlib
from pathlib import Path

import tensorflow_datasets as tfds

from digits.config.params import PATH, load_params
from digits.core import cli
from digits.core.errors import UserError
from digits.data.sources import BUNDLED
from digits.gate.rules import load_rules


def main() -> str:
    for module in sorted(Path("digits/architectures").glob("*.py")):
        check_syntax(module)  # first, since the sections of the recipes are compared with these modules
    check_dataset(load_params().fetch.dataset)
    load_rules()
    for module in sorted(Path("studies").glob("*/params.py")):
        importlib.import_module(f"studies.{module.parent.name}.params").load()
    return ""


def check_syntax(module: Path) -> None:
    """Raises UserError, which names the line, if `module` is not valid Python."""
    try:
        ast.parse(module.read_bytes())
    except SyntaxError as error:
        raise UserError(f"{module}, line {error.lineno}: {error.msg}") from error


def check_dataset(name: str) -> None:
    """Raises UserError if TensorFlow Datasets does not know `name`, which it says without network or TensorFlow."""
    if name == BUNDLED:
        return
    try:
        tfds.builder(name, try_gcs=False)
    except (tfds.core.DatasetNotFoundError, ValueError) as error:
        problem = f"fetch.dataset is {name!r}, which is not known to TensorFlow Datasets {tfds.__version__}"
        raise UserError(f"{PATH}: {problem}") from error


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    cli.execute("check_params", main)
