"""Train what a plan or the command line names, as DVC experiments, on this machine or on a Ray cluster.

    python -m apps.sweep plans/search.yaml                     a plan: all its groups
    python -m apps.sweep plans/search.yaml fast                one group of it
    python -m apps.sweep fast best --seeds 0 1 2               two recipes from three seeds
    python -m apps.sweep fast -S epochs=1,2,4 --folds 5        each value, judged on five folds of train in turn
    python -m apps.sweep fast -S 'learning_rate=tag(log,interval(0.001,0.1))' --samples 27 --halving 3

Settings follow Hydra's syntax, as for `dvc exp run`. Results go to the table while it runs; stop it and start it again
at any time: what the table has of the present code and data is not trained again. It runs on Ray if that is installed:
on this machine, or on the cluster at RAY_ADDRESS. Exit code 1: some training failed.
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np

from digits.config.params import load_params
from digits.core import artifacts, cli
from digits.core.errors import UserError
from digits.experiments import comparison, dvc_experiments, executors, plans, seeds, sweep_spec
from digits.experiments.jobs import Job
from digits.experiments.plans import Plan
from digits.experiments.sweep import LOGS, Sweep
from digits.experiments.workspaces import JobResult


def main(arguments: argparse.Namespace) -> str:
    name, plan, chosen = requested(arguments)
    sweep = Sweep(name, plan, chosen)
    if not arguments.dry_run:
        sweep.run(lambda jobs: start(sweep)(jobs))
    combine(sweep)
    show(sweep, plan.page)
    if sweep.failed:
        print(f"sweep: {len(sweep.failed)} failed; reasons and logs are in {sweep.failures}", file=sys.stderr)
        sys.exit(1)
    left = f", at most {sum(not sweep.is_done(job) for job in sweep.planned)} to train" if arguments.dry_run else ""
    return f"{len(sweep.rows)} trainings in {sweep.table}{left}"


def requested(arguments: argparse.Namespace) -> tuple[str, Plan, list[str]]:
    """The plan's name, the plan and the groups of it, or a plan of one group that the command line describes."""
    first, *others = arguments.what or load_params().train.models
    if first.endswith(".yaml"):
        plan = plans.load(Path(first))
        if unknown := set(others) - set(plan.groups):
            raise UserError(f"{first} has no group {', '.join(unknown)}; it has {', '.join(plan.groups)}")
        return Path(first).stem, plan, others
    seeds_given = load_params().train.seeds if arguments.seeds is None else arguments.seeds
    group = {name: getattr(arguments, name) for name in ("samples", "draw", "halving", "folds", "judge")}
    group |= {"recipes": [first, *others], "seeds": seeds_given, "grid": arguments.grid}
    digest = hashlib.sha256(repr(sorted(group.items())).encode()).hexdigest()[:6]
    content = {"table": str(LOGS / f"{'-'.join(group['recipes'])}-{digest}.csv"), "groups": {"sweep": group}}
    return "sweep", plans.checked(content, "command line"), []


@cache
def start(sweep: Sweep) -> Callable[[list[Job]], Iterator[JobResult]]:
    """What runs the jobs of `sweep`, started when the first is to run."""
    executor = executors.choose()
    spec = sweep_spec.pack({job.judged_by for job in sweep.planned if not sweep.is_done(job)}, executor.shares_disk)
    print(f"sweep: {sweep.name} on {executor.name}", flush=True)
    return partial(executor.results, spec)


def show(sweep: Sweep, page: str | None) -> None:
    """Write the `page` anew below its mark, or print the tables."""
    if page is None:
        print(sweep.page())
        return
    path = Path(page)
    written, mark, _ = path.read_text(encoding="utf-8").partition(comparison.MARK)
    if not mark:
        raise UserError(f"{path} has no line {comparison.MARK}")
    artifacts.write_text(path, f"{written}{mark}\n\n{sweep.page()}")


def combine(sweep: Sweep) -> None:
    """Write the scores of ensembles of tested seeds, if their predictions are here: git does not hold them."""
    section = load_params().evaluate
    of_test = [job for job in sweep.planned if job.judged_by == "test" and sweep.is_done(job)]
    for variant in dict.fromkeys(job.variant for job in of_test):
        jobs = [job for job in of_test if job.variant == variant]
        table = seeds.ensembles_of(variant, sweep.table)
        is_written = table.exists() and artifacts.read_csv(table)["members"].max() == len(jobs)
        if len(jobs) < 2 or (is_written and not sweep.trained & set(jobs)):
            continue
        found = [dvc_experiments.references(job.name) for job in jobs]
        if not all(found):
            print(f"sweep: {variant}: not all seeds were trained in this repository; its ensembles stay as they are")
            continue
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / job.run.predictions for job in jobs]
            for names, path, job in zip(found, paths, jobs, strict=True):
                dvc_experiments.fetch(names[0], job.run.predictions, path)
            predictions = [dict(np.load(path)) for path in paths]
        labels, members = predictions[0]["labels"], np.stack([it["probabilities"] for it in predictions])
        scores = seeds.ensembles(labels, members, section.confidence_level, section.calibration_bins)
        artifacts.write_csv(table, scores)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="RECIPE", help="recipes, or a plan and groups of it")
    parser.add_argument("--seeds", nargs="+", type=int, metavar="SEED")
    parser.add_argument("-S", "--set", action="append", default=[], dest="grid", metavar="KEY=VALUES")
    parser.add_argument("--samples", type=int, metavar="N", help="number of random combinations")
    parser.add_argument("--draw", type=int, default=0, metavar="SEED", help="seed of the random combinations")
    parser.add_argument("--halving", type=int, metavar="FACTOR", help="successive halving by epochs")
    parser.add_argument("--folds", type=int, metavar="N", help="judge on N folds of train in turn")
    parser.add_argument("--judge", default="validation", choices=plans.JUDGES, help="what they are judged by")
    parser.add_argument("--dry-run", action="store_true", help="train nothing; show the table")
    cli.execute("sweep", partial(main, parser.parse_args()))
