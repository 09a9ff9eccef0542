"""Run the whole pipeline on the digits bundled with scikit-learn, in the folder demo/.

The folder is a copy of the working tree with `fetch.dataset=optdigits` and fewer trials, so the numbers of the
repository stay as they are. Run again after a change, it computes only what the change reaches.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from digits import command, paths
from digits.sources import BUNDLED

DEMO = Path("demo")


def copy_sources(target: Path) -> None:
    """Copy what git knows or would know of the working tree, less the results, to `target`."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    results = ("metrics/", "models/", "plots/", "reports/", "dvc.lock")
    for name in listing.stdout.split("\0"):
        if name and Path(name).is_file() and not name.startswith(results):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, target / name)


def set_params(target: Path) -> None:
    """Point the copy at the bundled digits, with fewer changed images, fonts and folds: two thirds of the time."""
    yaml = YAML()
    params = yaml.load(target / "params.yaml")
    params["fetch"]["dataset"] = BUNDLED
    params["corrupt"]["images"] = 60
    params["robustness"].update(attacked_images=30, budgets=[0.1])
    params["outliers"]["images"] = 20
    params["detect"]["fitted_on"] = 300
    params["hold_out"]["groups"] = [[0, 1]]
    params["audit_labels"]["folds"] = 2
    params["evaluate_recogniser"]["faces"] = 1
    yaml.dump(params, target / "params.yaml")


def detach(target: Path) -> None:
    """Make the copy a DVC repository of its own that leaves the git repository around it alone."""
    (target / ".dvc/config.local").write_text("[core]\n    no_scm = true\n", encoding="utf-8")
    shutil.copy2(".dvc/plots_page.html", target / ".dvc/plots_page.html")


def main() -> str:
    copy_sources(DEMO)
    set_params(DEMO)
    detach(DEMO)
    subprocess.run(["dvc", "repro"], cwd=DEMO, check=True)
    subprocess.run([sys.executable, "-m", "apps.results"], cwd=DEMO, check=True)
    return f"open {DEMO / paths.REPORT_PAGE} in a browser"


if __name__ == "__main__":
    try:
        command.run("demo", main)
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # the command has said what is wrong
