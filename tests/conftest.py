"""Fixtures of all tests, and which worker runs what.

Tests in tests/slow/ are the slow tier. The tests in tests/pipeline/ share one real run of the pipeline.
"""

import os
import shutil
import sys
from pathlib import Path

from digits.determinism import pin_environment

pin_environment()  # before any test imports NumPy
os.environ["DIGITS_RECOGNIZER"] = str(Path(__file__).parents[1] / "models/recognizer")  # not the user's own one

import numpy as np
import pytest

from digits.data import LabeledImages
from support import ROOT, clone_for_bundled_digits, commit_all, run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "slow" in item.path.relative_to(ROOT / "tests").parts:
            item.add_marker(pytest.mark.slow)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep a file on one worker, and all pipeline tests: pytest 9.2 ignores the xdist_group of xdist 3.8."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            return "pipeline" if file.startswith("tests/pipeline/") else file

    return ByFile(config, log)


@pytest.fixture
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="session")
def pinned() -> None:
    """TensorFlow as the stages use it; requested by every test that imports it, since pins come first."""
    from digits.determinism import pin_tensorflow

    if "tensorflow" not in sys.modules:
        pin_tensorflow(0)


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


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working tree without results, as a project of its own and the current folder."""
    folder = clone_for_bundled_digits(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def noise() -> LabeledImages:
    """Forty images of noise, four of each class."""
    rng = np.random.default_rng(7)
    return LabeledImages(rng.integers(0, 256, (40, 28, 28, 1), np.uint8), np.repeat(np.arange(10), 4).astype(np.uint8))


@pytest.fixture
def eight(noise: LabeledImages) -> LabeledImages:
    """Eight of these."""
    return LabeledImages(noise.images[::5], noise.labels[::5])
