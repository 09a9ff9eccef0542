"""The files of one version of the project, the working tree or a commit, and whether its numbers are of its code.

Needs git and what git holds, no data, no model and no cache. What the files say is known to `snapshot`.
"""

import hashlib
import io
import json
import subprocess
import tarfile
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

PARAMS, LOCK = Path("params.yaml"), Path("dvc.lock")
HELD_BY_DVC = ("data", "models", "predictions")
SHOWS_ONLY = "report"  # the stage that computes no number


class Tree:
    """The files of the working tree, committed or not."""

    label = "the working tree"

    def read(self, path: Path) -> bytes:
        """Raises FileNotFoundError where there is no such file."""
        return path.read_bytes()

    def has(self, path: Path) -> bool:
        return path.is_file()

    def name(self, path: Path) -> str:
        return str(path)

    @cached_property
    def params(self) -> dict[str, Any]:
        """params.yaml as it stands, unchecked: an older commit's follows older rules."""
        return YAML(typ="safe").load(self.read(PARAMS).decode("utf-8"))

    @cached_property
    def stages(self) -> dict[str, Any]:
        """What dvc.lock recorded of the stages that compute numbers."""
        stages = YAML(typ="safe").load(self.read(LOCK).decode("utf-8"))["stages"]
        return {name: stage for name, stage in stages.items() if name != SHOWS_ONLY}

    def size(self, path: Path) -> int:
        """The bytes of an artifact that DVC holds, wherever it may be."""
        outs = [out for stage in self.stages.values() for out in stage["outs"]]
        return next(out["size"] for out in outs if out["path"] == str(path))

    def stale(self) -> list[str]:
        """What DVC finds changed since the numbers were computed.

        Data and models that are merely not here, as in a fresh clone, do not count.
        """
        done = subprocess.run(["dvc", "status", "--json"], capture_output=True, text=True)
        if done.returncode:
            raise ValueError(f"`dvc status` failed: {done.stderr.strip().splitlines()[-1]}")
        return sorted(
            {
                path if isinstance(how, str) else f"{path}: {', '.join(how)}"
                for stage, changes in json.loads(done.stdout).items()
                if stage != SHOWS_ONLY
                for change in changes
                for path, how in (next(iter(change.values())) if isinstance(change, dict) else {stage: change}).items()
                if how != "not in cache" and not (how == "deleted" and path.startswith(HELD_BY_DVC))
            }
        )


class Revision(Tree):
    """The files of a commit, all of them in memory: a few megabytes."""

    def __init__(self, name: str) -> None:
        """Raises ValueError where git knows no commit of that name."""
        commit = _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip()
        if not commit:
            raise ValueError(_why_unknown(name))
        self.label = commit[:7] if commit.startswith(name) else f"{name} ({commit[:7]})"
        with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
            members = [member for member in archive.getmembers() if member.isfile()]
            self.files = {Path(it.name): archive.extractfile(it).read() for it in members}  # type: ignore[union-attr]

    def read(self, path: Path) -> bytes:
        if path not in self.files:
            raise ValueError(f"{self.label} has no {path}; name another baseline, or run `dvc repro` there and commit")
        return self.files[path]

    def has(self, path: Path) -> bool:
        return path in self.files

    def name(self, path: Path) -> str:
        return f"{path} of {self.label}"

    def stale(self) -> list[str]:
        """What git holds otherwise than the commit's own dvc.lock recorded it."""
        found = set()
        for stage in self.stages.values():
            for entry in [*stage.get("deps", []), *stage.get("outs", [])]:
                content = self.files.get(Path(entry["path"]))
                if content is not None and hashlib.md5(content, usedforsecurity=False).hexdigest() != entry["md5"]:
                    found.add(entry["path"])
            for key, value in stage.get("params", {}).get(str(PARAMS), {}).items():
                if _look_up(self.params, key) != value:
                    found.add(f"{PARAMS}: {key}")
        return sorted(found)


def _look_up(params: dict[str, Any], key: str) -> Any:
    found: Any = params
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _why_unknown(name: str) -> str:
    if _git("rev-parse", "--is-shallow-repository").strip() == b"true":
        return f"git has no commit {name}, since this clone is shallow; fetch the rest: git fetch --unshallow"
    return f"git has no commit {name}; name a branch, tag or commit that is here, or fetch it: git fetch origin {name}"


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], capture_output=True).stdout
