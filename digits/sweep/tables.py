"""Tables of results, a row per training; beside them misread test images and ensembles of seeds; variants compared."""

from collections.abc import Callable, Container, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from digits import files, metrics, rendering

KEY = ["group", "variant", "recipe", "changes", "seed"]
SELECTED_BY = ["validation_corrupted_accuracy", "validation_handwriting_accuracy"]
MEASURES = ["parameters", "judged", "validation_errors", "validation_loss", "validation_accuracy", *SELECTED_BY]
# `judged` is the number of validation images; `commit` is where the training was made.
COLUMNS = [*KEY, *MEASURES, "accuracy", "errors", "nll", "brier", "ece", "dataset", "commit"]
SHOWN = {
    **{"parameters": "{:,.0f}", "validation_errors": "{:.4g}", "validation_loss": "{:.4f}"},
    **dict.fromkeys([*SELECTED_BY, "accuracy"], "{:.2%}"),
}
Rows = dict[tuple[str, ...], dict[str, str]]


def errors(variant: str, seed: int, table: Path) -> Path:
    """The misread test images of one training in `table`."""
    return table.parent / "errors" / f"{variant}-{seed}.csv"


def ensembles_of(variant: str, table: Path) -> Path:
    """The scores of ensembles of the seeds of one variant."""
    return table.parent / "ensembles" / f"{variant}.csv"


def read(path: Path) -> Rows:
    """The rows of a table, as text and without what is empty, by KEY."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False) if path.exists() else pd.DataFrame()
    rows = [{str(name): text for name, text in row.items() if text} for row in table.to_dict("records")]
    return {tuple(row.get(name, "") for name in KEY): row for row in rows}


def write_row(path: Path, row: Mapping[str, Any]) -> None:
    """Put `row` into the table, in the place of one with the same KEY, else as the last one; the others stay."""
    rounded = {name: round(value, files.DECIMALS) if isinstance(value, float) else value for name, value in row.items()}
    text = {name: str(value) for name, value in rounded.items() if value != ""}
    rows = read(path) | {tuple(text.get(name, "") for name in KEY): text}
    files.write_csv(path, pd.DataFrame(rows.values(), columns=COLUMNS).dropna(axis="columns", how="all"))


def ensembles(labels: np.ndarray, members: np.ndarray, level: float, bins: int) -> pd.DataFrame:
    """The scores of ensembles, which average the probabilities of their members, by the number of members.

    `members` (m, n, 10) are the models' probabilities for the images with `labels` (n,). One row per size from 1 to m:
    `members`, `ensembles` (all subsets of that size), and over them `mean`, `std`, `min` and `max` of the accuracy and
    the mean `nll` and `ece`. Ensembles of one size share members, so they vary less than those of other seeds would.
    """
    rows = []
    for size in range(1, len(members) + 1):
        means = (members[list(subset)].mean(axis=0) for subset in combinations(range(len(members)), size))
        table = pd.DataFrame(metrics.scores(labels, mean, level, bins) for mean in means)
        spread = table["accuracy"].agg(["mean", "std", "min", "max"]).to_dict()
        rows.append({"members": size, "ensembles": len(table), **spread, **table[["nll", "ece"]].mean().to_dict()})
    return pd.DataFrame(rows)


def side_by_side(path: Path, keys: Container[tuple[str, ...]]) -> str:
    """The variants of one group, whose rows have `keys`, in Markdown: means with 95 % intervals over seeds.

    The best come first: by SELECTED_BY if it was measured, then by validation errors and loss. The difference to the
    first variant of the group is of validation errors, seed by seed.
    """
    rows = files.read_csv(path)[[key in keys for key in read(path)]].dropna(axis="columns", how="all")
    variants = rows.set_index("seed").groupby("variant", sort=False)
    columns = {name: variants[name].apply(interval, form=form.format) for name, form in SHOWN.items() if name in rows}
    base = rows[rows["variant"] == rows["variant"].iloc[0]].set_index("seed")["validation_errors"]
    if len(base) > 1 and len(variants) > 1:
        differences = variants["validation_errors"].apply(lambda errors: interval(errors - base, "{:+.3g}".format))
        columns["difference to the first"] = differences
    if "changes" in rows:
        columns["changes"] = variants["changes"].first().fillna("")
    order = [name for name in (*SELECTED_BY, "validation_errors", "validation_loss") if name in rows]
    means = variants[order].mean().sort_values(order, ascending=[name not in SELECTED_BY for name in order])
    table = pd.DataFrame(columns).loc[means.index].reset_index(names="variant")
    return rendering.markdown(table.rename(columns=lambda name: name.replace("_", " ")))


def interval(values: pd.Series, form: Callable[[float], str]) -> str:
    """The mean and its 95 % confidence interval by Student's t, if values differ: "25 (16.39 to 33.61)"."""
    values = values.dropna()
    if values.nunique() < 2:
        return "".join(map(form, values[:1]))
    half = stats.t.ppf(0.975, len(values) - 1) * values.sem()
    return f"{form(values.mean())} ({form(values.mean() - half)} to {form(values.mean() + half)})"
