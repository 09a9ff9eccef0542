"""Recipes trained from many seeds: what study.yaml asks for, what has been measured, and what it amounts to.

Knows which results are still of the present code, how seeds are summed up and how ensembles of them do. The trainings
themselves are experiments, started by `apps/study.py`.
"""

import hashlib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field, TypeAdapter, ValidationError
from ruamel.yaml import YAML

from digits import artifacts, metrics, params, paths
from digits.params import Seed
from digits.recipes import RecipeName, Section

PLAN = Path("study.yaml")
ERRORS = Path("metrics/study")  # the misread images of each training
ENSEMBLES = Path("metrics/ensembles")
# What gives a training its numbers. The plumbing around it is left out: it cannot change one, and hours hang on this.
LEARNS_BY = ["augmentation", "distribution", "inference", "models", "optimizing", "pinning", "training"]
COLUMNS = ["name", "recipe", "seed", "parameters", "validation_accuracy", "accuracy", "errors", "nll", "brier", "ece"]


Name = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]  # it becomes part of file names


class Entry(Section):
    """A recipe with changes of its own ("epochs=3") and the seeds that it is trained from."""

    recipe: RecipeName
    changes: list[str]
    seeds: Annotated[list[Seed], Field(min_length=1)]


def load() -> dict[str, Entry]:
    """The entries of study.yaml by name; ValueError names what is wrong there."""
    try:
        return TypeAdapter(dict[Name, Entry]).validate_python(YAML(typ="safe").load(PLAN))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in error.errors())
        raise ValueError(f"{PLAN}: {problems}") from error


def measured() -> pd.DataFrame:
    """The rows of metrics/study.csv: COLUMNS, and `dataset` and `origin`, by which stale ones are known."""
    if paths.STUDY.exists():
        return artifacts.read_csv(paths.STUDY)
    return pd.DataFrame(columns=[*COLUMNS, "dataset", "origin"])


def dataset() -> str:
    """The digest of the data that the study is made on."""
    return artifacts.read_json(paths.DATASET)["digest"]


def origin(entry: Entry) -> str:
    """A digest of all that gives `entry` its numbers: data, split, recipe, changes, code and packages."""
    knobs = params.load()
    recipe = getattr(knobs.recipes, entry.recipe)
    parts = [dataset(), knobs.preprocess.model_dump_json(), recipe.model_dump_json(), *entry.changes]
    code = [Path("requirements.txt"), *(Path(f"digits/{name}.py") for name in LEARNS_BY)]
    return hashlib.sha256("\n".join([*parts, *(path.read_text() for path in code)]).encode()).hexdigest()[:12]


def ensembles(labels: np.ndarray, members: np.ndarray, level: float, bins: int) -> pd.DataFrame:
    """How the mean probability of several models does, for each number of models.

    `members` (m, n, 10) are the models' probabilities for the images of `labels` (n,). One row a size from 1 to m:
    `members`, `ensembles` (all choices of so many) and over them the mean, deviation and extremes of the accuracy
    and the mean NLL and calibration error. Choices share members, so they vary less than ensembles of other seeds.
    """
    rows = []
    for size in range(1, len(members) + 1):
        table = pd.DataFrame(
            metrics.scores(labels, probabilities, level, bins) for probabilities in _means(members, size)
        )
        spread = table["accuracy"].agg(["mean", "std", "min", "max"]).to_dict()
        means = table[["nll", "ece"]].mean().to_dict()
        rows.append({"members": size, "ensembles": len(table), **spread, **means})
    return pd.DataFrame(rows)


def _means(members: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for chosen in combinations(range(len(members)), size):
        yield members[list(chosen)].mean(axis=0)
