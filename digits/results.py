"""The tables of results, from the metrics of every cell.

Knows which numbers stand side by side and how they are written; `report` and `apps/` decide where they appear.
"""

from pathlib import Path

import pandas as pd

from digits import artifacts
from digits.paths import Cell

TRAINING_KEYS = ["parameters", "validation_accuracy"]
SCORE_KEYS = [
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "errors",
    "macro_f1",
    "top2_accuracy",
    "nll",
    "brier",
    "ece",
]
SPREAD = {"mean": "mean", "std": "standard deviation", "min": "minimum", "max": "maximum"}


def collect(cells: list[Cell]) -> pd.DataFrame:
    """One row a cell: `recipe`, `seed`, TRAINING_KEYS and SCORE_KEYS.

    Raises FileNotFoundError where a cell has no metrics, ValueError where they lack a number.
    """
    return pd.DataFrame(
        {
            "recipe": cell.recipe,
            "seed": cell.seed,
            **_read(cell.training, TRAINING_KEYS),
            **_read(cell.scores, SCORE_KEYS),
        }
        for cell in cells
    )


def _read(path: Path, keys: list[str]) -> dict[str, float]:
    content = artifacts.read_json(path)
    wrong = [key for key in keys if type(content.get(key)) not in (int, float)]
    if wrong:
        raise ValueError(f"{path} has no number for {', '.join(wrong)}; restore it or run `dvc repro`")
    return {key: content[key] for key in keys}


def over_seeds(results: pd.DataFrame, by: str = "recipe") -> pd.DataFrame:
    """One row a model, named in column `by`: `name`, `parameters`, the number of `seeds`, and the mean, sample standard
    deviation, minimum and maximum of the test accuracy over them."""
    grouped = results.groupby(by, sort=False)
    spread = grouped["accuracy"].agg(seeds="count", mean="mean", std="std", min="min", max="max")
    return grouped[["parameters"]].first().join(spread).rename_axis("name").reset_index()


def as_text(results: pd.DataFrame) -> pd.DataFrame:
    """`results` as people read them: percentages with their interval, thousands separated."""
    interval = [
        f"{low:.2%} to {high:.2%}" for low, high in zip(results["accuracy_low"], results["accuracy_high"], strict=True)
    ]
    return pd.DataFrame(
        {
            "model": results["recipe"],
            "seed": results["seed"].astype(str),
            "parameters": results["parameters"].map("{:,}".format),
            "test accuracy": results["accuracy"].map("{:.2%}".format),
            "Wilson interval": interval,
            "errors": results["errors"].map("{:,}".format),
            "macro F1": results["macro_f1"].map("{:.4f}".format),
            "top-2": results["top2_accuracy"].map("{:.2%}".format),
            "NLL": results["nll"].map("{:.4f}".format),
            "Brier": results["brier"].map("{:.4f}".format),
            "ECE": results["ece"].map("{:.4f}".format),
            "validation": results["validation_accuracy"].map("{:.2%}".format),
        }
    )


def over_seeds_as_text(summary: pd.DataFrame) -> pd.DataFrame:
    """`summary` of `over_seeds` as people read it; one seed has no deviation."""
    return pd.DataFrame(
        {
            "model": summary["name"],
            "parameters": summary["parameters"].map("{:,}".format),
            "seeds": summary["seeds"].astype(str),
            **{title: _percent(summary[name]) for name, title in SPREAD.items()},
        }
    )


def ensembles_as_text(table: pd.DataFrame) -> pd.DataFrame:
    """A table of `study.ensembles` as people read it."""
    return pd.DataFrame(
        {
            "members": table["members"].astype(str),
            "choices": table["ensembles"].astype(str),
            **{title: _percent(table[name]) for name, title in SPREAD.items()},
            "NLL": table["nll"].map("{:.4f}".format),
            "ECE": table["ece"].map("{:.4f}".format),
        }
    )


def shares_as_text(table: pd.DataFrame) -> pd.DataFrame:
    """A table of `trials` as people read it: its fractions are shares, what is empty stays so."""
    text = pd.DataFrame(
        {
            name: column.map("{:.1%}".format) if column.dtype.kind == "f" else column.fillna("").map("{:}".format)
            for name, column in table.items()
        }
    )
    return text.rename(columns=lambda name: name.replace("_", " ")).replace("_", " ", regex=True)


def _percent(values: pd.Series) -> pd.Series:
    return values.map(lambda value: "-" if pd.isna(value) else f"{value:.3%}")


def markdown(table: pd.DataFrame) -> str:
    """`table` of strings in Markdown, padded so that it reads well in a terminal too."""
    rows = [list(table.columns), *table.to_numpy().tolist()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    lines = [" | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    return "".join(f"| {line} |\n" for line in lines)
