"""What `make demo` prepares, before it runs the pipeline: the pipeline's own tests run it on the same digits."""

import os
from pathlib import Path

from apps import demo
from support import git, run

SETUP = Path(".venv/.setup")


def install(folder: Path) -> None:
    """What `make setup` leaves, without a package."""
    (folder / SETUP).parent.mkdir()
    (folder / SETUP).touch()


def would_run(command: str, folder: Path) -> str:
    return run(["make", "--dry-run", command], folder).stdout


def test_make_in_the_demo_uses_the_environment_of_the_project(project: Path):
    install(project)
    demo.prepare()
    assert os.readlink("demo/.venv") == "../.venv"
    assert "install" not in would_run("results", project / "demo")
    assert ".venv" not in git(project / "demo", "status", "--porcelain", "--untracked-files=all")
    demo.prepare()
    (project / "requirements/base.txt").touch()
    demo.prepare()
    assert "install" in would_run("results", project / "demo")


def test_without_an_environment_in_the_project_the_demo_has_none(project: Path):
    demo.prepare()
    assert not os.path.lexists("demo/.venv")
