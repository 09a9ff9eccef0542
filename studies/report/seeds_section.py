"""The section on many seeds: spread, variance between seeds, ensembles, error against size."""

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from digits.config.params import Params
from digits.config.runs import Run
from digits.core import artifacts
from digits.experiments import seeds
from digits.figures import embedding, plots, tables
from digits.reporting import results
from studies.seeds.paths import PUBLISHED, SUMMARY, VARIANCE


def content(runs: list[Run], params: Params) -> dict[str, Any] | None:
    """What the page shows; None if no seed was trained on the present dataset."""
    if not SUMMARY.exists():
        return None
    measured = seeds.measured()
    measured = measured[measured["dataset"] == seeds.dataset()]
    if measured.empty:
        return None
    files = (seeds.ensembles_of(name) for name in sorted(set(measured["name"])))
    return {
        "summary": _table(SUMMARY),
        "variance": _table(VARIANCE),
        "ensembles": {path.stem: _table(path) for path in files if path.exists()},
        "size_curve": _size_curve(measured, runs),
    }


def _table(path: Path) -> pd.DataFrame:
    return tables.as_text(artifacts.read_csv(path), 3)


def curves(measured: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The recipes that were trained in several sizes: `name`, `parameters`, mean `accuracy` and its `std` of each size.

    `measured` has one row per training. Of several variants of one size, the one with the most trainings is taken.
    """
    found = {}
    for recipe, trainings in measured.groupby("recipe", sort=False):
        if trainings["parameters"].nunique() > 1:
            sizes = trainings.groupby(["name", "parameters"])["accuracy"].agg(
                accuracy="mean", std="std", trainings="size"
            )
            ordered = sizes.reset_index().sort_values("trainings", ascending=False, kind="stable")
            found[str(recipe)] = ordered.drop_duplicates("parameters").drop(columns="trainings")
    return found


def _size_curve(measured: pd.DataFrame, runs: list[Run]) -> str | None:
    found = curves(measured)
    if not found:
        return None
    others = results.collect(runs).rename(columns={"recipe": "name"})
    others = others[~others["name"].isin(list(found))]
    published = artifacts.read_csv(PUBLISHED)
    draw = partial(plots.draw_size_curve, curves=found, others=others, published=published)
    return embedding.svg(draw, (8, 5))
