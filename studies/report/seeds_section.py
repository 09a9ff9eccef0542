"""The section on many seeds: spread, variance between seeds, ensembles, error against size."""

from functools import partial
from typing import Any

import pandas as pd

from digits.config.params import Params
from digits.config.runs import Run
from digits.core import artifacts
from digits.experiments import seeds
from digits.figures import embedding, plots
from studies.seeds.paths import SUMMARY, VARIANCE

LOSSES = ("nll", "brier", "ece")  # not percentages


def content(runs: list[Run], params: Params) -> dict[str, Any] | None:
    """What the page shows; None where no seed was trained on the present dataset."""
    measured = seeds.measured()
    measured = measured[measured["dataset"] == seeds.dataset()]
    if measured.empty or not SUMMARY.exists():
        return None
    return {
        "summary": as_text(artifacts.read_csv(SUMMARY)),
        "variance": as_text(artifacts.read_csv(VARIANCE)),
        "ensembles": {path.stem: as_text(artifacts.read_csv(path)) for path in sorted(seeds.ENSEMBLES.glob("*.csv"))},
        "size_curve": _size_curve(measured, runs),
    }


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """`table` as text: integers with thousands separated, losses to four decimals, other fractions as percentages."""

    def text(name: str, value: Any) -> str:
        if pd.isna(value):
            return "-"
        if isinstance(value, float):
            return f"{value:.4f}" if name in LOSSES else f"{value:.3%}"
        return f"{value:,}" if isinstance(value, int) else str(value)

    columns = {name.replace("_", " "): [text(name, it) for it in table[name].tolist()] for name in map(str, table)}
    return pd.DataFrame(columns)


def sizes_and_others(measured: pd.DataFrame, results: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """`name`, `parameters` and `accuracy` of the recipe that was trained in several sizes, and of all other recipes.

    `measured` has one row a training, `results` one row a recipe (`recipe`, `parameters`, `accuracy`). None where no
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
    with plots.in_page_colors():
        return embedding.svg(partial(plots.draw_size_curve, sizes=found[0], others=found[1]), (7, 4.2))
