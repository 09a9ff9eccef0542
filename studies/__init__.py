"""Studies: a pipeline of its own, studies/dvc.yaml, that reads the core's models and data. The core reads none of it.

A module is a study, with a function for each stage and its section of the studies' page. Studies do not import each
other, except `report`, which shows them all; `recognizer` and `novel_classes` are second modules on `handwriting` and
`ood`.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from inspect import signature
from pathlib import Path

from digits.determinism import pin_environment

pin_environment()  # before a stage imports NumPy


def run_stage(description: str | None, *stages: Callable[..., None]) -> None:
    """Run the one of `stages` that the command line names; one with a parameter is given a `Run`: recipe and seed."""
    from digits import files  # here, since it imports NumPy
    from digits.config import Run

    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = parser.add_subparsers(metavar="stage", required=True)
    for stage in stages:
        command = names.add_parser(stage.__name__, help=(stage.__doc__ or "").partition("\n")[0])
        command.set_defaults(stage=stage)
        if signature(stage).parameters:
            command.add_argument("recipe", help="a section of `recipes` in params.yaml")
            command.add_argument("seed", type=int)
    given = vars(parser.parse_args())
    stage = given.pop("stage")
    name = " ".join([Path(sys.argv[0]).stem, *sys.argv[1:]])
    files.execute(name, partial(stage, Run(**given)) if given else stage)
