"""Summarize the trainings from many seeds: their accuracies, and how their errors differ.

Reads metrics/seeds/seeds.csv, metrics/seeds/errors/ and metrics/dataset.json. Writes metrics/seeds/summary.csv, and
metrics/seeds/variance.csv of the entries with several seeds. Without measurements on the present dataset, the tables
have no rows.
"""

import pandas as pd

from digits.core import artifacts, cli, paths
from digits.core.errors import UserError
from digits.experiments import seeds
from digits.reporting import results
from studies.seeds import seed_variance
from studies.seeds.paths import SUMMARY, VARIANCE


def main() -> str:
    dataset = artifacts.read_json(paths.DATASET)
    measured = seeds.measured()
    measured = measured[measured["dataset"] == dataset["digest"]]
    artifacts.write_csv(SUMMARY, results.over_seeds(measured, by="name"))
    artifacts.write_csv(VARIANCE, variance(measured, dataset["test"]))
    if measured.empty:
        return f"nothing was measured on {dataset['dataset']} yet: `make sweep PLAN=plans/seeds.yaml` does, for hours"
    return f"{len(measured)} trainings of {measured['name'].nunique()} entries in {SUMMARY}"


def variance(measured: pd.DataFrame, images: int) -> pd.DataFrame:
    """`seed_variance.over_seeds` on `images` test images: one row for each entry of `measured` with several seeds."""
    rows = []
    for name, table in measured.groupby("name", sort=False):
        if len(table) > 1:
            errors = [
                misread(str(name), seed, count) for seed, count in zip(table["seed"], table["errors"], strict=True)
            ]
            rows.append({"name": name, "seeds": len(table), **seed_variance.over_seeds(errors, images)})
    return pd.DataFrame(rows, columns=["name", "seeds", *seed_variance.MEASURES])


def misread(name: str, seed: int, count: int) -> pd.DataFrame:
    """The misread images of one training. Raises UserError if there are not `count` of them."""
    path = seeds.errors(name, seed)
    errors = artifacts.read_csv(path)
    if len(errors) != count:
        raise UserError(
            f"{path} has {len(errors)} errors, {seeds.TABLE} says {count}; restore both or sweep plans/seeds.yaml"
        )
    return errors


if __name__ == "__main__":
    cli.execute("summarize_seeds", main)
