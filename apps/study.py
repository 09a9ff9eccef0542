"""Train what study.yaml asks for, seed by seed, as DVC experiments, and keep the numbers.

    python -m apps.study             all entries; what metrics/study.csv has of the present code is not run again
    python -m apps.study fast        one entry

Stop it at any time and start it again: after each seed it writes metrics/study.csv and the seed's list of misread
images, metrics/study/. At the end of an entry with several seeds it writes metrics/ensembles/, what the mean
probability of several of them reads.
"""

import argparse
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from digits import artifacts, command, experiments, params, paths, study
from digits.paths import Cell


def main(names: list[str]) -> str:
    entries = study.load()
    for name in names or entries:
        if name not in entries:
            raise ValueError(f"{study.PLAN} has no entry {name}; it has {', '.join(entries)}")
        for seed in entries[name].seeds:
            if not is_current(name, entries[name], seed):
                print(f"study: {name}, seed {seed}: {run(name, entries[name], seed):.2%}", flush=True)
        if len(entries[name].seeds) > 1:
            combine_if_here(name, entries[name])
    return f"{len(study.measured())} trainings in {paths.STUDY}"


def is_current(name: str, entry: study.Entry, seed: int) -> bool:
    table = study.measured()
    row = (table["name"] == name) & (table["seed"] == seed) & (table["origin"] == study.origin(entry))
    return bool(row.any())


def run(name: str, entry: study.Entry, seed: int) -> float:
    """Train and evaluate one seed, put its numbers in the table and return its test accuracy."""
    cell, origin = Cell(entry.recipe, seed), study.origin(entry)
    reference = experiments.run(experiment(name, seed), cell, "evaluate", entry.changes)
    scores = {**experiments.read_json(reference, cell.training), **experiments.read_json(reference, cell.scores)}
    row = {"name": name, "recipe": entry.recipe, "seed": seed, **scores, "dataset": study.dataset(), "origin": origin}
    table = study.measured()
    kept = table[(table["name"] != name) | (table["seed"] != seed)]
    table = pd.concat([kept, pd.DataFrame([row])[list(table.columns)]], ignore_index=True)
    artifacts.write_text(study.ERRORS / f"{name}-{seed}.csv", experiments.read(reference, cell.errors))
    artifacts.write_csv(paths.STUDY, table)
    return scores["accuracy"]


def combine_if_here(name: str, entry: study.Entry) -> None:
    """Ensembles need the predictions of all seeds, which lie where they were trained and not in git."""
    if all(experiments.is_here(experiment(name, seed)) for seed in entry.seeds):
        combine(name, entry)
    else:
        print(f"study: {name}: seeds were trained elsewhere, {study.ENSEMBLES / name}.csv stays as it is", flush=True)


def combine(name: str, entry: study.Entry) -> None:
    """Write how ensembles of the entry's seeds do."""
    labels, members = np.array([]), []
    with tempfile.TemporaryDirectory() as folder:
        for seed in entry.seeds:
            cell = Cell(entry.recipe, seed)
            target = Path(folder) / cell.predictions
            experiments.fetch(experiments.reference(experiment(name, seed)), cell.predictions, target)
            with np.load(target) as predictions:
                labels, probabilities = predictions["labels"], predictions["probabilities"]
            members.append(probabilities)
    section = params.load().evaluate
    table = study.ensembles(labels, np.stack(members), section.confidence_level, section.calibration_bins)
    artifacts.write_csv(study.ENSEMBLES / f"{name}.csv", table)


def experiment(name: str, seed: int) -> str:
    return f"study-{name}-{seed}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("entries", nargs="*", metavar="entry")
    command.run("study", partial(main, parser.parse_args().entries))
