"""List the files and the entries of dvc.lock that no stage makes any more, as after the removal of a recipe.

    python -m apps.leftovers             list them
    python -m apps.leftovers --remove    delete them

A file is left over if it lies in metrics/, plots/, predictions/ or models/ and no dvc.yaml names it or its folder,
neither as an output nor as a dependency. A dependency on a folder in which stages write does not count.
"""

import argparse
from pathlib import Path

from dvc.repo import Repo
from ruamel.yaml import YAML

from digits.core import artifacts, cli
from digits.recognizer.recognizer import OWN

FOLDERS = ("metrics", "plots", "predictions", "models")
SEEDS = Path("metrics/seeds")  # by sweeps: no stage writes all of it


def main(remove: bool) -> str:
    with Repo() as repo:
        stages = repo.index.stages
        outs, deps = (
            {Path(it.fs_path).relative_to(repo.root_dir) for stage in stages for it in getattr(stage, kind)}
            for kind in ("outs", "deps")
        )
        known = {stage.addressing.rpartition(":")[2] for stage in stages}
    locks = [Path("dvc.lock"), *sorted(Path("studies").glob("*/dvc.lock"))]
    entries = [(lock, entry) for lock in locks for entry in left_over_entries(lock, known)]
    collected = {folder for out in outs for folder in out.parents}  # as dependencies, they say nothing of each file
    files = left_over_files({SEEDS, OWN} | outs | (deps - collected))
    for line in [*(f"{lock}: {entry}" for lock, entry in entries), *files]:
        print(line)
    count = len(entries) + len(files)
    if not remove:
        return f"{count} left over"
    for lock, entry in entries:
        remove_entry(lock, entry)
    for file in files:
        file.unlink()
    return f"{count} removed; run `dvc repro`, which updates the report, and commit"


def left_over_files(named: set[Path]) -> list[Path]:
    """The files in FOLDERS that are neither among `named` nor inside one of them."""
    files = sorted(path for folder in FOLDERS for path in Path(folder).rglob("*") if path.is_file())
    return [it for it in files if it.name != ".gitignore" and not named & {it, *it.parents}]


def left_over_entries(lock: Path, known: set[str]) -> list[str]:
    """The stages in a dvc.lock that are not among the `known` ones."""
    return [name for name in YAML(typ="safe").load(lock)["stages"] if name not in known]


def remove_entry(lock: Path, entry: str) -> None:
    yaml = YAML()
    content = yaml.load(lock)
    del content["stages"][entry]
    with artifacts.atomic_write(lock) as path, path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--remove", action="store_true")
    arguments = parser.parse_args()
    cli.execute("leftovers", lambda: main(arguments.remove))
