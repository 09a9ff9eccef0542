"""Results of several versions of the project side by side: the working tree, commits, DVC experiments.

A version is read from git alone: nothing is checked out.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from digits.config.params import flatten
from digits.core.processes import call
from digits.experiments import dvc_experiments

SCORES = ["accuracy", "errors", "nll", "ece"]
VALIDATION = "validation_accuracy"
WORKSPACE = "workspace"
EVERYWHERE = ("fetch.", "preprocess.", "evaluate.")  # parameters of all models; `recipes` has those of one


def compare(names: list[str]) -> pd.DataFrame:
    """One row a version and model: `version`, `model`, VALIDATION, SCORES, and `changes`, the parameters that differ
    from HEAD.

    The versions are the working tree, the commits or experiments called `names`, and the experiments of HEAD. Of an
    experiment of HEAD only the models that it changed are listed. A model that was trained but not evaluated has no
    SCORES. Raises UserError where a name is unknown.
    """
    settings = _params("HEAD")
    base = _rows("HEAD", "HEAD", settings)
    rows = _rows(WORKSPACE, None, settings)
    named = {dvc_experiments.resolve(name): name for name in names}
    for revision, name in named.items():
        rows += _rows(name, revision, settings)
    known = [{**row, "version": ""} for row in base]
    for reference in dvc_experiments.references(commit=dvc_experiments.head()):
        if reference not in named:
            found = _rows(reference.rpartition("/")[2], reference, settings)
            rows += [row for row in found if {**row, "version": ""} not in known]
    return pd.DataFrame(rows, columns=["version", "model", VALIDATION, *SCORES, "changes"])


def _rows(name: str, revision: str | None, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """The models of a version; `revision` None is the working tree."""
    params, lock = _params(revision), _yaml(_read(revision, Path("dvc.lock")))
    rows = []
    for path in _list(revision, Path("metrics/train")):
        row = {"version": name, "model": path.stem, "changes": _changes(path.stem, params, settings)}
        row[VALIDATION] = json.loads(_read(revision, path) or "{}").get(VALIDATION)
        content = _read(revision, Path("metrics/test") / path.name) if _is_evaluated(path.stem, lock) else ""
        rows.append({**row, **{key: json.loads(content or "{}").get(key) for key in SCORES}})
    return rows


def _is_evaluated(model: str, lock: dict[str, Any]) -> bool:
    """Whether the last evaluation was of the last training: an experiment may end with `train`."""
    stages, path = lock.get("stages", {}), f"models/{model}.keras"
    made = [it["md5"] for it in stages.get(f"train@{model}", {}).get("outs", []) if it["path"] == path]
    used = [it["md5"] for it in stages.get(f"evaluate@{model}", {}).get("deps", []) if it["path"] == path]
    return made == used


def _changes(model: str, params: dict[str, Any], base: dict[str, Any]) -> str:
    """The parameters of `model` that differ from `base`, as "epochs=3 preprocess.seed=1"; "-key" is a removed one."""
    own = f"recipes.{model.rpartition('-')[0]}."
    keys = [key for key in {**base, **params} if key.startswith((own, *EVERYWHERE))]
    return " ".join(
        f"{key.removeprefix(own)}={str(params[key]).replace(' ', '')}" if key in params else f"-{key.removeprefix(own)}"
        for key in keys
        if params.get(key, ...) != base.get(key, ...)
    )


def _params(revision: str | None) -> dict[str, Any]:
    return flatten(_yaml(_read(revision, Path("params.yaml"))))


def _yaml(text: str) -> dict[str, Any]:
    return YAML(typ="safe").load(text) or {}


def _list(revision: str | None, folder: Path) -> list[Path]:
    """The JSON files in `folder`."""
    if revision is None:
        return sorted(folder.glob("*.json"))
    listed = call(["git", "ls-tree", "--name-only", "-z", revision, f"{folder.as_posix()}/"]).decode()
    return [Path(name) for name in listed.split("\0") if name.endswith(".json")]


def _read(revision: str | None, path: Path) -> str:
    """The text of a file of a version; empty where there is none."""
    if revision is None:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    return dvc_experiments.read(revision, path) if call(["git", "ls-tree", revision, path.as_posix()]) else ""
