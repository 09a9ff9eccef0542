"""Variants side by side: means, 95 % confidence intervals and paired differences to the first variant."""

from collections.abc import Callable, Mapping

import pandas as pd
from scipy import stats

from digits.experiments.plans import JUDGES, Group
from digits.figures import tables

MARK = "<!-- From here on written by `make sweep`. -->"
OF_JUDGES = [judge.measure for name, judge in JUDGES.items() if name not in ("validation", "test")]


def ranked(rows: pd.DataFrame) -> list[str]:
    """The variants, the best first by means: by the judge if there is one, then validation errors, loss and name."""
    measures = [name for name in (*OF_JUDGES, "validation_errors", "validation_loss") if name in rows]
    means = rows.groupby("variant")[measures].mean()
    ascending = [name not in OF_JUDGES for name in measures]
    return list(means.sort_values(measures, ascending=ascending, kind="stable").index)


def page(rows: pd.DataFrame, groups: Mapping[str, Group]) -> str:
    """All groups in Markdown; `rows` are those of a table."""
    sections = []
    for name, group in groups.items():
        of_group = rows[rows["group"] == name].dropna(axis="columns", how="all")
        if len(of_group):
            sections.append(f"## {name}\n\n{_note(group)}{tables.markdown(side_by_side(of_group, group.folds))}")
    return "\n".join(sections)


def _note(group: Group) -> str:
    recipes, seeds = (", ".join(map(str, it)) for it in (group.recipes, group.seeds))
    common = f", all with `{' '.join(group.common)}` unless the changes differ" if group.common else ""
    folds = f", judged on each of {group.folds} folds of train in turn" if group.folds else ""
    return f"Recipe `{recipes}`, seeds {seeds}{folds}{common}.\n\n"


def side_by_side(rows: pd.DataFrame, folds: int | None) -> pd.DataFrame:
    """One row per variant as text, the best first. Errors are of the validation images, or of all folds together."""
    rows = rows.assign(total=rows["validation_errors"] * (folds or 1))
    pairs = rows[[key for key in ("seed", "fold") if key in rows]].fillna("").astype(str).agg(" ".join, axis="columns")
    found = rows.set_index(pairs).groupby("variant", sort=False)
    base = next(iter(found))[1]["total"]
    columns = {
        "parameters": found["parameters"].first().map("{:,.0f}".format),
        "errors": found["total"].apply(interval, form="{:.4g}".format, folds=folds),
        "accuracy": found["validation_accuracy"].mean().map("{:.2%}".format),
    }
    if "validation_loss" in rows:
        columns["loss"] = tables.formatted(found["validation_loss"].mean(), "{:.4f}")
    for measure in (*OF_JUDGES, "accuracy"):
        if measure in rows:
            title = measure.removeprefix("validation_").replace("_", " ") if measure in OF_JUDGES else "test accuracy"
            columns[title] = found[measure].apply(interval, form="{:.2%}".format, folds=folds)
    if len(base) > 1 and len(found) > 1:
        differences = {name: (of_variant["total"] - base).dropna() for name, of_variant in found}
        columns["difference to the first"] = pd.Series(
            {name: interval(it, "{:+.3g}".format, folds) if it.any() else "" for name, it in differences.items()}
        )
        columns["p, more errors"] = pd.Series({name: p_more(it, folds) for name, it in differences.items()})
    if "changes" in rows:
        columns["changes"] = found["changes"].first().fillna("").map(lambda changes: f"`{changes}`" if changes else "")
    return pd.DataFrame(columns).loc[ranked(rows)].reset_index(names="variant")


def interval(values: pd.Series, form: Callable[[float], str], folds: int | None = None) -> str:
    """The mean and its 95 % confidence interval by Student's t, if there are several values: "25 (16.39 to 33.61)"."""
    if len(values) < 2:
        return form(values.iloc[0]) if len(values) else ""
    half = stats.t.ppf(0.975, len(values) - 1) * _standard_error(values, folds)
    return f"{form(values.mean())} ({form(values.mean() - half)} to {form(values.mean() + half)})"


def p_more(differences: pd.Series, folds: int | None = None) -> str:
    """The p-value of a one-sided paired t-test for `differences` above 0; empty if there is none to test."""
    if len(differences) < 2 or not differences.std():
        return ""
    return f"{stats.t.sf(differences.mean() / _standard_error(differences, folds), len(differences) - 1):.3f}"


def _standard_error(values: pd.Series, folds: int | None) -> float:
    """Of the mean. Trainings of different folds share most of their images, so that they vary less than independent
    ones would: corrected after Nadeau and Bengio (2003), with the share of judged to trained images."""
    return values.std() * (1 / len(values) + (1 / (folds - 1) if folds else 0)) ** 0.5
