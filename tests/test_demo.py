"""What `make demo` prepares, before it runs the pipeline: the pipeline's own tests run it on the same digits."""

import os
from pathlib import Path

import pytest

from digits import demo
from digits.files import UserError
from support import git, run


def would_run(command: str) -> str:
    return run(["make", "--dry-run", command], Path("demo")).stdout


def test_an_archive_of_the_project_is_told_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="git clone"):
        demo.main()


def test_the_demo_is_a_small_project_of_its_own(project: Path):
    Path("metrics/splits.json").touch()
    demo.prepare()
    assert not os.path.lexists("demo/.venv")
    Path(".venv").mkdir()
    Path(".venv/.setup").touch()  # what `make setup` leaves, without a package
    demo.prepare()
    assert "install" not in would_run("results")
    assert ".venv" not in git(Path("demo"), "status", "--porcelain", "--untracked-files=all")
    assert not Path("demo/metrics/splits.json").exists()
    Path("requirements/base.txt").touch()
    demo.prepare()
    assert "install" in would_run("results")
