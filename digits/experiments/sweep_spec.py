"""What a sweep sends to the workspaces that run its jobs, and what comes back."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from digits.core.errors import UserError
from digits.core.processes import call
from digits.experiments import dvc_experiments
from digits.experiments.plans import Job

DATA = "preprocess"  # the stage whose results a workspace pulls from the remote


@dataclass(frozen=True)
class SweepSpec:
    """What all jobs of a sweep share.

    `bundle` is a git bundle of `commit`; `dvc_config` names the DVC remote, which is not in git; `stage` is the stage
    to run. A remote that does not answer is tried again for `patience` seconds.
    """

    bundle: bytes
    commit: str
    dvc_config: str
    stage: str
    patience: float = 300.0

    def reference(self, job: Job) -> str:
        """The git reference of the experiment of `job`."""
        return dvc_experiments.full_name(self.commit, job.name)


@dataclass(frozen=True)
class JobResult:
    """A git `bundle` with the job's experiment; or the `reason` why there is none and the last lines of `output`.

    `node` is the machine that ran it.
    """

    job: Job
    bundle: bytes = b""
    reason: str = ""
    output: str = ""
    node: str = "here"


def pack(stage: str, remote: str | None) -> SweepSpec:
    """The last commit as a SweepSpec; its data is pushed to DVC's `remote`, or to the default one.

    Raises UserError if there is no remote, or the working tree differs from the commit.
    """
    if call(["git", "status", "--porcelain", "--untracked-files=no"]):
        raise UserError("a sweep trains the last commit, and the working tree differs from it; commit or stash")
    name, config = _remote(remote)
    call(["dvc", "repro", "--pull", "--allow-missing", DATA])
    call(["dvc", "push", "--remote", name, "fetch", DATA])
    bundle = call(["git", "bundle", "create", "-", "HEAD"])
    return SweepSpec(bundle, dvc_experiments.head(), config, stage)


def _remote(name: str | None) -> tuple[str, str]:
    """The name of DVC's remote `name`, or of the default one, and a DVC configuration that has it as its default."""
    from dvc.repo import Repo  # takes a second, and nodes do not need it

    with Repo() as repo:
        name = name or repo.config["core"].get("remote")
        if name not in repo.config["remote"]:
            known = ", ".join(repo.config["remote"]) or "none"
            raise UserError(
                f"a sweep stores its results in a DVC remote; there is no {name or 'default one'} (known: {known}): "
                "dvc remote add --default storage ssh://host/folder, or a folder that all machines can reach"
            )
        options = [f"{key} = {value}" for key, value in repo.config["remote"][name].items()]  # with absolute paths
    return name, "\n".join(["[core]", f"remote = {name}", f"['remote \"{name}\"']", *options, ""])


def unpack(bundle: bytes) -> None:
    """Put the experiment in `bundle` into this repository."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "experiment.bundle"
        path.write_bytes(bundle)
        call(["git", "fetch", "--quiet", str(path), "refs/exps/*:refs/exps/*"])
