"""What tests share: running commands, git, and real clones in which real DVC runs the pipeline on bundled digits."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from digits.data import Normalization

ROOT = Path(__file__).parents[1]
ARCHIVES = Path(os.environ.get("DIGITS_ARCHIVES", ROOT.parent / "shared/mnist"))
BIN = Path(sys.executable).parent
NORMALIZATION = Normalization(mean=33.3, std=78.6)
RECIPES = ["mlp", "fast"]  # of the pipeline tests: small ones
SMALL_STUDIES = {
    "robustness": {"n_images": 60, "n_attacked": 30, "epsilons": [0.1]},
    "ood": {"n_images": 20, "digits_left_out": 5},
    "labels": {"folds": 2},
    "handwriting": {"sets": [], "n_photos": 3},
}
REPRODUCED = ("metrics", "plots", "models", "reports", "data")

needs_archives = pytest.mark.skipif(
    not (ARCHIVES / "train-images-idx3-ubyte.gz").exists(), reason="needs the four MNIST archives in DIGITS_ARCHIVES"
)


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


def stage(command: str, folder: Path) -> subprocess.CompletedProcess:
    """Start a stage by hand: "train mlp 0"."""
    return run(["python", "-m", *f"stages.{command}".split()], folder, check=False)


def assert_refused(done: subprocess.CompletedProcess, *words: str) -> None:
    """Exit code 2 and one line, which has `words`."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert [word for word in words if word not in done.stderr] == [], done.stderr


def clone_for_bundled_digits(folder: Path) -> Path:
    """A git repository with the working tree as its one commit, without results, on the bundled digits."""
    from digits import demo

    demo.copy_project(folder, ROOT)
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    for study, values in SMALL_STUDIES.items():
        params[study].update(values)
    yaml.dump(params, folder / "params.yaml")
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
