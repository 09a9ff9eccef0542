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
    if unknown := [name for name in names if name not in entries]:
        raise UserError(f"{seeds.PLAN} has no entry {', '.join(unknown)}; it has {', '.join(entries)}")
    for name in names or entries:
        entry = entries[name]
        for seed in entry.seeds:
            table = seeds.measured()
            is_current = (table["name"] == name) & (table["seed"] == seed) & (table["origin"] == seeds.origin(entry))
            if not is_current.any():
                print(f"seeds: {name}, seed {seed}: {train(name, entry, seed):.2%}", flush=True)
        if len(entry.seeds) > 1:
            combine(name, entry)
    return f"{len(seeds.measured())} trainings in {seeds.TABLE}"


def train(name: str, entry: seeds.Entry, seed: int) -> float:
    """Train and evaluate one seed, put its numbers in the table and return its test accuracy."""
    run, origin = Run(entry.recipe, seed), seeds.origin(entry)
    reference = dvc_experiments.run(f"seeds-{name}-{seed}", run, "evaluate", entry.assignments)
    trained, tested = (dvc_experiments.read_json(reference, it) for it in (run.train_metrics, run.test_metrics))
    row = {"name": name, "recipe": entry.recipe, "seed": seed, **trained, **tested}
    row |= {"dataset": seeds.dataset(), "origin": origin}
    table = seeds.measured()
    others = table[(table["name"] != name) | (table["seed"] != seed)]
    artifacts.write_text(seeds.errors(name, seed), dvc_experiments.read(reference, run.errors))
    added = pd.DataFrame([row])[list(table.columns)]
    artifacts.write_csv(seeds.TABLE, pd.concat([others, added], ignore_index=True) if len(others) else added)
    return tested["accuracy"]


def combine(name: str, entry: seeds.Entry) -> None:
    """Write the scores of ensembles, if the predictions of all seeds are on this machine: git does not hold them."""
    page = seeds.ENSEMBLES / f"{name}.csv"
    found = {seed: experiment_of(name, Run(entry.recipe, seed)) for seed in entry.seeds}
    if not all(found.values()):
        print(f"seeds: {name}: not all seeds were trained in this repository; {page} stays as it is", flush=True)
        return
    labels, members = np.array([]), []
    with tempfile.TemporaryDirectory() as folder:
        for seed, reference in found.items():
            predictions = Run(entry.recipe, seed).predictions
            dvc_experiments.fetch(str(reference), predictions, Path(folder) / predictions)
            with np.load(Path(folder) / predictions) as content:
                labels, probabilities = content["labels"], content["probabilities"]
            members.append(probabilities)
    section = load_params().evaluate
    table = seeds.ensembles(labels, np.stack(members), section.confidence_level, section.calibration_bins)
    artifacts.write_csv(page, table)


def experiment_of(name: str, run: Run) -> str | None:
    """The experiment that gave the kept errors of `run`, if this repository has it; others may be of older code."""
    kept = seeds.errors(name, run.seed).read_text(encoding="utf-8")
    references = dvc_experiments.references(f"seeds-{name}-{run.seed}")
    return next((it for it in references if dvc_experiments.read(it, run.errors) == kept), None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("entries", nargs="*", metavar="entry")
    cli.execute("seeds", partial(main, parser.parse_args().entries))
