"""DVC experiments as git holds them: their names, their references, and their files."""

import subprocess
from pathlib import Path
from typing import Any

from digits.config.runs import Run
from digits.core.errors import UserError
from digits.core.processes import call


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


def fetch(revision: str, path: Path, target: Path) -> None:
    """Copy a file that DVC holds for `revision` to `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    call(["dvc", "get", "--quiet", "--force", "--rev", revision, ".", str(path), "--out", str(target)])


def add(bundle: bytes, reference: str) -> None:
    """Put the experiment in a git `bundle` into this repository.

    As loose objects: a pack each, as `git bundle unbundle` keeps them, makes git slow after hundreds.
    """
    header, _, pack = bundle.partition(b"\n\n")
    subprocess.run(["git", "unpack-objects", "-q"], input=pack, check=True)
    _git("update-ref", reference, header.split()[-2].decode())


def _git(*arguments: str) -> str:
    return call(["git", *arguments]).decode()
