"""The table of results: what every run of params.yaml reached."""

from pathlib import Path

import pandas as pd

from digits.config.runs import Run
from digits.core import artifacts
from digits.core.errors import UserError
from digits.figures import tables
from digits.figures.tables import percent

TRAIN_KEYS = ["parameters", "validation_accuracy"]
TEST_KEYS = ["accuracy", "accuracy_low", "accuracy_high", "errors", "macro_f1", "top2_accuracy", "nll", "brier", "ece"]


def collect(runs: list[Run]) -> pd.DataFrame:
    """One row per run: `recipe`, `seed`, TRAIN_KEYS and TEST_KEYS.

    Raises FileNotFoundError if a run has no metrics, UserError if they lack a number.
    """
    rows = []
    for run in runs:
        found = _read(run.train_metrics, TRAIN_KEYS) | _read(run.test_metrics, TEST_KEYS)
        rows.append({"recipe": run.recipe, "seed": run.seed, **found})
    return pd.DataFrame(rows)


def _read(path: Path, keys: list[str]) -> dict[str, float]:
    content = artifacts.read_json(path)
    wrong = [key for key in keys if type(content.get(key)) not in (int, float)]
    if wrong:
        raise UserError(f"{path} has no number for {', '.join(wrong)}; restore it or run `dvc repro`")
    return {key: content[key] for key in keys}


def over_seeds(results: pd.DataFrame, by: str = "recipe") -> pd.DataFrame:
    """One row per model, by the column `by`: `name`, `parameters`, the number of `seeds`, and the `mean`, sample
    standard deviation `std`, `min` and `max` of the test accuracy over them."""
    grouped = results.groupby(by, sort=False)
    spread = grouped["accuracy"].agg(seeds="count", mean="mean", std="std", min="min", max="max")
    return grouped[["parameters"]].first().join(spread).rename_axis("name").reset_index()


def as_text(results: pd.DataFrame) -> pd.DataFrame:
    """`results` as people read them: percentages with their interval, thousands separated."""
    low, high = percent(results["accuracy_low"]), percent(results["accuracy_high"])
    return pd.DataFrame(
        {
            "model": results["recipe"],
            "seed": results["seed"].astype(str),
            "parameters": results["parameters"].map("{:,}".format),
            "test accuracy": percent(results["accuracy"]),
            "Wilson interval": low + " to " + high,
            "errors": results["errors"].map("{:,}".format),
            "macro F1": results["macro_f1"].map("{:.4f}".format),
            "top-2": percent(results["top2_accuracy"]),
            "NLL": results["nll"].map("{:.4f}".format),
            "Brier": results["brier"].map("{:.4f}".format),
            "ECE": results["ece"].map("{:.4f}".format),
            "validation": percent(results["validation_accuracy"]),
        }
    )


def over_seeds_as_text(summary: pd.DataFrame) -> pd.DataFrame:
    """`summary` of `over_seeds` as people read it; one seed has no deviation."""
    titles = {"name": "model", "std": "standard deviation", "min": "minimum", "max": "maximum"}
    return tables.as_text(summary, 3).rename(columns=titles)
