"""Train every variant in plans/search.yaml as a DVC experiment, and write the table of their validation results.

    python -m apps.search            all variants; what was trained before comes from DVC's run cache
    python -m apps.search fast       those of one group; the rest of the table stays
    python -m apps.search --page     none: write the page anew from the table

`dvc exp list` names the experiments and `dvc exp apply` takes one over. Writes docs/search.csv and docs/search.md. No
experiment runs `evaluate`: the test set plays no part in a choice.
"""

import argparse
import re
from functools import partial
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML

from digits.config.runs import Run
from digits.core import artifacts, cli, paths
from digits.core.errors import UserError
from digits.experiments import dvc_experiments
from digits.figures import tables
from studies.robustness import paths as robustness

PLAN = Path("plans/search.yaml")
TABLE = Path("docs/search.csv")
PAGE = Path("docs/search.md")
ROBUSTNESS = "studies/robustness/dvc.yaml:evaluate_robustness"
SEED = 0


def main(chosen: list[str], page_only: bool) -> str:
    groups = YAML(typ="safe").load(PLAN)
    unknown = set(chosen) - set(groups)
    if unknown:
        raise UserError(f"{PLAN} has no group {', '.join(unknown)}; it has {', '.join(groups)}")
    validation = artifacts.read_json(paths.SPLITS)["validation"]["images"]
    rows = artifacts.read_csv(TABLE).fillna({"changes": ""}).to_dict("records") if TABLE.exists() else []
    for name in [] if page_only else chosen or groups:
        rows = [row for row in rows if row["group"] != name]
        for variant, changes in groups[name]["variants"].items():
            trained = train(name, groups[name], variant)
            errors = round(validation * (1 - trained["validation_accuracy"]))
            rows.append({"group": name, "variant": variant, "changes": " ".join(changes), "errors": errors, **trained})
            print(f"search: {name}, {variant}: {errors} errors, loss {trained['validation_loss']:.4f}", flush=True)
            artifacts.write_csv(TABLE, pd.DataFrame(rows))
            artifacts.write_text(PAGE, page(pd.DataFrame(rows), groups, validation))
    artifacts.write_text(PAGE, page(pd.DataFrame(rows), groups, validation))
    return f"{len(rows)} variants in {PAGE}"


def train(name: str, group: dict, variant: str) -> dict[str, float]:
    """Train one variant as an experiment; its metrics, with `corrupted_accuracy` if the group runs ROBUSTNESS."""
    run, stage = Run(group["recipe"], SEED), group.get("stage", "train")
    experiment = "search-" + re.sub(r"[^a-z0-9]+", "-", f"{name} {variant}".lower())
    assignments = [*group["common"], *group["variants"][variant]]
    changes = {change.split("=")[0]: change for change in assignments}  # the variant's own replace common ones
    reference = dvc_experiments.run(experiment, run, stage, changes.values())
    found = dvc_experiments.read_json(reference, run.train_metrics)
    if stage == ROBUSTNESS:
        scores = dvc_experiments.read_json(reference, robustness.metrics(run))
        found["corrupted_accuracy"] = scores["validation_corrupted_accuracy"]
    return found


def page(table: pd.DataFrame, groups: dict, validation: int) -> str:
    """The table in Markdown, the best variant of each group first; `validation` is the number of validation images."""
    sections = [f"# What was tried\n\n{INTRODUCTION.format(validation=validation)}"]
    for name, rows in table.groupby("group", sort=False):
        text = pd.DataFrame(
            {
                "variant": rows["variant"],
                "parameters": rows["parameters"].map("{:,}".format),
                "errors": rows["errors"].astype(str),
                "accuracy": rows["validation_accuracy"].map("{:.2%}".format),
                "loss": rows["validation_loss"].map("{:.4f}".format),
                "changes": rows["changes"].map(lambda changes: f"`{changes}`" if changes else ""),
            }
        )
        corrupted = rows.get("corrupted_accuracy", pd.Series(dtype=float)).dropna()
        if len(corrupted):
            text.insert(5, "corrupted accuracy", corrupted.map("{:.1%}".format))
        group = groups[str(name)]
        note = f"Recipe `{group['recipe']}`, all with `{' '.join(group['common'])}` unless the last column differs.\n\n"
        ordered = text.loc[rows.sort_values(["errors", "validation_loss"]).index]
        sections.append(f"## {name}\n\n{note}{tables.markdown(ordered)}")
    return "\n".join(sections)


INTRODUCTION = """Each line is one training from seed 0, measured on the {validation:,} validation images; the test set
played no part. `make search` trains what plans/search.yaml lists as DVC experiments and rewrites this page.

Chosen from it: for `fast` "wide last layers, two epochs" of the group "fast and cheaper"; for `best` "affine without
elastic" of "best in sixteen epochs", then "background gradient 0.7" of "best under corruption", whose corruptions are
those that are reported (docs/robustness.md).

Over ten seeds of `fast` or `best`, the number of test errors has a standard deviation of about four: neighbors in these
tables do not differ significantly. The validation loss is the finer measure, since every image changes it; losses with
label smoothing are on another scale and compare only with each other. "corrupted accuracy" is the mean over the
corruptions of MNIST-C, applied to validation images.
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="group")
    parser.add_argument("--page", action="store_true", help="train nothing")
    arguments = parser.parse_args()
    cli.execute("search", partial(main, arguments.groups, arguments.page))
