"""Plans of what to train: groups of recipes, seeds, named variants and grids, and the trainings that they stand for.

Settings have Hydra's syntax, as for `dvc exp run -S`. A key without a section is one of the recipe: "epochs=3".
"""

import itertools
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from pydantic import Field, ValidationError
from ruamel.yaml import YAML

from digits.config import Params, RecipeName, Run, Seed, StrictModel
from digits.files import UserError


class SelectionMetric(NamedTuple):
    """The stage that measures it, the one that makes its images, the folder of its files, its column in a table."""

    stage: str
    data: str
    folder: str
    column: str


def _of_study(study: str, data: str, column: str) -> SelectionMetric:
    pipeline = "studies/dvc.yaml"
    return SelectionMetric(f"{pipeline}:validate_{study}", f"{pipeline}:{data}", f"metrics/{study}_validation", column)


SELECTION_METRICS = {
    "validation": SelectionMetric("train", "preprocess", "metrics/train", "validation_accuracy"),
    "test": SelectionMetric("evaluate", "preprocess", "metrics/test", "accuracy"),
    "robustness": _of_study("robustness", "make_corruptions", "validation_corrupted_accuracy"),
    "handwriting": _of_study("handwriting", "fetch_handwriting", "validation_handwriting_accuracy"),
}


class Group(StrictModel):
    """Trainings that are compared with each other; docs/sweeps.md explains the keys."""

    recipes: Annotated[list[RecipeName], Field(min_length=1)]
    seeds: list[Seed] = Field([0], min_length=1)
    common: list[str] = Field([])
    variants: dict[str, list[str]] = Field({})
    grid: list[str] = Field([])
    selection_metric: Literal["validation", "test", "robustness", "handwriting"] = "validation"


class Plan(StrictModel):
    table: str  # the path of the results
    groups: dict[str, Group]


@dataclass(frozen=True)
class Training:
    """One training of a plan; `changes` are those of its `settings` that differ within its group."""

    group: str
    variant: str
    run: Run
    settings: tuple[str, ...]
    changes: str
    metric: SelectionMetric

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies its row in a table, see `tables.KEY`."""
        return self.group, self.variant, self.run.recipe, self.changes, str(self.run.seed)

    def __str__(self) -> str:
        return f"{self.variant}-{self.run.seed}"


def load(path: Path) -> Plan:
    """Raises UserError that names what is wrong in the plan."""
    try:
        return Plan.model_validate(YAML(typ="safe").load(path))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise UserError(f"{path}: {problems}") from error


def trainings(name: str, group: Group) -> list[Training]:
    """The trainings of the group called `name`, variant by variant.

    Each is a pipeline of its own run and no other. Of several settings of one key the last one counts: those of the
    grid, then the variant's, then the common ones.
    """
    listed, metric = [], SELECTION_METRICS[group.selection_metric]
    variants = [(recipe, *variant) for recipe in group.recipes for variant in (group.variants or {"": []}).items()]
    grid = list(itertools.product(*map(expand, group.grid)))
    for (recipe, variant, overrides), values, seed in itertools.product(variants, grid, group.seeds):
        label = variant if variant and len(group.recipes) == 1 else f"{recipe} {variant}".strip()
        run = [f"train.models=[{recipe}]", f"train.seeds=[{seed}]", f"export.recipe={recipe}", f"export.seed={seed}"]
        whole = [_whole(recipe, setting) for setting in [*run, *group.common, *overrides, *values]]
        settings = tuple({parse(setting).key_or_group: setting for setting in whole}.values())
        changes = " ".join([*overrides, *values])
        listed.append(Training(name, " ".join([label, *values]), Run(recipe, seed), settings, changes, metric))
    return listed


def _whole(recipe: str, setting: str) -> str:
    section = re.split(r"[.=]", setting, maxsplit=1)[0]
    return setting if section in Params.model_fields else f"recipes.{recipe}.{setting}"


def expand(setting: str) -> list[str]:
    """["epochs=1", "epochs=2"] for "epochs=1,2"."""
    override = parse(setting)
    several = override.is_sweep_override()
    values = override.sweep_string_iterator() if several else [override.get_value_element_as_str()]
    return [f"{override.key_or_group}={value}" for value in values]


@cache
def parse(setting: str) -> Override:
    """Raises UserError if it is no setting."""
    try:
        override = OverridesParser.create().parse_override(setting)
    except HydraException as error:
        raise UserError(f"{setting!r} is not a setting such as epochs=1,2,3: {error}") from error
    if override.is_interval_sweep():
        raise UserError(f"{setting} is an interval; list its values")
    return override
