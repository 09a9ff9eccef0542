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


def curves_and_others(measured: pd.DataFrame, results: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The recipes that were trained in several sizes, with `name`, `parameters`, mean `accuracy` and its `std` of each
    size, and `name`, `parameters` and `accuracy` of all other recipes.

    `measured` has one row per training, `results` one per recipe (`recipe`, `parameters`, `accuracy`).
    """
    curves = {}
    for recipe, trainings in measured.groupby("recipe", sort=False):
        if trainings["parameters"].nunique() > 1:
            sizes = trainings.groupby(["name", "parameters"])["accuracy"].agg(accuracy="mean", std="std")
            curves[str(recipe)] = sizes.reset_index()
    others = results[~results["recipe"].isin(list(curves))]
    return curves, others.rename(columns={"recipe": "name"})


def _size_curve(measured: pd.DataFrame, runs: list[Run]) -> str | None:
    rows = (
        (
            run.recipe,
            artifacts.read_json(run.train_metrics)["parameters"],
            artifacts.read_json(run.test_metrics)["accuracy"],
        )
        for run in runs
    )
    results = pd.DataFrame(rows, columns=["recipe", "parameters", "accuracy"])
    curves, others = curves_and_others(measured, results)
    if not curves:
        return None
    published = artifacts.read_csv(PUBLISHED)
    draw = partial(plots.draw_size_curve, curves=curves, others=others, published=published)
    return embedding.svg(draw, (8, 5))
