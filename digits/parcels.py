"""What travels between a sweep and the workspaces in which its jobs run: the commit, DVC's remote, experiments.

Knows the repository that the sweep was started in. What a workspace does with it is known to `workspaces`.
"""

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from dvc.repo import Repo

from digits.workspaces import Parcel, call

DATA = "preprocess"  # the stage at which a workspace starts from the remote's data


def pack(stage: str, remote: str | None) -> Parcel:
    """The last commit, and where its data lies in DVC's remote, to which it is pushed.

    Raises ValueError where there is no remote, or the working tree differs from the commit.
    """
    if subprocess.run(["git", "diff", "--quiet", "HEAD"]).returncode:
        raise ValueError("the working tree differs from the last commit, of which a sweep is made; commit or stash it")
    name, options = _remote(remote)
    call(["dvc", "repro", "--pull", "--allow-missing", DATA], Path())
    call(["dvc", "push", "--remote", name, "fetch", DATA], Path())
    head = call(["git", "rev-parse", "HEAD"], Path()).decode().strip()
    bundle = call(["git", "bundle", "create", "-", "HEAD"], Path())
    return Parcel(bundle, head, _settings(name, options), stage)


def _remote(name: str | None) -> tuple[str, dict[str, Any]]:
    """The name and all options of DVC's remote `name`, or of the default one."""
    with Repo() as repo:
        name = name or repo.config["core"].get("remote")
        if name not in repo.config["remote"]:
            known = ", ".join(repo.config["remote"]) or "none"
            raise ValueError(
                f"results go to a DVC remote; there is no {name or 'default one'} (known: {known}): "
                "dvc remote add --default storage ssh://host/folder, or a folder that all machines see"
            )
        return str(name), dict(repo.config["remote"][name])


def _settings(name: str, options: dict[str, Any]) -> str:
    """DVC's own form: `name` as the default remote, its address whole whatever the folder."""
    lines = [f"{key} = {value}" for key, value in options.items()]
    return "\n".join(["[core]", f"remote = {name}", f"['remote \"{name}\"']", *lines, ""])


def unpack(bundle: bytes) -> None:
    """Put the experiment in `bundle` into the repository."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "experiment.bundle"
        path.write_bytes(bundle)
        call(["git", "fetch", "--quiet", str(path), "refs/exps/*:refs/exps/*"], Path())
