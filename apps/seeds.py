"""Train what plans/seeds.yaml lists, seed by seed, as DVC experiments, and keep the numbers.

    python -m apps.seeds             all entries; what was measured with the present code is not trained again
    python -m apps.seeds fast        one entry

Stop it at any time and start it again: each seed's numbers go to metrics/seeds/seeds.csv and its misread test images to
metrics/seeds/errors/ as soon as it is done. After an entry with several seeds, metrics/seeds/ensembles/ gets the scores
of ensembles of them.
"""

import argparse
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import artifacts, cli
from digits.core.errors import UserError
from digits.experiments import dvc_experiments, seeds


def main(names: list[str]) -> str:
    entries = seeds.load()
    unknown = [name for name in names if name not in entries]
    if unknown:
        raise UserError(f"{seeds.PLAN} has no entry {', '.join(unknown)}; it has {', '.join(entries)}")
    for name in names or entries:
        for seed in entries[name].seeds:
            if not is_current(name, entries[name], seed):
                print(f"seeds: {name}, seed {seed}: {train(name, entries[name], seed):.2%}", flush=True)
        if len(entries[name].seeds) > 1:
            combine_if_here(name, entries[name])
    return f"{len(seeds.measured())} trainings in {seeds.TABLE}"


def is_current(name: str, entry: seeds.Entry, seed: int) -> bool:
    table = seeds.measured()
    row = (table["name"] == name) & (table["seed"] == seed) & (table["origin"] == seeds.origin(entry))
    return bool(row.any())


def train(name: str, entry: seeds.Entry, seed: int) -> float:
    """Train and evaluate one seed, put its numbers in the table and return its test accuracy."""
    run, origin = Run(entry.recipe, seed), seeds.origin(entry)
    reference = dvc_experiments.run(experiment(name, seed), run, "evaluate", entry.changes)
    scores = {
        **dvc_experiments.read_json(reference, run.train_metrics),
        **dvc_experiments.read_json(reference, run.test_metrics),
    }
    row = {"name": name, "recipe": entry.recipe, "seed": seed, **scores, "dataset": seeds.dataset(), "origin": origin}
    table = seeds.measured()
    others = table[(table["name"] != name) | (table["seed"] != seed)]
    artifacts.write_text(errors(name, seed), dvc_experiments.read(reference, run.errors))
    added = pd.DataFrame([row])[list(table.columns)]
    artifacts.write_csv(seeds.TABLE, pd.concat([others, added], ignore_index=True) if len(others) else added)
    return scores["accuracy"]


def combine_if_here(name: str, entry: seeds.Entry) -> None:
    """Write the scores of ensembles, where the predictions of all seeds are on this machine: git does not hold them."""
    found = [measured_by(name, Run(entry.recipe, seed)) for seed in entry.seeds]
    if not all(found):
        page = seeds.ENSEMBLES / f"{name}.csv"
        print(f"seeds: {name}: not all seeds were trained in this repository; {page} stays as it is", flush=True)
        return
    labels, members = np.array([]), []
    with tempfile.TemporaryDirectory() as folder:
        for seed, reference in zip(entry.seeds, found, strict=True):
            predictions = Run(entry.recipe, seed).predictions
            dvc_experiments.fetch(str(reference), predictions, Path(folder) / predictions)
            with np.load(Path(folder) / predictions) as content:
                labels, probabilities = content["labels"], content["probabilities"]
            members.append(probabilities)
    section = load_params().evaluate
    table = seeds.ensembles(labels, np.stack(members), section.confidence_level, section.calibration_bins)
    artifacts.write_csv(seeds.ENSEMBLES / f"{name}.csv", table)


def measured_by(name: str, run: Run) -> str | None:
    """The experiment that gave the kept errors of `run`, if this repository has it; others may be of older code."""
    committed = errors(name, run.seed).read_text(encoding="utf-8")
    for reference in dvc_experiments.references(experiment(name, run.seed)):
        if dvc_experiments.read(reference, run.errors) == committed:
            return reference
    return None


def errors(name: str, seed: int) -> Path:
    return seeds.ERRORS / f"{name}-{seed}.csv"


def experiment(name: str, seed: int) -> str:
    return f"seeds-{name}-{seed}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("entries", nargs="*", metavar="entry")
    cli.execute("seeds", partial(main, parser.parse_args().entries))
