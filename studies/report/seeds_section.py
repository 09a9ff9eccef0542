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
from studies.seeds.paths import SUMMARY, VARIANCE


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


def sizes_and_others(measured: pd.DataFrame, results: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """`name`, `parameters` and `accuracy` of the recipe that was trained in several sizes, and of all other recipes.

    `measured` has one row per training, `results` one per recipe (`recipe`, `parameters`, `accuracy`). None if no
    recipe was trained in several sizes.
    """
    n_sizes = measured.groupby("recipe")["parameters"].nunique()
    if n_sizes.max() < 2:
        return None
    recipe = n_sizes.idxmax()
    sizes = measured[measured["recipe"] == recipe].groupby("name")[["parameters", "accuracy"]].mean().reset_index()
    return sizes, results[results["recipe"] != recipe].rename(columns={"recipe": "name"})


def _size_curve(measured: pd.DataFrame, runs: list[Run]) -> str | None:
    results = pd.DataFrame(
        {
            "recipe": run.recipe,
            "parameters": artifacts.read_json(run.train_metrics)["parameters"],
            "accuracy": artifacts.read_json(run.test_metrics)["accuracy"],
        }
        for run in runs
    )
    found = sizes_and_others(measured, results)
    if found is None:
        return None
    return embedding.svg(partial(plots.draw_size_curve, sizes=found[0], others=found[1]), (7, 4.2))
