"""Train what a plan or the command line names, as DVC experiments, on this machine or on a Ray cluster.

    python -m digits.sweep plans/search.yaml                   a plan: all its groups
    python -m digits.sweep plans/search.yaml fast              one group of it
    python -m digits.sweep fast best --seeds 0 1 2             two recipes from three seeds
    python -m digits.sweep fast -S epochs=1,2 -S batch_size=128,256       every combination

Settings follow Hydra's syntax, as for `dvc exp run`. Stop it and start it again at any time: it trains what the table
lacks, on Ray if that is installed: on this machine, or on the cluster at RAY_ADDRESS. Exit code 1: a training failed.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from digits import config, files
from digits.config import load_params
from digits.files import UserError
from digits.sweep import plans, tables
from digits.sweep.plans import SELECTION_METRICS, Plan, Training
from digits.sweep.training import run_all

LOGS = config.LOGS / "sweep"


def main(arguments: argparse.Namespace) -> None:
    plan = requested(arguments)
    table, groups = Path(plan.table), {name: plans.trainings(name, group) for name, group in plan.groups.items()}
    planned = [training for trainings in groups.values() for training in trainings]
    for training in {(training.group, training.variant): training for training in planned}.values():
        overrides = map(plans.parse, training.settings)  # a mistake is named before anything runs
        load_params(changes={override.key_or_group: override.value() for override in overrides})
    done = set() if arguments.again else set(in_table(planned, table))
    left = [training for training in planned if training not in done]
    print(f"sweep: {len(done)} of {len(planned)} done before, {len(left)} to train", flush=True)
    failures = [] if arguments.dry_run or not left else train(table, left)
    for name, trainings in groups.items():
        measured = in_table(trainings, table)
        for variant in {} if arguments.dry_run else {training.variant: None for training in measured}:
            write_ensembles(table, [training for training in measured if training.variant == variant])
        if measured:
            print(f"\n{name}\n\n{tables.side_by_side(table, {training.key for training in measured})}")
    if failures:
        print(f"sweep: {len(failures)} failed:", *failures, sep="\n  ", file=sys.stderr)
        sys.exit(1)


def requested(arguments: argparse.Namespace) -> Plan:
    """The plan, or the groups of it, that the command line names; or a plan of one group that it describes."""
    first, *others = arguments.what or load_params().train.models
    if first.endswith(".yaml"):
        plan = plans.load(Path(first))
        if unknown := set(others) - set(plan.groups):
            raise UserError(f"{first} has no group {', '.join(unknown)}; it has {', '.join(plan.groups)}")
        return plan.model_copy(update={"groups": {name: plan.groups[name] for name in others or plan.groups}})
    group = {"recipes": [first, *others], "seeds": arguments.seeds or load_params().train.seeds}
    group |= {"grid": arguments.grid, "selection_metric": arguments.selection_metric}
    return Plan.model_validate({"table": str(LOGS / f"{'-'.join([first, *others])}.csv"), "groups": {"sweep": group}})


def in_table(trainings: list[Training], table: Path) -> list[Training]:
    rows = tables.read(table)  # a row without the selection metric does not count
    return [training for training in trainings if training.metric.column in rows.get(training.key, {})]


def train(table: Path, trainings: list[Training]) -> list[str]:
    """Put the row of each of `trainings` into the table as soon as it ends. Returns why others failed."""
    failures = []
    for result in tqdm(run_all(trainings), total=len(trainings), disable=None):
        training, outcome = result.training, f"failed: {result.reason}"
        if result.errors:
            files.write_text(tables.errors(training.variant, training.run.seed, table), result.errors.decode())
            with files.atomic_write(LOGS / table.stem / f"{training}.npz") as path:
                path.write_bytes(result.predictions)
        if result.row:
            tables.write_row(table, result.row)
            outcome = "{validation_errors} errors of {judged:,}".format(**result.row)
        else:
            failures.append(f"{training}: {result.reason}")
        tqdm.write(f"sweep: {training}: {outcome}")
        sys.stdout.flush()
    return failures


def write_ensembles(table: Path, seeds: list[Training]) -> None:
    """Write how ensembles of the tested `seeds` of one variant do, if the predictions of all of them are here."""
    paths = [LOGS / table.stem / f"{training}.npz" for training in seeds]  # git does not hold them
    if len(paths) > 1 and all(path.exists() for path in paths):
        arrays, section = [dict(np.load(path)) for path in paths], load_params().evaluate
        labels, members = arrays[0]["labels"], np.stack([of_seed["probabilities"] for of_seed in arrays])
        scores = tables.ensembles(labels, members, section.confidence_level, section.calibration_bins)
        files.write_csv(tables.ensembles_of(seeds[0].variant, table), scores)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="RECIPE", help="recipes, or a plan and groups of it")
    parser.add_argument("--seeds", nargs="+", type=int, metavar="SEED")
    parser.add_argument("-S", "--set", action="append", default=[], dest="grid", metavar="KEY=VALUES")
    parser.add_argument("--selection-metric", default="validation", choices=SELECTION_METRICS)
    parser.add_argument("--again", action="store_true", help="train also what the table has")
    parser.add_argument("--dry-run", action="store_true", help="train nothing; show the table")
    files.execute("sweep", partial(main, parser.parse_args()))
