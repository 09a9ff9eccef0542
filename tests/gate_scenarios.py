"""What the gate's scenarios share: a project on the bundled digits whose branches tests change."""

import shutil
import subprocess
from pathlib import Path

from ruamel.yaml import YAML

from support import commit_all, git, run


def edit_params(folder: Path, **changes: object) -> None:
    """Set dotted keys, with __ for the dots."""
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    for key, value in changes.items():
        *sections, last = key.split("__")
        section = params
        for part in sections:
            section = section[part]
        section[last] = value
    yaml.dump(params, folder / "params.yaml")


def make(pipeline: Path, folder: Path) -> Path:
    """A copy of the pipeline's clone whose gate suits 500 test images. Tests leave its main as it is."""
    shutil.copytree(pipeline, folder, ignore=shutil.ignore_patterns("logs"))
    tolerances = {"accuracy": 0.0, "nll": 0.1, "ece": 0.05}
    limits = {"mlp": {"accuracy": {"min": 0.85, "max": 0.99}}}
    edit_params(folder, gate__limits=limits, gate__tolerances=tolerances, gate__dataset="optdigits")
    commit_all(folder, "a gate that suits the bundled digits")
    return folder


def branch(project: Path, name: str, **changes: object) -> Path:
    """A new branch of `project`, checked out, with `changes` to params.yaml."""
    git(project, "checkout", "--quiet", "--force", "-B", name, "main")
    run(["dvc", "checkout", "--quiet", "dvc.yaml"], project)
    edit_params(project, **changes)
    return project


def finish(project: Path, *targets: str) -> None:
    """Run the pipeline, or what `targets` need, and commit."""
    run(["dvc", "repro", *(targets or ["dvc.yaml"])], project)
    commit_all(project, "changed")


def gate(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return run(["python", "-m", "digits.gate", *arguments], folder, check=False)
