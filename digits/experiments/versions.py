"""Results of several versions of the project side by side: the working tree, commits, DVC experiments.

A version is read from git alone: nothing is checked out.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from digits.config.params import Params, flatten
from digits.experiments import dvc_experiments
from digits.versions.git_tree import LOCK, CommitTree, WorkingTree

SCORES = ["accuracy", "errors", "nll", "ece"]
VALIDATION = "validation_accuracy"
WORKSPACE = "workspace"
CORE = tuple(f"{section}." for section in Params.model_fields)  # the sections that models depend on
SELECTION = ("train.models", "train.seeds", "export.recipe", "export.seed")  # which models, not how


def compare(names: list[str]) -> pd.DataFrame:
    """One row per version and model: `version`, `model`, VALIDATION, SCORES, and `changes`, the parameters of the core
    pipeline that differ from HEAD.

    The versions are the working tree, the commits or experiments called `names`, and the experiments of HEAD. Of an
    experiment of HEAD only the models that it changed are listed. A model that was trained but not evaluated has no
    SCORES. Raises UserError if a name is unknown or ambiguous.
    """
    head = CommitTree("HEAD")
    base = flatten(head.params)
    known = [{**row, "version": ""} for row in _rows("HEAD", head, base)]
    rows = _rows(WORKSPACE, WorkingTree(), base)
    named = {dvc_experiments.resolve(name): name for name in names}
    for revision, name in named.items():
        rows += _rows(name, CommitTree(revision), base)
    for reference in dvc_experiments.references(commit=dvc_experiments.head()):
        if reference not in named:
            found = _rows(reference.rpartition("/")[2], CommitTree(reference), base)
            rows += [row for row in found if {**row, "version": ""} not in known]
    return pd.DataFrame(rows, columns=["version", "model", VALIDATION, *SCORES, "changes"])


def _rows(name: str, tree: WorkingTree, base: dict[str, Any]) -> list[dict[str, Any]]:
    """The models of a version; `base` are the parameters that it is compared with."""
    params, stages = flatten(tree.params), tree.yaml(LOCK)["stages"] if tree.has(LOCK) else {}
    rows = []
    for path in tree.glob("metrics/train/*.json"):
        model, test = path.stem, Path("metrics/test") / path.name
        trained = json.loads(tree.read(path))
        tested = json.loads(tree.read(test)) if tree.has(test) and _is_evaluated(model, stages) else {}
        row = {"version": name, "model": model, VALIDATION: trained.get(VALIDATION)}
        rows.append({**row, **{key: tested.get(key) for key in SCORES}, "changes": _changes(model, params, base)})
    return rows


def _is_evaluated(model: str, stages: dict[str, Any]) -> bool:
    """Whether the last evaluation was of the last training: an experiment may end with `train`."""
    path = f"models/{model}.keras"
    made = [it["md5"] for it in stages.get(f"train@{model}", {}).get("outs", []) if it["path"] == path]
    used = [it["md5"] for it in stages.get(f"evaluate@{model}", {}).get("deps", []) if it["path"] == path]
    return made == used


def _changes(model: str, params: dict[str, Any], base: dict[str, Any]) -> str:
    """What differs from `base`, as "epochs=3 preprocess.seed=1"; "-key" is a removed one.

    Parameters of the model's own recipe come without "recipes" and its name; those of other recipes, SELECTION,
    the gate and the studies are left out.
    """
    own = f"recipes.{model.rpartition('-')[0]}."
    changed = [key for key in {**base, **params} if params.get(key, ...) != base.get(key, ...)]
    of_all = [it for it in changed if it.startswith(CORE) and not it.startswith(("recipes.", *SELECTION))]
    return " ".join(
        f"{key.removeprefix(own)}={str(params[key]).replace(' ', '')}" if key in params else f"-{key.removeprefix(own)}"
        for key in changed
        if key.startswith(own) or key in of_all
    )
