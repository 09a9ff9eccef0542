"""The files of one version of the project, the working tree or a commit, and whether its numbers are of its code."""

import hashlib
import io
import json
import tarfile
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from digits.core.errors import UserError
from digits.core.processes import call

PARAMS, LOCK = Path("params.yaml"), Path("dvc.lock")
HELD_BY_DVC = ("data", "models", "predictions", "plots")
SHOWS_ONLY = "report"  # the stage that computes no number


class WorkingTree:
    """The files of the working tree, committed or not."""

    label = "the working tree"

    def read(self, path: Path) -> bytes:
        """Raises UserError if there is no such file."""
        if not self.has(path):
            raise UserError(f"{self.label} has no {path}; run `dvc repro`")
        return path.read_bytes()

    def has(self, path: Path) -> bool:
        return path.is_file()

    def glob(self, pattern: str) -> list[Path]:
        """The files whose path matches `pattern`, sorted."""
        return sorted(Path().glob(pattern))

    def name(self, path: Path) -> str:
        return str(path)

    def data(self, path: Path) -> Path | None:
        """Where a file that DVC holds lies; None if it is not here."""
        return path if path.exists() else None

    def yaml(self, path: Path) -> Any:
        """The content of a YAML file, unchecked."""
        return YAML(typ="safe").load(self.read(path).decode("utf-8"))

    @cached_property
    def params(self) -> dict[str, Any]:
        return self.yaml(PARAMS)

    @cached_property
    def stages(self) -> dict[str, Any]:
        """What dvc.lock recorded of the stages that compute numbers, but for runs that params.yaml no longer names."""
        train = self.params["train"]
        known = {"", *(f"{recipe}-{seed}" for recipe in train["models"] for seed in train["seeds"])}
        stages = self.yaml(LOCK)["stages"].items()
        return {it: stage for it, stage in stages if it != SHOWS_ONLY and it.partition("@")[2] in known}

    @cached_property
    def outs(self) -> dict[str, dict[str, Any]]:
        """What dvc.lock recorded of each output, by path: `md5`, `size`."""
        return {out["path"]: out for stage in self.stages.values() for out in stage.get("outs", [])}

    def stale(self) -> list[str]:
        """What DVC finds changed in the core pipeline since the numbers were computed.

        Data and models that are not here, as in a fresh clone, do not count.
        """
        changed = json.loads(call(["dvc", "status", "--json", "dvc.yaml"]))
        return sorted(
            {
                path if isinstance(how, str) else f"{path}: {', '.join(how)}"
                for stage, changes in changed.items()
                if stage != SHOWS_ONLY
                for change in changes
                for path, how in (next(iter(change.values())) if isinstance(change, dict) else {stage: change}).items()
                if how != "not in cache" and not (how == "deleted" and path.startswith(HELD_BY_DVC))
            }
        )


class CommitTree(WorkingTree):
    """The files of a commit, all of them in memory: a few megabytes."""

    def __init__(self, name: str) -> None:
        """Raises UserError if git knows no commit of that name."""
        try:
            commit = call(["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"]).decode().strip()
        except UserError as error:
            advice = f"; name a branch, tag or commit that is here, or fetch it: git fetch origin {name}"
            if call(["git", "rev-parse", "--is-shallow-repository"]).strip() == b"true":
                advice = ", since this clone is shallow; fetch the rest: git fetch --unshallow"
            raise UserError(f"git has no commit {name}{advice}") from error
        self.label = commit[:7] if commit.startswith(name) else f"{name} ({commit[:7]})"
        with tarfile.open(fileobj=io.BytesIO(call(["git", "archive", commit]))) as archive:
            members = [member for member in archive.getmembers() if member.isfile()]
            self.files = {Path(it.name): archive.extractfile(it).read() for it in members}  # type: ignore[union-attr]

    def read(self, path: Path) -> bytes:
        if path not in self.files:
            raise UserError(f"{self.label} has no {path}; name another baseline, or run `dvc repro` there and commit")
        return self.files[path]

    def has(self, path: Path) -> bool:
        return path in self.files

    def glob(self, pattern: str) -> list[Path]:
        return sorted(path for path in self.files if path.match(pattern))

    def name(self, path: Path) -> str:
        return f"{path} of {self.label}"

    def data(self, path: Path) -> None:
        return None

    def stale(self) -> list[str]:
        """What the commit holds and its own dvc.lock recorded otherwise; what git does not hold is not checked."""
        stages = self.stages.values()
        recorded = {(it["path"], it["md5"]) for stage in stages for it in (*stage.get("deps", []), *stage["outs"])}
        params = [it for stage in stages for it in stage.get("params", {}).get(str(PARAMS), {}).items()]
        return sorted(
            {path for path, digest in recorded if self._md5(Path(path)) not in (None, digest)}
            | {f"{PARAMS}: {key}" for key, value in params if _look_up(self.params, key) != value}
        )

    def _md5(self, path: Path) -> str | None:
        """The digest that DVC gives a file or a folder; None where git holds neither."""
        if path in self.files:
            return md5(self.files[path])
        inside = {file.relative_to(path).as_posix(): it for file, it in self.files.items() if path in file.parents}
        if not inside:
            return None
        listing = [{"md5": md5(content), "relpath": name} for name, content in sorted(inside.items())]
        return f"{md5(json.dumps(listing).encode())}.dir"


def md5(content: bytes) -> str:
    """The digest by which DVC knows a file of this content."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _look_up(params: dict[str, Any], key: str) -> Any:
    found: Any = params
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
