"""One cell of the pipeline as a DVC experiment of its own, whatever params.yaml asks for at the moment.

Knows how to run and read an experiment. A training that was done before, in whatever experiment, comes from DVC's run
cache, so that work can be stopped and started at any time. What is worth running is known to `apps/`.
"""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from digits.paths import Cell


def run(name: str, cell: Cell, stage: str, changes: list[str]) -> str:
    """Run `stage` of `cell` with `changes` to its recipe ("epochs=3"); the git reference of the experiment.

    It runs in a folder of its own, from the last commit and the working tree's changes. Raises ValueError where it
    fails.
    """
    wanted = arguments(name, cell, [f"recipes.{cell.recipe}.{change}" for change in changes])
    subprocess.run(["dvc", "exp", "remove", "--quiet", name], capture_output=True)  # of an earlier run
    done = subprocess.run(["dvc", "exp", "run", "--temp", *wanted, f"{stage}@{cell}"], capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"experiment {name} failed: {(done.stdout + done.stderr).strip().splitlines()[-1]}")
    return reference(name)


def arguments(name: str, cell: Cell, changes: Iterable[str]) -> list[str]:
    """What `dvc exp run` is told, so that `cell` is the only one of the pipeline, with `changes` of any parameter."""
    settings = [f"{key}={value}" for key, value in only(cell).items()]
    return ["--name", name, *(word for setting in [*settings, *changes] for word in ("-S", setting))]


def only(cell: Cell) -> dict[str, Any]:
    """The parameters, by key, of a pipeline that has `cell` and no other."""
    recipe, seed = cell.recipe, cell.seed
    return {"train.models": [recipe], "train.seeds": [seed], "export.recipe": recipe, "export.seed": seed}


def full_name(head: str, name: str) -> str:
    """The git reference of an experiment that was run from the commit `head`."""
    return f"refs/exps/{head[:2]}/{head[2:]}/{name}"


def reference(name: str) -> str:
    """The git reference of an experiment that was run here; ValueError where there is none."""
    found = _references(name)
    if not found:
        raise ValueError(f"experiment {name} is not in this repository; it was run elsewhere or removed")
    return found[0]


def exists(full_name: str) -> bool:
    return bool(_git("for-each-ref", full_name))


def is_here(name: str) -> bool:
    return bool(_references(name))


def _references(name: str) -> list[str]:
    return _git("for-each-ref", "--format=%(refname)", f"refs/exps/*/*/{name}").split()


def read(reference: str, path: Path) -> str:
    """The text of a file that git holds for the experiment."""
    return _git("show", f"{reference}:{path}")


def read_json(reference: str, path: Path) -> dict[str, Any]:
    return json.loads(read(reference, path))


def fetch(reference: str, path: Path, target: Path) -> None:
    """Copy a file that DVC holds for the experiment to `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["dvc", "get", "--quiet", "--force", "--rev", reference, ".", str(path), "--out", str(target)], check=True
    )


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout
