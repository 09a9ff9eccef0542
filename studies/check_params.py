"""Check all of params.yaml, also the sections of the gate and the studies, before DVC starts and deletes anything."""

import argparse
import ast
from pathlib import Path

from digits import files
from digits.config import PATH, load_params, load_section
from digits.files import UserError
from digits.gate.rules import load_rules
from studies import params


def check_params() -> None:
    for module in sorted(Path("digits/networks").glob("*.py")):  # with which the sections of the recipes are compared
        try:
            ast.parse(module.read_bytes())
        except SyntaxError as error:
            raise UserError(f"{module}, line {error.lineno}: {error.msg}") from error
    dataset = load_params().fetch.dataset
    load_rules()
    for section in (params.Robustness, params.Ood, params.Labels, params.Handwriting):
        load_section(section.__name__.lower(), section)
    if dataset in ("mnist", "optdigits"):  # for which TensorFlow Datasets, which takes seconds, is not asked
        return
    import tensorflow_datasets as tfds

    try:
        tfds.builder(dataset, try_gcs=False)  # needs neither network nor TensorFlow
    except (tfds.core.DatasetNotFoundError, ValueError) as error:
        problem = f"fetch.dataset is {dataset!r}, which is not known to TensorFlow Datasets {tfds.__version__}"
        raise UserError(f"{PATH}: {problem}") from error


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    files.execute("check_params", check_params)
