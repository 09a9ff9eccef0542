"""Merge a branch that has results of its own, as `make merge BRANCH=name` does before it runs the pipeline.

Git merges code and parameters line by line and stops at conflicts there. Results never conflict: dvc.lock is merged
stage by stage, a result that both sides changed is kept as it is here, and `dvc repro` computes what neither side has.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from digits import files
from digits.files import UserError
from digits.lock import stages_of
from digits.processes import CommandError, call
from digits.readme import results_of, with_results


def merge(branch: str) -> None:
    """Merge without a commit and check out what DVC's cache has of the result.

    Raises UserError if the working tree has changes, if there is nothing to merge, or if conflicts are left.
    """
    if call(["git", "status", "--porcelain", "--untracked-files=no"]):
        raise UserError("the working tree has changes; commit or stash them first")
    this = f'"{sys.executable}" -m digits.merge --driver'
    drivers = {
        "lock": f"{this} lock %O %A %B",
        "readme": f"{this} readme %O %A %B",
        "results": "true",
    }  # true keeps ours
    options = [word for name, command in drivers.items() for word in ("-c", f"merge.{name}.driver={command}")]
    try:
        call(["git", *options, "merge", "--no-commit", "--no-ff", branch])
    except CommandError as error:
        conflicts = call(["git", "diff", "--name-only", "--diff-filter=U"]).decode().split()
        if not conflicts:
            raise
        advice = "mend them and `git add` them, then `make repro` and `git commit -a`; or `git merge --abort`"
        raise UserError(f"conflicts in {', '.join(conflicts)}: {advice}") from error
    if not Path(call(["git", "rev-parse", "--git-path", "MERGE_HEAD"]).decode().strip()).exists():
        raise UserError(f"{branch} has nothing that is not here already")
    call(["dvc", "checkout", "--quiet", "--allow-missing"])


def merge_locks(base: str, ours: str, theirs: str) -> str:
    """Three versions of a dvc.lock made one: of each stage theirs, if only they changed it, else ours."""
    before, here, there = (stages_of(text) for text in (base, ours, theirs))
    names = dict.fromkeys([*here, *there])
    merged = {name: there.get(name) if here.get(name) == before.get(name) else here.get(name) for name in names}
    return "".join(stage for stage in merged.values() if stage)


def drive(name: str, base: Path, ours: Path, theirs: Path) -> int:
    """What git calls for a file that both sides changed: merge into `ours` and return the number of conflicts left."""
    texts = [path.read_text(encoding="utf-8") for path in (base, ours, theirs)]
    if name == "lock":
        files.write_text(ours, merge_locks(*texts))
        return 0
    for path, text in zip((base, theirs), (texts[0], texts[2]), strict=True):
        files.write_text(path, with_results(text, results_of(texts[1])))  # so that no side changed them
    return subprocess.run(["git", "merge-file", ours, base, theirs]).returncode


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("branch", nargs="?")
    parser.add_argument("--driver", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.driver:
        name, *paths = arguments.driver
        sys.exit(drive(name, *map(Path, paths)))
    if not arguments.branch:
        parser.error("name a branch")
    files.execute("merge", lambda: merge(arguments.branch))
