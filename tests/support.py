"""What tests share: running commands, git, and real clones in which real DVC runs the pipeline on bundled digits."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ARCHIVES = Path(os.environ.get("DIGITS_ARCHIVES", ROOT.parent / "shared/mnist"))
BIN = Path(sys.executable).parent
RECIPES = ["mlp", "fast"]  # of the pipeline tests: small ones


def run(
    command: Sequence[str | Path], folder: Path, check: bool = True, **environment: str
) -> subprocess.CompletedProcess:
    """Run `command` in `folder` with this Python's programs first on the path; show what it printed if it fails."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
    )
    if check and done.returncode:
        pytest.fail(f"{command} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done


def stage(name: str, folder: Path, *arguments: str, check: bool = False) -> subprocess.CompletedProcess:
    """Start a stage by hand: "train", or "studies.ood.make_ood"."""
    module = name if "." in name else f"stages.{name}"
    return run(["python", "-m", module, *arguments], folder, check)


def clone_for_bundled_digits(folder: Path) -> Path:
    """A git repository with the working tree as its one commit, without results, on the bundled digits."""
    from apps import demo

    previous = Path.cwd()
    os.chdir(ROOT)
    try:
        demo.copy_sources(folder)
    finally:
        os.chdir(previous)
    demo.set_params(folder, RECIPES)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit_all(folder, "as in the working tree")
    return folder


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
    return run(["git", *identity, *arguments], folder).stdout


def commit_all(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
