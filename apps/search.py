"""Train every variant in plans/search.yaml as a DVC experiment, and write the table of their validation results.

    python -m apps.search            all variants; what was trained before comes from DVC's run cache
    python -m apps.search fast       those of one group; the rest of the table stays
    python -m apps.search --page     none: write the page anew from the table

`dvc exp list` names the experiments and `dvc exp apply` takes one over. Writes docs/search.csv and docs/search.md. No
experiment runs `evaluate`: the test set plays no part in a choice.
"""

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML
from scipy import stats

from digits.config.runs import Run
from digits.core import artifacts, cli, paths
from digits.core.errors import UserError
from digits.experiments import dvc_experiments
from digits.figures import tables
from studies.hands import paths as hands
from studies.robustness import paths as robustness

PLAN = Path("plans/search.yaml")
TABLE = Path("docs/search.csv")
PAGE = Path("docs/search.md")
STUDIES = {  # the stages that judge a training besides the validation set: where they write which measure
    "studies/robustness/dvc.yaml:validate_robustness": (robustness.validation_metrics, "corrupted_accuracy"),
    "studies/hands/dvc.yaml:validate_hands": (hands.validation_metrics, "handwriting_accuracy"),
}


def main(chosen: list[str], page_only: bool) -> str:
    groups = YAML(typ="safe").load(PLAN)
    unknown = set(chosen) - set(groups)
    if unknown:
        raise UserError(f"{PLAN} has no group {', '.join(unknown)}; it has {', '.join(groups)}")
    validation = artifacts.read_json(paths.SPLITS)["validation"]["images"]
    planned = [
        (name, variant, seed)
        for name, group in groups.items()
        for variant in group["variants"]
        for seed in group.get("seeds", [0])
    ]
    rows = {(row["group"], row["variant"], row["seed"]): row for row in committed()}
    for name, variant, seed in [] if page_only else planned:
        if chosen and name not in chosen:
            continue
        trained = train(name, groups[name], variant, seed)
        errors = round(validation * (1 - trained["validation_accuracy"]))
        labels = {"group": name, "variant": variant, "changes": " ".join(groups[name]["variants"][variant])}
        rows[name, variant, seed] = {**labels, "seed": seed, "errors": errors, **trained}
        print(f"search: {name}, {variant}, seed {seed}: {errors} errors", flush=True)
        artifacts.write_csv(TABLE, pd.DataFrame(rows[key] for key in planned if key in rows))
    table = pd.DataFrame(committed())
    artifacts.write_text(PAGE, page(table, groups, validation))
    return f"{len(table)} trainings in {PAGE}"


def committed() -> list[dict]:
    return artifacts.read_csv(TABLE).fillna({"changes": ""}).to_dict("records") if TABLE.exists() else []


def train(name: str, group: dict, variant: str, seed: int) -> dict[str, float]:
    """Train one variant as an experiment; its metrics, with that of STUDIES if the group names one."""
    run, stage = Run(group["recipe"], seed), group.get("stage", "train")
    experiment = "search-" + re.sub(r"[^a-z0-9]+", "-", f"{name} {variant} {seed}".lower())
    assignments = [*group["common"], *group["variants"][variant]]
    changes = {change.split("=")[0]: f"recipes.{run.recipe}.{change}" for change in assignments}  # own replace common
    reference = dvc_experiments.run(experiment, run, stage, changes.values())
    found = dvc_experiments.read_json(reference, run.train_metrics)
    if stage in STUDIES:
        path, measure = STUDIES[stage]
        found[measure] = dvc_experiments.read_json(reference, path(run))[f"validation_{measure}"]
    return found


def page(table: pd.DataFrame, groups: dict, validation: int) -> str:
    """The table in Markdown, the best variant of each group first; `validation` is the number of validation images."""
    sections = [f"# What was tried\n\n{INTRODUCTION.format(validation=validation)}"]
    for name, rows in table.groupby("group", sort=False):
        group = groups[str(name)]
        seeds = ", ".join(map(str, sorted(rows["seed"].unique())))
        note = (
            f"Recipe `{group['recipe']}`, seeds {seeds}, all with `{' '.join(group['common'])}` unless the last column "
            "differs.\n\n"
        )
        sections.append(f"## {name}\n\n{note}{tables.markdown(variants(rows))}")
    return "\n".join(sections)


def variants(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per variant as text, the fewest errors first; over several seeds, means and 95 % confidence intervals."""
    found = rows.groupby("variant", sort=False)
    order = found[["errors", "validation_loss"]].mean().sort_values(["errors", "validation_loss"]).index
    columns = {
        "parameters": found["parameters"].first().map("{:,}".format),
        "errors": found["errors"].apply(interval, form="{:.4g}".format),
        "accuracy": found["validation_accuracy"].mean().map("{:.2%}".format),
        "loss": found["validation_loss"].mean().map("{:.4f}".format),
        "changes": found["changes"].first().map(lambda changes: f"`{changes}`" if changes else ""),
    }
    for _, measure in STUDIES.values():
        if measure in rows and rows[measure].notna().any():
            columns[measure.replace("_", " ")] = found[measure].apply(interval, form="{:.1%}".format)
    if rows["seed"].nunique() > 1:
        columns["p, more errors than base"] = found["errors"].apply(p_worse, base=found.get_group("base")["errors"])
    return pd.DataFrame(columns).loc[order].reset_index()


def interval(values: pd.Series, form: Callable[[float], str]) -> str:
    """The mean, and Student's 95 % confidence interval if there are several values: "25.0 (16.4 to 33.6)"."""
    if len(values) == 1:
        return form(values.iloc[0])
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), values.sem())
    return f"{form(values.mean())} ({form(low)} to {form(high)})"


def p_worse(errors: pd.Series, base: pd.Series) -> str:
    """The p-value of a one-sided paired t-test over seeds for more errors than `base`."""
    p = stats.ttest_rel(errors.to_numpy(), base.to_numpy(), alternative="greater").pvalue
    return "" if np.isnan(p) else f"{p:.3f}"


INTRODUCTION = """Each line is a variant of a recipe, measured on the {validation:,} validation images; the test set
played no part. `make search` trains what plans/search.yaml lists as DVC experiments and rewrites this page.

## What was chosen

| choice | group | variants | images | seeds |
|---|---|---|---|---|
| `fast` as it is | fast and cheaper: "wide last layers, two epochs" | 12 | validation | 0 |
| `best` without elastic deformation | best in sixteen epochs: "affine without elastic" | 6 | validation | 0 |
| `best` with a background gradient of 0.7 | best under corruption | 6 | validation, clean and corrupted | 0, 1, 2 |

The rule for the background gradient: of the variants without significantly more clean errors than `base` (one-sided
paired t-test over the seeds, p at least 0.05), the one with the highest accuracy on corrupted images. A gradient of 0.9
would read four points more of these, and costs about five errors on clean images. The corruptions are seven that are
not among the fifteen reported ones, see docs/robustness.md. An earlier choice of 0.7 had those fifteen in view.
The test was settled as one-sided with this table in view: two-sided, p is 0.07 for a gradient of 0.9,
which would not be excluded.

Over ten seeds of `fast` or `best`, the number of test errors has a standard deviation of about four: neighbors in a
table of one seed do not differ significantly. The first two choices rest on such tables. The validation loss is the
finer measure, since every image changes it; losses with label smoothing are on another scale and compare only with
each other.
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="group")
    parser.add_argument("--page", action="store_true", help="train nothing")
    arguments = parser.parse_args()
    cli.execute("search", partial(main, arguments.groups, arguments.page))
