"""Train every variant that search.yaml names as a DVC experiment, and write the table of their validation results.

    python -m apps.search            all variants; what was trained before comes from DVC's run cache
    python -m apps.search fast       those of one group; the rest of the table stays

Each variant is `dvc exp run` of the real train stage: `dvc exp list` names them and `dvc exp apply` takes one over.
Writes docs/search.csv and docs/search.md. No experiment runs `evaluate`, so the test set has no part in a choice.
"""

import argparse
import re
from functools import partial
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML

from digits import artifacts, command, experiments, paths, results
from digits.paths import Cell

VARIANTS = Path("search.yaml")
TABLE = Path("docs/search.csv")
PAGE = Path("docs/search.md")
SEED = 0


def main(chosen: list[str]) -> str:
    groups = YAML(typ="safe").load(VARIANTS)
    unknown = set(chosen) - set(groups)
    if unknown:
        raise ValueError(f"{VARIANTS} has no group {', '.join(unknown)}; it has {', '.join(groups)}")
    validation = artifacts.read_json(paths.SPLITS)["validation"]["images"]
    rows = artifacts.read_csv(TABLE).fillna({"changes": ""}).to_dict("records") if TABLE.exists() else []
    for name in chosen or groups:
        rows = [row for row in rows if row["group"] != name]
        for variant, changes in groups[name]["variants"].items():
            trained = train(name, groups[name], variant)
            errors = round(validation * (1 - trained["validation_accuracy"]))
            rows.append({"group": name, "variant": variant, "changes": " ".join(changes), "errors": errors, **trained})
            print(f"search: {name}, {variant}: {errors} errors, loss {trained['validation_loss']:.4f}", flush=True)
            artifacts.write_csv(TABLE, pd.DataFrame(rows))
            artifacts.write_text(PAGE, page(pd.DataFrame(rows), groups, validation))
    return f"{len(rows)} variants in {PAGE}"


def train(name: str, group: dict, variant: str) -> dict[str, float]:
    """Train one variant as an experiment of its own; its metrics, and its accuracy under corruption if the group's
    `stage` is robustness."""
    cell = Cell(group["recipe"], SEED)
    experiment = "search-" + re.sub(r"[^a-z0-9]+", "-", f"{name} {variant}".lower())
    changes = {
        change.split("=")[0]: change for change in [*group["common"], *group["variants"][variant]]
    }  # own ones win
    reference = experiments.run(experiment, cell, group.get("stage", "train"), list(changes.values()))
    found = experiments.read_json(reference, cell.training)
    if group.get("stage") == "robustness":
        found["corrupted_accuracy"] = experiments.read_json(reference, cell.robustness)["validation_corrupted_accuracy"]
    return found


def page(table: pd.DataFrame, groups: dict, validation: int) -> str:
    """The table in Markdown, each group's best variant first."""
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
            text.insert(5, "accuracy under corruption", corrupted.map("{:.1%}".format))
        group = groups[str(name)]
        note = f"Recipe `{group['recipe']}`, all with `{' '.join(group['common'])}`.\n\n"
        ordered = text.loc[rows.sort_values(["errors", "validation_loss"]).index]
        sections.append(f"## {name}\n\n{note}{results.markdown(ordered)}")
    return "\n".join(sections)


INTRODUCTION = """Every line is one training of seed 0, measured on the {validation:,} validation images; the test set
had no part in it. `make search` trains them all again as DVC experiments and rewrites this page.

Two seeds of one variant differ by about the square root of their errors, so that neighbours in these tables cannot be
told apart. The loss, which every image moves, is the finer measure; with label smoothing it is another one and cannot
be compared.
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="group")
    command.run("search", partial(main, parser.parse_args().groups))
