"""The grid of trained models: which cells params.yaml asks for, and which one a command line names."""

import argparse
from typing import get_args

from digits.params import Train
from digits.paths import Cell
from digits.recipes import RecipeName


def of(train: Train) -> list[Cell]:
    """All cells of the `train` section, recipe by recipe."""
    return [Cell(recipe, seed) for recipe in train.models for seed in train.seeds]


def from_arguments(description: str | None) -> Cell:
    """The cell that the command line names: a recipe and a seed."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipe", choices=get_args(RecipeName))
    parser.add_argument("seed", type=int)
    arguments = parser.parse_args()
    return Cell(arguments.recipe, arguments.seed)
