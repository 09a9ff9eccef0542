"""Run one job in a workspace of its own: a clone, a DVC experiment in it, results pushed to the DVC remote.

Works on any machine: a workspace needs the SweepSpec and the remote, and leaves nothing behind.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from digits.core.processes import CommandError, call, git_identity
from digits.experiments import dvc_experiments
from digits.experiments.plans import Job
from digits.experiments.sweep_spec import JobResult, SweepSpec

PAUSE = 2.0  # seconds before the second attempt, doubled after each


def run(spec: SweepSpec, job: Job) -> JobResult:
    """Never raises for what can go wrong with a job: the reason is in the result."""
    try:
        with tempfile.TemporaryDirectory(prefix="digits-sweep-", ignore_cleanup_errors=True) as folder:
            return JobResult(job, bundle=_run(spec, job, Path(folder)))
    except (OSError, ValueError) as error:
        output = error.output if isinstance(error, CommandError) else ""
        return JobResult(job, reason=" ".join(str(error).split()), output=output)


def _run(spec: SweepSpec, job: Job, folder: Path) -> bytes:
    (folder / "bundle").write_bytes(spec.bundle)
    home = folder / "workspace"
    call(["git", "clone", "--quiet", str(folder / "bundle"), str(home)], folder)
    (home / ".dvc/config.local").write_text(spec.dvc_config, encoding="utf-8")
    retry(lambda: call(["dvc", "pull", "--run-cache", "data/processed"], home), spec.patience)
    wanted = dvc_experiments.arguments(job.name, job.run, job.changes)
    experiment = ["dvc", "exp", "run", "--pull", "--allow-missing", *wanted, f"{spec.stage}@{job.run}"]
    call(experiment, home, git_identity())
    retry(lambda: call([sys.executable, "-m", "digits.experiments.run_cache"], home), spec.patience)
    return call(["git", "bundle", "create", "-", spec.reference(job), f"^{spec.commit}"], home)


def retry(work: Callable[[], object], patience: float) -> None:
    """Do `work`, and again for up to `patience` seconds while it raises ValueError."""
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
