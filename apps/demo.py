"""Run the core pipeline on the digits bundled with scikit-learn, in the folder demo/: no download, about a minute.

The folder is a copy of the working tree with `fetch.dataset=optdigits` and two recipes, and a git repository of its
own: `dvc exp run`, `dvc metrics diff` and `dvc repro --all-pipelines` can be tried there. Run again after a change, it
computes only what the change reaches.
"""

import os
import shutil
import subprocess
from pathlib import Path

from ruamel.yaml import YAML

from digits.core import cli, paths
from digits.core.errors import UserError
from digits.core.processes import IDENTITY, call, search_path
from digits.data.sources import BUNDLED

DEMO = Path("demo")
RECIPES = ["mlp", "fast"]
EXPORTED = "fast"
RESULTS = ("metrics/", "models/", "plots/", "reports/", "dvc.lock")
MEASURED = ("metrics/seeds/seeds.csv", "metrics/seeds/errors/")  # by `make seeds`: no stage writes them
SMALLER = {  # studies on a few images
    "robustness": {"images": 60, "attacked_images": 30, "epsilons": [0.1]},
    "ood": {"images": 20, "novel_classes": [[0, 1]]},
    "labels": {"folds": 2},
    "hands": {"n_fonts": 1},
}


def copy_sources(target: Path) -> None:
    """Copy the files of the working tree that git tracks or would track, without the results, to `target`."""
    listing = call(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).decode()
    for name in listing.split("\0"):
        is_result = (name.startswith(RESULTS) and not name.startswith(MEASURED)) or name.endswith("/dvc.lock")
        if name and Path(name).is_file() and not is_result:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, target / name)
    if Path(".dvc/plots_page.html").exists():
        shutil.copy2(".dvc/plots_page.html", target / ".dvc/plots_page.html")


def set_params(target: Path, recipes: list[str] = RECIPES, exported: str = EXPORTED) -> None:
    """Point the copy at the bundled digits, with few recipes and small studies."""
    yaml = YAML()
    params = yaml.load(target / "params.yaml")
    params["fetch"]["dataset"] = BUNDLED
    params["train"]["models"] = recipes
    params["export"].update(recipe=exported, n_fit=300)
    for study, values in SMALLER.items():
        params[study].update(values)
    yaml.dump(params, target / "params.yaml")


def make_repository(target: Path) -> None:
    """Make `target` a git repository, with an identity of its own where the user has none."""
    if not (target / ".git").exists():
        call(["git", "init", "--quiet", "--initial-branch=main"], target)
    if subprocess.run(["git", "config", "user.email"], cwd=target, capture_output=True).returncode:
        for key, value in IDENTITY.items():
            call(["git", "config", f"user.{key}", value], target)


def commit(target: Path, message: str) -> None:
    call(["git", "add", "--all"], target)
    if call(["git", "status", "--porcelain"], target):
        call(["git", "commit", "--quiet", "--message", message], target)


def main() -> str:
    copy_sources(DEMO)
    set_params(DEMO)
    make_repository(DEMO)
    commit(DEMO, "the project, on the bundled digits")
    environment = {**os.environ, "PATH": search_path()}
    if subprocess.run(["dvc", "repro"], cwd=DEMO, env=environment).returncode:
        raise UserError("`dvc repro` in demo/ failed; its message above says why")
    commit(DEMO, "results")
    print(call(["python", "-m", "apps.results", "--brief"], DEMO).decode().partition("\n\n")[0])
    return f"open {DEMO / paths.REPORT_PAGE} in a browser"


if __name__ == "__main__":
    cli.execute("demo", main)
