"""Run the core pipeline on the digits bundled with scikit-learn, in the folder demo/: no download, about a minute.

The folder is a git repository of its own: `dvc exp run` and `dvc metrics diff` can be tried there. Run again after a
change of the project, it computes only what the change reaches.
"""

import argparse
import os
import shutil
from contextlib import chdir
from pathlib import Path

from ruamel.yaml import YAML

from digits import config, files, repro
from digits.files import UserError
from digits.processes import IDENTITY, call
from digits.sources import BUNDLED

DEMO = Path("demo")
RESULTS = ("metrics/", "models/", "plots/", "reports/", "dvc.lock", "studies/dvc.lock")
RECORDS = ("metrics/search.csv", "metrics/seeds/seeds.csv", "metrics/seeds/errors/")  # by sweeps: no stage makes them


def main() -> None:
    if not Path(".git").exists():
        raise UserError("no .git is here: get the project by `git clone`; an archive of it is not enough")
    prepare()
    commit("the project, on the bundled digits")
    with chdir(DEMO):
        repro.repro(os.cpu_count() or 1)
    table = call(["python", "-m", "digits.readme"], DEMO).decode()
    commit("results")
    print(table)
    print(f"open {DEMO / config.REPORT_PAGE} in a browser")


def copy_project(target: Path, source: Path = Path()) -> None:
    """Copy the working tree `source` without its results to `target`, set to the bundled digits and two recipes."""
    listed = call(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], source).decode().split("\0")
    for name in listed:
        if (source / name).is_file() and (not name.startswith(RESULTS) or name.startswith(RECORDS)):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target / name)  # with its time, by which make sees that .venv is up to date
    yaml = YAML()
    params = yaml.load(target / "params.yaml")
    params["fetch"]["dataset"], params["train"]["models"], params["export"]["recipe"] = BUNDLED, ["mlp", "fast"], "fast"
    yaml.dump(params, target / "params.yaml")


def prepare() -> None:
    """Make DEMO, or bring it up to date with the working tree, without running anything in it."""
    copy_project(DEMO)
    with (DEMO / ".dvcignore").open("a", encoding="utf-8") as file:
        file.write("studies/dvc.yaml\n")  # no study has run, and each command would miss its data
    if Path(".venv").is_dir() and not (DEMO / ".venv").exists():
        (DEMO / ".venv").symlink_to("../.venv")  # `make` in DEMO would install another one, of 3 GB
    call(["git", "init", "--quiet", "--initial-branch=main"], DEMO)
    for key, value in IDENTITY.items():
        call(["git", "config", f"user.{key}", value], DEMO)


def commit(message: str) -> None:
    call(["git", "add", "--all"], DEMO)
    call(["git", "commit", "--quiet", "--allow-empty", "--message", message], DEMO)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    files.execute("demo", main)
