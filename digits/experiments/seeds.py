"""Recipes trained from many seeds: what plans/seeds.yaml asks for, what was measured, and how ensembles do."""

import hashlib
import re
from itertools import combinations
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field, TypeAdapter, ValidationError
from ruamel.yaml import YAML

from digits.config.params import RecipeName, Seed, load_params
from digits.config.recipes import StrictModel
from digits.core import artifacts, paths
from digits.core.errors import UserError
from digits.evaluation import metrics
from digits.experiments import code_digest

PLAN = Path("plans/seeds.yaml")
TABLE = Path("metrics/seeds/seeds.csv")
ERRORS = Path("metrics/seeds/errors")
ENSEMBLES = Path("metrics/seeds/ensembles")
# The code that gives a training its numbers. What only moves files is left out: hours of training depend on this.
CODE = (
    "digits/training/*.py",
    "digits/models/inference.py",
    "digits/architectures/__init__.py",
    "digits/architectures/blocks.py",
    "digits/core/determinism.py",
)
LOCK = Path("requirements/base.txt")
COLUMNS = ["name", "recipe", "seed", "parameters", "validation_accuracy", "accuracy", "errors", "nll", "brier", "ece"]

Name = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]  # it becomes part of file names


class Entry(StrictModel):
    """A recipe, changes of its parameters and the seeds that it is trained from.

    In the plan, `changes` leave out "recipes" and the name: "epochs=3". `assignments` are the same with whole keys.
    """

    recipe: RecipeName
    changes: list[str]
    seeds: Annotated[list[Seed], Field(min_length=1)]

    @property
    def assignments(self) -> list[str]:
        return [f"recipes.{self.recipe}.{change}" for change in self.changes]


def load() -> dict[str, Entry]:
    """The entries of the plan by name. Raises UserError that names what is wrong in it."""
    try:
        return TypeAdapter(dict[Name, Entry]).validate_python(YAML(typ="safe").load(PLAN))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in error.errors())
        raise UserError(f"{PLAN}: {problems}") from error


def measured() -> pd.DataFrame:
    """One row per training: COLUMNS, the digest of its `dataset`, and its `origin`.

    A row is stale if its origin is no longer that of its entry.
    """
    if TABLE.exists():
        return artifacts.read_csv(TABLE)
    return pd.DataFrame(columns=[*COLUMNS, "dataset", "origin"])


def dataset() -> str:
    """The digest of the dataset that was fetched last."""
    return artifacts.read_json(paths.DATASET)["digest"]


def origin(entry: Entry) -> str:
    """A digest of all that the numbers of `entry` depend on: data, split, recipe, changes, code, package versions."""
    params = load_params()
    if entry.recipe not in params.recipes:
        raise UserError(f"{PLAN} names the recipe {entry.recipe}; params.yaml has {', '.join(params.recipes)}")
    modules = [path for pattern in CODE for path in sorted(Path().glob(pattern))]
    parts = [
        dataset(),
        params.preprocess.model_dump_json(),
        params.recipes[entry.recipe].model_dump_json(),
        *entry.changes,
        code_digest.digest([*modules, Path(f"digits/architectures/{entry.recipe}.py")]),
        *re.findall(r"^[a-z0-9._-]+==.*?(?=\s*\\?$)", LOCK.read_text(encoding="utf-8"), re.MULTILINE),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def errors(name: str, seed: int) -> Path:
    """The misread test images of one training of the entry `name`."""
    return ERRORS / f"{name}-{seed}.csv"


def ensembles(labels: np.ndarray, members: np.ndarray, level: float, bins: int) -> pd.DataFrame:
    """The scores of ensembles, which average the probabilities of their members, by the number of members.

    `members` (m, n, 10) are the models' probabilities for the images with `labels` (n,); `level` and `bins` are those
    of `metrics.scores`. One row per size from 1 to m: `members`, `ensembles` (all choices of that size), and over
    them `mean`, `std`, `min` and `max` of the accuracy and the mean `nll` and `ece`. Ensembles of one size share
    members, so they vary less than ensembles of other seeds would.
    """
    rows = []
    for size in range(1, len(members) + 1):
        means = (members[list(chosen)].mean(axis=0) for chosen in combinations(range(len(members)), size))
        table = pd.DataFrame(metrics.scores(labels, mean, level, bins) for mean in means)
        spread = table["accuracy"].agg(["mean", "std", "min", "max"]).to_dict()
        rows.append({"members": size, "ensembles": len(table), **spread, **table[["nll", "ece"]].mean().to_dict()})
    return pd.DataFrame(rows)
