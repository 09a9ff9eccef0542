"""Train many variants and seeds, on this machine or on a Ray cluster, each in a workspace of its own.

    python -m apps.sweep                                      what params.yaml lists, train.models and train.seeds
    python -m apps.sweep fast best --seeds 0 1 2              two recipes from three seeds
    python -m apps.sweep fast -S recipes.fast.epochs=1,2,4    each value; with several -S, each combination
    python -m apps.sweep fast -S 'recipes.fast.learning_rate=tag(log,interval(0.001,0.1))' --samples 20
    python -m apps.sweep fast -S … --samples 27 --halving 3   short trainings first, the best third goes on

The settings are Hydra's, as for `dvc exp run`. Every training is a DVC experiment of the last commit, chosen by the
validation images alone; what it made goes to the DVC remote, from where `dvc repro --pull` takes it instead of training
again. Stop it and start it again at any time: what was done is not done again. It runs on Ray if that is installed
(`make sweep` does): on this machine, or on the cluster at RAY_ADDRESS. Exit code 1: some training failed, and is named.
"""

import argparse
import sys

import pandas as pd

from digits import command, experiments, params, parcels, paths, placement, progress, results, sweeps
from digits.placement import Placement
from digits.progress import Progress
from digits.sweeps import Job
from digits.workspaces import Parcel

FAILED = 1


def main(arguments: argparse.Namespace) -> str:
    jobs = plan(arguments)
    check(jobs, arguments.halving)
    parcel = parcels.pack(arguments.stage, arguments.remote)
    place = placement.choose()
    if arguments.halving:
        done, failed = halve(place, parcel, jobs, arguments.halving)
    else:
        done, failed = run(place, parcel, jobs)
    print(table(done))
    for job, reason in failed.items():
        print(f"sweep: {job} failed: {reason}", file=sys.stderr)
    if failed:
        sys.exit(FAILED)
    return f"{len(done)} trainings; `dvc exp show` lists them, `dvc exp apply NAME` takes one over"


def plan(arguments: argparse.Namespace) -> list[Job]:
    """The trainings that are asked for, but for rounds of halving."""
    listed = params.load().train
    seeds = listed.seeds if arguments.seeds is None else arguments.seeds
    cells = [paths.Cell(recipe, seed) for recipe in arguments.recipes or listed.models for seed in seeds]
    if arguments.samples:
        return sweeps.sampled(cells, arguments.settings, arguments.samples, arguments.draw)
    return sweeps.grid(cells, arguments.settings)


def check(jobs: list[Job], halving: int | None) -> None:
    """Raises ValueError where a recipe, a seed or a parameter is impossible, before anything runs."""
    recipes = {job.cell.recipe for job in jobs}
    if halving and len(recipes) > 1:
        raise ValueError(
            f"--halving compares variants of one recipe; {', '.join(sorted(recipes))} are several: name one"
        )
    for job in jobs:
        params.load(changes=sweeps.assignments(job))


def run(place: Placement, parcel: Parcel, jobs: list[Job]) -> progress.Results:
    """Run those of `jobs` that were not run before; all results, and the reasons of those that failed."""
    told = Progress(len(jobs), lambda: place.slots)
    for job in jobs:
        if experiments.exists(experiments.full_name(parcel.head, job.name)):
            told.restored(job, metrics(parcel, job))
    print(f"sweep: {told.line()}, on {place.name}", flush=True)
    for outcome in place.outcomes(parcel, [job for job in jobs if job not in told.results[0]]):
        if outcome.reason:
            told.failed(outcome.job, outcome.reason)
        else:
            parcels.unpack(outcome.bundle)
            told.done(outcome.job, metrics(parcel, outcome.job), outcome.node)
    return told.results


def metrics(parcel: Parcel, job: Job) -> dict[str, float]:
    return experiments.read_json(experiments.full_name(parcel.head, job.name), job.cell.training)


def halve(place: Placement, parcel: Parcel, jobs: list[Job], factor: int) -> progress.Results:
    """Successive halving: all of `jobs` with few epochs, the best `factor`-th part with more, until one has all."""
    epochs = getattr(params.load().recipes, jobs[0].cell.recipe).epochs
    done, failed = {}, {}
    for rung in sweeps.rungs(len({job.variant for job in jobs}), epochs, factor):
        whole = {sweeps.with_epochs(job, rung): job for job in jobs}
        found, lost = run(place, parcel, list(whole))
        done, failed = done | found, failed | lost
        jobs = [whole[job] for job in sweeps.survivors(found, factor)]
    return done, failed


def table(done: dict[Job, dict[str, float]]) -> str:
    """All results in Markdown, the best on validation first."""
    rows = [
        {
            "experiment": job.name,
            "accuracy on validation": f"{found['validation_accuracy']:.2%}",
            "loss": f"{found['validation_loss']:.4f}",
            "parameters": f"{found['parameters']:,}",
            "changes": " ".join(job.changes),
        }
        for job, found in sorted(done.items(), key=lambda it: (-it[1]["validation_accuracy"], it[1]["validation_loss"]))
    ]
    return results.markdown(pd.DataFrame(rows)) if rows else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE")
    parser.add_argument("--seeds", nargs="+", type=int, metavar="SEED")
    parser.add_argument("-S", "--set", action="append", default=[], dest="settings", metavar="KEY=VALUES")
    parser.add_argument("--samples", type=int, metavar="N", help="draw so many combinations at random")
    parser.add_argument("--draw", type=int, default=0, metavar="SEED", help="what that chance starts from")
    parser.add_argument("--halving", type=int, metavar="FACTOR", help="successive halving by epochs")
    parser.add_argument("--stage", default="train", choices=["train", "evaluate"], help="how far each is run")
    parser.add_argument("--remote", help="DVC's remote, if not the default one")
    arguments = parser.parse_args()
    command.run("sweep", lambda: main(arguments))
