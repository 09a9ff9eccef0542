"""Run one job in a workspace of its own: a clone, a DVC experiment in it, results pushed to the DVC remote.

Works on any machine: a workspace needs the SweepSpec and the remote, or the cache, and leaves nothing behind.
"""

import sys
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kombu.utils.functional import retry_over_time  # of DVC's task queue

from digits.core import artifacts, paths
from digits.core.processes import CommandError, call, git_identity
from digits.experiments import dvc_experiments
from digits.experiments.jobs import Job
from digits.experiments.sweep_spec import SweepSpec


@dataclass(frozen=True)
class JobResult:
    """What was measured, the misread test images (CSV) and a git `bundle` of the experiment at `reference`; or the
    `reason` why there is none and the last lines of `output`. `node` is the machine that ran it."""

    job: Job
    measures: dict[str, float] = field(default_factory=dict)
    errors: str = ""
    bundle: bytes = b""
    reference: str = ""
    reason: str = ""
    output: str = ""
    node: str = "here"


def run(spec: SweepSpec, job: Job) -> JobResult:
    """Never raises for what can go wrong with a job: the reason is in the result."""
    try:
        with tempfile.TemporaryDirectory(prefix="digits-sweep-", ignore_cleanup_errors=True) as folder:
            return _run(spec, job, Path(folder))
    except (OSError, ValueError) as error:
        output = error.output if isinstance(error, CommandError) else ""
        return JobResult(job, reason=" ".join(str(error).split()), output=output)


def _run(spec: SweepSpec, job: Job, folder: Path) -> JobResult:
    (folder / "bundle").write_bytes(spec.bundle)
    home = folder / "workspace"
    call(["git", "clone", "--quiet", str(folder / "bundle"), str(home)], folder)
    (home / ".dvc/config.local").write_text(spec.dvc_config, encoding="utf-8")
    settings = [word for setting in job.settings for word in ("-S", setting)]
    experiment = ["dvc", "exp", "run", "--name", job.name, *settings, f"{job.judge.stage}@{job.run}"]
    if spec.has_remote:
        patiently = partial(retry_over_time, call, ValueError, timeout=spec.patience)
        patiently([["dvc", "pull", "--run-cache", "data/processed"], home])
        call([*experiment, "--pull", "--allow-missing"], home, git_identity())
        patiently([[sys.executable, "-m", "digits.experiments.run_cache"], home])
    else:
        call(experiment, home, git_identity())
    reference = dvc_experiments.full_name(spec.commit, job.name)
    bundle = call(["git", "bundle", "create", "-", reference, f"^{spec.commit}"], home)
    errors = (home / job.run.errors).read_text(encoding="utf-8") if job.judged_by == "test" else ""
    return JobResult(job, measured(home, job), errors, bundle, reference)


def measured(home: Path, job: Job) -> dict[str, float]:
    """The measures of `job` in the workspace `home`; `judged` is the number of images that `validation_…` are of."""
    found = artifacts.read_json(home / job.run.train_metrics)
    judged = artifacts.read_json(home / paths.SPLITS)["validation"]["images"]
    found |= {"judged": judged, "validation_errors": round(judged * (1 - found["validation_accuracy"]))}
    return found | artifacts.read_json(home / job.judge.metrics / f"{job.run}.json")
