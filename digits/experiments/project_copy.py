"""A copy of the project without its results, set to a small run on bundled digits: the demo's, and the tests'."""

import shutil
from pathlib import Path

from ruamel.yaml import YAML

from digits.core.processes import call
from digits.data.sources import BUNDLED

RESULTS = ("metrics/", "models/", "plots/", "reports/", "dvc.lock")
MEASURED = ("metrics/seeds/seeds.csv", "metrics/seeds/errors/")  # by sweeps: no stage writes them
PLOTS_PAGE = Path(".dvc/plots_page.html")  # of `make setup`, not in git
SMALLER = {  # studies on a few images
    "robustness": {"images": 60, "attacked_images": 30, "epsilons": [0.1]},
    "ood": {"images": 20, "novel_classes": [[0, 1]]},
    "labels": {"folds": 2},
    "hands": {"n_fonts": 1, "sets": [], "n_photos": 3},
}


def copy_sources(target: Path, source: Path = Path()) -> None:
    """Copy the files of the working tree `source` that git tracks or would track, without results, to `target`."""
    listing = call(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], source).decode()
    for name in [*filter(None, listing.split("\0")), str(PLOTS_PAGE)]:
        is_result = (name.startswith(RESULTS) and not name.startswith(MEASURED)) or name.endswith("/dvc.lock")
        if (source / name).is_file() and not is_result:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target / name)


def use_bundled_digits(target: Path, recipes: list[str], exported: str) -> None:
    """Set the copy's params.yaml to the bundled digits, to `recipes` and to small studies."""
    yaml = YAML()
    params = yaml.load(target / "params.yaml")
    params["fetch"]["dataset"] = BUNDLED
    params["train"]["models"] = recipes
    params["export"].update(recipe=exported, n_fit=300)
    for study, values in SMALLER.items():
        params[study].update(values)
    yaml.dump(params, target / "params.yaml")
