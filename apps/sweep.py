"""Train many variants and seeds, on this machine or on a Ray cluster, each in a workspace of its own.

    python -m apps.sweep                                      train.models and train.seeds of params.yaml
    python -m apps.sweep fast best --seeds 0 1 2              two recipes from three seeds
    python -m apps.sweep fast -S recipes.fast.epochs=1,2,4    each value; with several -S, each combination
    python -m apps.sweep fast -S 'recipes.fast.learning_rate=tag(log,interval(0.001,0.1))' --samples 20
    python -m apps.sweep fast -S … --samples 27 --halving 3   short trainings first, then the best third of them longer

Settings follow Hydra's syntax, as for `dvc exp run`. Each training is a DVC experiment of the last commit, compared on
the validation images alone; its results go to the DVC remote, from where `dvc repro --pull` restores them. Stop it and
start it again at any time: what is done is not done again. It runs on Ray if that is installed (`make sweep`
installs it): on this machine, or on the cluster at RAY_ADDRESS. Exit code 1: some training failed.
"""

import argparse
import sys

import pandas as pd
from tqdm import tqdm

from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import artifacts, cli, paths
from digits.core.errors import UserError
from digits.experiments import dvc_experiments, executors, plans, sweep_spec
from digits.experiments.executors import Executor
from digits.experiments.plans import Job
from digits.experiments.sweep_spec import JobResult, SweepSpec
from digits.figures import tables

FAILED = 1
FAILURES = paths.LOGS / "sweep"  # the last lines of the output of each failed training
Results = tuple[dict[Job, dict[str, float]], dict[Job, str]]  # metrics of those that are done, reasons of the others


def main(arguments: argparse.Namespace) -> str:
    jobs = plan(arguments)
    check(jobs, arguments.halving)
    spec, executor = sweep_spec.pack(arguments.stage, arguments.remote), executors.choose()
    if arguments.halving:
        done, failed = halve(executor, spec, jobs, arguments.halving)
    else:
        done, failed = run(executor, spec, jobs)
    print(table(done))
    for job, reason in failed.items():
        print(f"sweep: {job} failed: {reason}", file=sys.stderr)
    if failed:
        print(f"sweep: {len(failed)} of {len(done) + len(failed)} failed; see {FAILURES}/", file=sys.stderr)
        sys.exit(FAILED)
    return f"{len(done)} trainings; `dvc exp show` lists them, `dvc exp apply NAME` takes one over"


def plan(arguments: argparse.Namespace) -> list[Job]:
    """The requested trainings, before any halving."""
    listed = load_params().train
    seeds = listed.seeds if arguments.seeds is None else arguments.seeds
    runs = [Run(recipe, seed) for recipe in arguments.recipes or listed.models for seed in seeds]
    if arguments.samples:
        return plans.sampled(runs, arguments.settings, arguments.samples, arguments.draw)
    return plans.grid(runs, arguments.settings)


def check(jobs: list[Job], halving: int | None) -> None:
    """Raises UserError if a recipe, a seed or a parameter is impossible, before anything runs."""
    recipes = sorted({job.run.recipe for job in jobs})
    if halving is not None and halving < 2:
        raise UserError(f"--halving {halving} keeps every variant; give 2 or more")
    if halving and len(recipes) > 1:
        raise UserError(f"--halving compares variants of one recipe, not of {', '.join(recipes)}; name one")
    if halving and any(change.partition("=")[0].endswith(".epochs") for job in jobs for change in job.changes):
        raise UserError("--halving sets the epochs itself, up to those of params.yaml; leave out -S …epochs")
    for job in jobs:
        load_params(changes=plans.assignments(job))


def run(executor: Executor, spec: SweepSpec, jobs: list[Job]) -> Results:
    """Run those of `jobs` that were not run before."""
    done = {job: metrics(spec, job) for job in jobs if dvc_experiments.exists(spec.reference(job))}
    failed: dict[Job, str] = {}
    left = [job for job in jobs if job not in done]
    print(f"sweep: {len(done)} of {len(jobs)} done before, {len(left)} to run on {executor.name}", flush=True)
    # The bar shows only in a terminal; the lines show always.
    with tqdm(total=len(jobs), initial=len(done), desc="sweep", unit="training", disable=None) as bar:
        for result in executor.results(spec, left):
            job = result.job
            if result.reason:
                failed[job] = result.reason
                keep_output(result)
                outcome = f"failed: {result.reason}"
            else:
                sweep_spec.unpack(result.bundle)
                done[job] = metrics(spec, job)
                outcome = f"{done[job]['validation_accuracy']:.2%} on validation, {result.node}"
            tqdm.write(f"sweep: {len(done) + len(failed)} of {len(jobs)}: {job}: {outcome}")
            sys.stdout.flush()
            bar.update()
    return done, failed


def metrics(spec: SweepSpec, job: Job) -> dict[str, float]:
    return dvc_experiments.read_json(spec.reference(job), job.run.train_metrics)


def keep_output(result: JobResult) -> None:
    artifacts.write_text(FAILURES / f"{result.job.name}.log", f"{result.job}\n{result.reason}\n\n{result.output}\n")


def halve(executor: Executor, spec: SweepSpec, jobs: list[Job], factor: int) -> Results:
    """Successive halving: all `jobs` with few epochs, then the best `factor`-th part with more, up to all epochs."""
    epochs = load_params().recipes[jobs[0].run.recipe].epochs
    done, failed = {}, {}
    for rung in plans.rungs(len({job.variant for job in jobs}), epochs, factor):
        whole = {plans.with_epochs(job, rung): job for job in jobs}
        found, lost = run(executor, spec, list(whole))
        done, failed = done | found, failed | lost
        jobs = [whole[job] for job in plans.survivors(found, factor)]
    return done, failed


def table(done: dict[Job, dict[str, float]]) -> str:
    """All results in Markdown, the best on validation first."""
    best_first = sorted(done.items(), key=lambda it: (-it[1]["validation_accuracy"], it[1]["validation_loss"]))
    rows = [
        {
            "experiment": job.name,
            "validation accuracy": f"{found['validation_accuracy']:.2%}",
            "loss": f"{found['validation_loss']:.4f}",
            "parameters": f"{found['parameters']:,}",
            "changes": " ".join(job.changes),
        }
        for job, found in best_first
    ]
    return tables.markdown(pd.DataFrame(rows)) if rows else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE")
    parser.add_argument("--seeds", nargs="+", type=int, metavar="SEED")
    parser.add_argument("-S", "--set", action="append", default=[], dest="settings", metavar="KEY=VALUES")
    parser.add_argument("--samples", type=int, metavar="N", help="number of random combinations")
    parser.add_argument("--draw", type=int, default=0, metavar="SEED", help="seed of the random combinations")
    parser.add_argument("--halving", type=int, metavar="FACTOR", help="successive halving by epochs")
    parser.add_argument("--stage", default="train", choices=["train", "evaluate"], help="the last stage to run")
    parser.add_argument("--remote", help="name of the DVC remote, if not the default one")
    arguments = parser.parse_args()
    cli.execute("sweep", lambda: main(arguments))
