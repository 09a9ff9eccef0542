"""Run the pipeline as a DVC experiment, and read an experiment's files.

A training that was done before, in whatever experiment, comes from DVC's run cache, so that work can be stopped and
started at any time. `changes` are assignments as `dvc exp run -S` takes them, with whole keys: "recipes.fast.epochs=3".
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from digits.config.runs import Run
from digits.core.errors import UserError
from digits.core.processes import call, git_identity


def run(name: str, run: Run, stage: str, changes: Iterable[str]) -> str:
    """Run `stage` for `run` with `changes`; returns the experiment's git reference.

    `stage` is a stage of the core, or one of a study as "studies/robustness/dvc.yaml:evaluate_robustness". The
    experiment runs in a folder of its own, from the last commit and the working tree's changes. Raises UserError if it
    fails.
    """
    reference = full_name(head(), name)
    if exists(reference):  # of an earlier run
        call(["dvc", "exp", "remove", "--quiet", name])
    call(["dvc", "exp", "run", "--temp", *arguments(name, run, changes), f"{stage}@{run}"], env=git_identity())
    return reference


def arguments(name: str, run: Run, changes: Iterable[str]) -> list[str]:
    """The arguments of `dvc exp run` for a pipeline with `run` alone and `changes` of its parameters."""
    settings = [f"{key}={value}" for key, value in only(run).items()]
    return ["--name", name, *(word for setting in [*settings, *changes] for word in ("-S", setting))]


def only(run: Run) -> dict[str, Any]:
    """The parameters, by key, of a pipeline that has `run` and no other."""
    exported = {"export.recipe": run.recipe, "export.seed": run.seed}
    return {"train.models": [run.recipe], "train.seeds": [run.seed], **exported}


def head() -> str:
    """The hash of the last commit."""
    return _git("rev-parse", "HEAD").strip()


def full_name(commit: str, name: str) -> str:
    """The git reference of the experiment `name` that was run from `commit`."""
    return f"refs/exps/{commit[:2]}/{commit[2:]}/{name}"


def exists(reference: str) -> bool:
    return bool(_git("for-each-ref", reference))


def references(name: str = "*", commit: str | None = None) -> list[str]:
    """The git references of the experiments called `name`, run from `commit` or from any."""
    pattern = full_name(commit, name) if commit else f"refs/exps/*/*/{name}"
    return _git("for-each-ref", "--format=%(refname)", pattern).split()


def resolve(name: str) -> str:
    """The git revision that `name` stands for: a commit, a branch, or else an experiment.

    Of several experiments of that name, it is the one run from HEAD. Raises UserError if `name` is none of them, or
    several experiments and none of them run from HEAD.
    """
    try:
        return _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
    except UserError as error:
        found = references(name, head()) or references(name)
        if not found:
            raise UserError(f"{name} is neither a commit nor an experiment of this repository") from error
        if len(found) > 1:
            raise UserError(
                f"several commits have an experiment {name}, and HEAD is none of them; give one of: {', '.join(found)}"
            ) from error
        return found[0]


def read(revision: str, path: Path) -> str:
    """The text of a file that git holds for `revision`."""
    return _git("show", f"{revision}:{path.as_posix()}")


def read_json(revision: str, path: Path) -> dict[str, Any]:
    return json.loads(read(revision, path))


def fetch(revision: str, path: Path, target: Path) -> None:
    """Copy a file that DVC holds for `revision` to `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    call(["dvc", "get", "--quiet", "--force", "--rev", revision, ".", str(path), "--out", str(target)])


def _git(*arguments: str) -> str:
    return call(["git", *arguments]).decode()
