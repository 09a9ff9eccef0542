"""A project to try apps in."""

from pathlib import Path

import pytest

from digits.experiments import project_copy
from support import ROOT, git


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working tree without results, as a project of its own and the current folder."""
    folder = tmp_path / "project"
    project_copy.copy_sources(folder, ROOT)
    git(folder, "init", "--quiet")
    monkeypatch.chdir(folder)
    return folder
