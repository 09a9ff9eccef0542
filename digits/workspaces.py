"""One job in a workspace of its own: a clone, a DVC experiment in it, its results pushed to the DVC remote.

Knows git and DVC on whatever machine this runs. A workspace gets all that it needs as bytes and from the remote, and
leaves nothing behind: what was computed is in the remote, the experiment's commit comes back as a git bundle.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from digits import experiments
from digits.sweeps import Job

PAUSE = 2.0  # before it is asked again, doubled each time


@dataclass(frozen=True)
class Parcel:
    """What every workspace starts from: a git `bundle` of the commit `head`, DVC's `settings` that are not in git, and
    which `stage` is run. A remote that fails is asked again for so many seconds."""

    bundle: bytes
    head: str
    settings: str
    stage: str
    patience: float = 300.0


@dataclass(frozen=True)
class Outcome:
    """What came of a job: the `bundle` with its experiment, or the `reason` why there is none; and the `node`."""

    job: Job
    bundle: bytes = b""
    reason: str = ""
    node: str = "here"


def run(parcel: Parcel, job: Job) -> Outcome:
    """Never raises for what can go wrong with a job: the reason is in the outcome."""
    try:
        with tempfile.TemporaryDirectory(prefix="digits-sweep-", ignore_cleanup_errors=True) as folder:
            return Outcome(job, bundle=_run(parcel, job, Path(folder)))
    except (OSError, ValueError) as error:
        return Outcome(job, reason=" ".join(str(error).split()))


def _run(parcel: Parcel, job: Job, folder: Path) -> bytes:
    (folder / "bundle").write_bytes(parcel.bundle)
    home = folder / "workspace"
    call(["git", "clone", "--quiet", str(folder / "bundle"), str(home)], folder)
    (home / ".dvc/config.local").write_text(parcel.settings, encoding="utf-8")
    patiently(lambda: call(["dvc", "pull", "--run-cache", "data/processed"], home), parcel.patience)
    target = f"{parcel.stage}@{job.cell}"
    wanted = experiments.arguments(job.name, job.cell, job.changes)
    call(["dvc", "exp", "run", "--pull", "--allow-missing", *wanted, target], home)
    patiently(lambda: call([sys.executable, "-m", "apps.run_cache_worker"], home), parcel.patience)
    reference = experiments.full_name(parcel.head, job.name)
    return call(["git", "bundle", "create", "-", reference, f"^{parcel.head}"], home)


def patiently(work: Callable[[], object], patience: float) -> None:
    """Do `work` again while it raises ValueError, for up to `patience` seconds."""
    end, pause = time.monotonic() + patience, PAUSE
    while True:
        try:
            work()
            return
        except ValueError:
            if time.monotonic() + pause > end:
                raise
            time.sleep(pause)
            pause *= 2


def call(command: list[str], folder: Path) -> bytes:
    """What `command` prints; ValueError with the last two lines of its complaint where it fails: of a stage those are
    its own and DVC's."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).decode(errors="replace").splitlines()
        said = [line.strip() for line in lines if line.strip() and "dvc.org" not in line]
        raise ValueError(f"{' '.join(command[:3])}: {'; '.join(said[-2:]) or f'exit code {done.returncode}'}")
    return done.stdout
