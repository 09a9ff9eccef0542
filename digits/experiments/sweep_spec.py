"""What a sweep sends to the workspaces that run its jobs."""

from collections.abc import Iterable
from dataclasses import dataclass

from digits.core.errors import UserError
from digits.core.processes import call
from digits.experiments import dvc_experiments
from digits.experiments.plans import JUDGES

CODE = ("digits", "stages", ":(glob)studies/**/*.py", "requirements", "dvc.yaml", "params.yaml", "plans/fold.yaml")


@dataclass(frozen=True)
class SweepSpec:
    """What all jobs of a sweep share.

    `bundle` is a git bundle of `commit`; `dvc_config` names what is not in git: the cache that workspaces on this
    machine share, and the DVC remote, if there is one. A remote that does not answer is tried again for `patience`
    seconds.
    """

    bundle: bytes
    commit: str
    dvc_config: str
    has_remote: bool
    patience: float = 300.0


def pack(judges: Iterable[str], shares_disk: bool) -> SweepSpec:
    """The last commit as a SweepSpec. Its data, also that of the `judges`, is made, and pushed to a DVC remote.

    Raises UserError if what they are trained with differs from the commit, or if there is no remote and the jobs run
    on machines that do not share this disk.
    """
    if call(["git", "status", "--porcelain", "--", *CODE]):
        raise UserError("a sweep trains the last commit, and the working tree differs from it; commit or stash")
    has_remote, config = _dvc_config(shares_disk)
    data = list(dict.fromkeys(["preprocess", *(JUDGES[name].data for name in judges)]))
    call(["dvc", "repro", *(["--pull", "--allow-missing"] if has_remote else []), *data])
    if has_remote:
        call(["dvc", "push", "fetch", *data])
    return SweepSpec(call(["git", "bundle", "create", "-", "HEAD"]), dvc_experiments.head(), config, has_remote)


def _dvc_config(shares_disk: bool) -> tuple[bool, str]:
    """Whether there is a default DVC remote, and the configuration of a workspace."""
    from dvc.repo import Repo  # takes a second, and nodes do not need it

    with Repo() as repo:
        name = repo.config["core"].get("remote")
        lines = ["[cache]", f"dir = {repo.cache.local_cache_dir}"] if shares_disk else []
        if name:
            options = [f"{key} = {value}" for key, value in repo.config["remote"][name].items()]  # with absolute paths
            lines += ["[core]", f"remote = {name}", f"['remote \"{name}\"']", *options]
    if not (name or shares_disk):
        raise UserError(
            "on a cluster a sweep stores its results in a DVC remote, and there is no default one: "
            "dvc remote add --default storage ssh://host/folder, or a folder that all machines can reach"
        )
    return bool(name), "\n".join([*lines, ""])
