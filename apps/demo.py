"""Run the core pipeline on the digits bundled with scikit-learn, in the folder demo/: no download, about a minute.

The folder is a copy of the working tree with `fetch.dataset=optdigits` and two recipes, and a git repository of its
own: `dvc exp run` and `dvc metrics diff` can be tried there. Run again after a change, it computes only what the change
reaches. The studies are left out by the last line of demo/.dvcignore; delete it, and `dvc repro --all-pipelines` runs
them as well.
"""

import argparse
import os
import subprocess
from pathlib import Path

from digits.core import cli, paths
from digits.core.errors import UserError
from digits.core.processes import IDENTITY, call, search_path
from digits.experiments import project_copy

DEMO = Path("demo")
ENVIRONMENT = Path(".venv")


def main() -> str:
    prepare()
    commit("the project, on the bundled digits")
    environment = {**os.environ, "PATH": search_path()}
    if subprocess.run(["dvc", "repro"], cwd=DEMO, env=environment).returncode:
        raise UserError("`dvc repro` in demo/ failed; its message above says why")
    commit("results")
    print(call(["python", "-m", "apps.results", "--brief"], DEMO).decode().partition("\n\n")[0])
    return f"open {DEMO / paths.REPORT_PAGE} in a browser"


def prepare() -> None:
    """Make DEMO, or bring it up to date with the working tree, without running anything in it."""
    project_copy.copy_sources(DEMO)
    project_copy.use_bundled_digits(DEMO, ["mlp", "fast"], exported="fast")
    share_environment()
    leave_out_studies()
    make_repository()


def share_environment() -> None:
    """Link the project's .venv, if there is one: `make` in DEMO would install another one, of 3 GB.

    Copied files keep their time, by which make sees that the environment is up to date.
    """
    link = DEMO / ENVIRONMENT
    if ENVIRONMENT.is_dir() and not link.exists():
        link.symlink_to(".." / ENVIRONMENT)


def leave_out_studies() -> None:
    """Hide the studies from DVC: none of them has run, and each command would miss their data and metrics."""
    with (DEMO / ".dvcignore").open("a", encoding="utf-8") as file:
        file.write("studies/*/dvc.yaml\n")


def make_repository() -> None:
    """Make DEMO a git repository, with an identity of its own if the user has none."""
    if not (DEMO / ".git").exists():
        call(["git", "init", "--quiet", "--initial-branch=main"], DEMO)
    if subprocess.run(["git", "config", "user.email"], cwd=DEMO, capture_output=True).returncode:
        for key, value in IDENTITY.items():
            call(["git", "config", f"user.{key}", value], DEMO)


def commit(message: str) -> None:
    call(["git", "add", "--all"], DEMO)
    if call(["git", "status", "--porcelain"], DEMO):
        call(["git", "commit", "--quiet", "--message", message], DEMO)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    cli.execute("demo", main)
