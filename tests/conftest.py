"""What tests share: a pinned TensorFlow, and real clones in which real DVC runs the pipeline on the bundled digits."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from digits.datasets import Split

ROOT = Path(__file__).parents[1]
ARCHIVES = Path(os.environ.get("DIGITS_ARCHIVES", ROOT.parent / "shared/mnist"))
BIN = Path(sys.executable).parent


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
    """Start a stage by hand."""
    return run(["python", "-m", f"stages.{name}", *arguments], folder, check)


def clone_for_bundled_digits(folder: Path) -> Path:
    """A git repository with the working tree as its one commit, less results, and `fetch.dataset` at optdigits."""
    from apps import demo

    previous = Path.cwd()
    os.chdir(ROOT)
    try:
        demo.copy_sources(folder)
    finally:
        os.chdir(previous)
    demo.set_params(folder)
    shutil.copy2(ROOT / ".dvc/plots_page.html", folder / ".dvc/plots_page.html")
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit_all(folder, "as in the working tree")
    return folder


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
    return run(["git", *identity, *arguments], folder).stdout


def commit_all(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


@pytest.fixture
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="session")
def pinned() -> None:
    """TensorFlow as the stages use it; requested by every test that imports it, since pins come first."""
    from digits.pinning import pin

    if "tensorflow" not in sys.modules:
        pin(0)


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which `dvc repro` has run and its results are committed. Tests leave it as they find it."""
    folder = clone_for_bundled_digits(tmp_path_factory.mktemp("pipeline") / "first clone, ärger included")
    run(["dvc", "repro"], folder)
    commit_all(folder, "results on the bundled digits")
    return folder


@pytest.fixture
def workspace(pipeline: Path, tmp_path: Path) -> Path:
    """A copy of the pipeline's clone, with its data and models, to break."""
    return Path(shutil.copytree(pipeline, tmp_path / "workspace", ignore=shutil.ignore_patterns("logs")))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the web application of this module keeps corrections."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def address(kept: Path) -> Iterator[str]:
    """Of the web application, running as a process of its own."""
    from apps.bench_web import served

    with served("--corrections", str(kept)) as (address, _):
        yield address


@pytest.fixture
def noise() -> Split:
    """Forty images of noise, four of each class."""
    rng = np.random.default_rng(7)
    return Split(rng.integers(0, 256, (40, 28, 28, 1), np.uint8), np.repeat(np.arange(10), 4).astype(np.uint8))
