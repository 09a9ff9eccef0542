"""dvc.lock as text: the lines of each stage."""

from collections.abc import Iterable
from pathlib import Path

from digits import files
from digits.processes import CommandError, call

PATH = Path("dvc.lock")


def stages_of(lock: str) -> dict[str, str]:
    """The lines of each stage by its first one, such as "  train@mlp-0:"; those before all stages by ""."""
    stages = {"": ""}
    for line in lock.splitlines(keepends=True):
        if line.startswith("  ") and line[2] not in " -":
            stages[line] = ""
        stages[next(reversed(stages))] += line
    return stages


def sort(names: Iterable[str]) -> None:
    """Put stages that the last commit's dvc.lock does not have in the order of `names`: DVC adds each as it ends.

    Also `dvc repro` alone does so in an order that may differ from run to run.
    """
    if not PATH.exists():
        return
    try:
        committed = stages_of(call(["git", "show", f"HEAD:./{PATH}"]).decode())
    except CommandError:  # no commit has one
        committed = {}
    places = dict.fromkeys(["", *committed, *(f"  {name}:\n" for name in names)])
    if _sorted(places) != PATH.read_text(encoding="utf-8"):
        from dvc.lock import Lock  # imports much

        with Lock(".dvc/tmp/lock", wait=True):  # no other DVC writes meanwhile
            files.write_text(PATH, _sorted(places))


def _sorted(places: Iterable[str]) -> str:
    stages = stages_of(PATH.read_text(encoding="utf-8"))
    return "".join(stages.pop(place, "") for place in places) + "".join(stages.values())
