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
REPRODUCED = ("metrics", "plots", "models", "reports", "data")


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
    from digits.experiments import project_copy

    project_copy.copy_sources(folder, ROOT)
    project_copy.use_bundled_digits(folder, RECIPES, exported=RECIPES[-1])
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit_all(folder, "as in the working tree")
    return folder


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
    return run(["git", *identity, *arguments], folder).stdout


def commit_all(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


def contents(folder: Path) -> dict[str, bytes]:
    """All that must come back byte for byte, by path."""
    files = [path for name in REPRODUCED for path in [folder / name, *(folder / name).rglob("*")] if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
