"""Time a sweep around its trainings: 1,000 runs that do nothing, planned, run, resumed and tabulated.

    python -m benchmarks.sweep              on Ray, where it is installed
    python -m benchmarks.sweep --local      one after another

Every run puts an experiment, a commit made by hand, into a repository of its own. Prints the table of docs/sweeps.md.
"""

import argparse
import tempfile
from contextlib import chdir
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.measuring import timed
from digits.core import cli
from digits.core.processes import call, git_identity
from digits.experiments import dvc_experiments, executors, plans, project_copy
from digits.experiments.jobs import Job
from digits.experiments.sweep import Sweep
from digits.experiments.sweep_spec import SweepSpec
from digits.experiments.workspaces import JobResult
from digits.figures import tables

RUNS = 1000
GRID = ["epochs=range(1,11)", "batch_size=range(10,20)"]  # a hundred variants, two seeds, five folds
GROUP = {"recipes": ["mlp"], "seeds": [0, 1], "folds": 5, "grid": GRID}
PLAN = {"table": "logs/sweep/nothing.csv", "groups": {"nothing": GROUP}}


def main(is_local: bool) -> str:
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        project_copy.copy_sources(Path(folder), here)
        (Path(folder) / "metrics").mkdir(exist_ok=True)
        (Path(folder) / "metrics/dataset.json").write_bytes((here / "metrics/dataset.json").read_bytes())
        with chdir(folder):
            seconds = measure(executors.LocalExecutor if is_local else executors.RayExecutor)
    table = pd.DataFrame([{"what": what, "seconds": f"{it:.1f}"} for what, it in seconds.items()])
    print(tables.markdown(table))
    return f"{RUNS:,} runs that do nothing"


def measure(executor_class: type) -> dict[str, float]:
    """The seconds that each part takes."""
    call(["git", "init", "--quiet"])
    call(["git", "add", "--all"])
    call(["git", "commit", "--quiet", "--message", "project"], env=git_identity())
    spec = SweepSpec(str(Path.cwd()).encode(), dvc_experiments.head(), "", False)
    plan = plans.checked(PLAN, "here")
    seconds: dict[str, float] = {}
    with timed(seconds, "plan"):
        sweep = Sweep("nothing", plan)
    assert len(sweep.planned) == RUNS
    with timed(seconds, "start the executor"):
        executor = executor_class(nothing)
    with timed(seconds, "run: results, experiments and table"):
        sweep.run(partial(executor.results, spec))
    with timed(seconds, "resume: plan, and find that all is done"):
        again = Sweep("nothing", plan)
        again.run(partial(executor.results, spec))
    assert not again.trained
    with timed(seconds, "compare the variants"):
        again.page()
    with timed(seconds, "git: list the experiments"):
        assert len(dvc_experiments.references()) == RUNS
    return seconds


def nothing(spec: SweepSpec, job: Job) -> JobResult:
    """A result made up, and a bundle with an empty commit."""
    git = ["git", "--git-dir", f"{spec.bundle.decode()}/.git"]
    empty = ["commit-tree", f"{spec.commit}^{{tree}}", "-p", spec.commit, "-m", job.name]
    commit = call([*git, *empty], env=git_identity()).decode().strip()
    reference = dvc_experiments.full_name(spec.commit, job.name)
    call([*git, "update-ref", reference, commit])
    bundle = call([*git, "bundle", "create", "-", reference, f"^{spec.commit}"])
    measures = {"parameters": 10, "judged": 10_800, "validation_errors": 100 + len(job.own) + job.run.seed}
    return JobResult(
        job, {**measures, "validation_accuracy": 0.99, "validation_loss": 0.05}, bundle=bundle, reference=reference
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--local", action="store_true")
    cli.execute("bench-sweep", partial(main, parser.parse_args().local))
