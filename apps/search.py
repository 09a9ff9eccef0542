"""Train every variant that search.yaml names as a DVC experiment, and write the table of their validation results.

    python -m apps.search            all variants; what was trained before comes from DVC's run cache
    python -m apps.search fast       those of one recipe; the rest of the table stays

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


def main(recipes: list[str]) -> str:
    search = YAML(typ="safe").load(VARIANTS)
    validation = artifacts.read_json(paths.SPLITS)["validation"]["images"]
    rows = artifacts.read_csv(TABLE).to_dict("records") if TABLE.exists() else []
    for recipe in recipes or search:
        rows = [row for row in rows if row["recipe"] != recipe]
        for variant, own in search[recipe]["variants"].items():
            trained = train(recipe, variant, [*search[recipe]["common"], *own])
            errors = round(validation * (1 - trained["validation_accuracy"]))
            rows.append({"recipe": recipe, "variant": variant, "changes": " ".join(own), "errors": errors, **trained})
            print(f"search: {recipe}, {variant}: {errors} errors, loss {trained['validation_loss']:.4f}", flush=True)
            artifacts.write_csv(TABLE, pd.DataFrame(rows))
            artifacts.write_text(PAGE, page(pd.DataFrame(rows), search, validation))
    return f"{len(rows)} variants in {PAGE}"


def train(recipe: str, variant: str, changes: list[str]) -> dict[str, float]:
    """Run the train stage with `changes` as an experiment of its own; its metrics."""
    cell = Cell(recipe, SEED)
    name = f"search-{recipe}-" + re.sub(r"[^a-z0-9]+", "-", variant.lower())
    return experiments.read_json(experiments.run(name, cell, "train", changes), cell.training)


def page(table: pd.DataFrame, search: dict, validation: int) -> str:
    """The table in Markdown, each recipe's best variant first."""
    sections = [f"# What was tried\n\n{INTRODUCTION.format(validation=validation)}"]
    for recipe, rows in table.groupby("recipe", sort=False):
        text = pd.DataFrame(
            {
                "variant": rows["variant"],
                "parameters": rows["parameters"].map("{:,}".format),
                "errors": rows["errors"].astype(str),
                "accuracy": rows["validation_accuracy"].map("{:.2%}".format),
                "loss": rows["validation_loss"].map("{:.4f}".format),
                "changes": rows["changes"].fillna("").map(lambda changes: f"`{changes}`" if changes else ""),
            }
        )
        common = ", ".join(f"`{change}`" for change in search[str(recipe)]["common"])
        note = f"All with {common}.\n\n" if common else ""
        ordered = text.loc[rows.sort_values(["errors", "validation_loss"]).index]
        sections.append(f"## {recipe}\n\n{note}{results.markdown(ordered)}")
    return "\n".join(sections)


INTRODUCTION = """Every line is one training of seed 0, measured on the {validation:,} validation images; the test set
had no part in it. `make search` trains them all again as DVC experiments and rewrites this page.

Two seeds of one variant differ by about the square root of their errors, so that neighbours in these tables cannot be
told apart. The loss, which every image moves, is the finer measure; with label smoothing it is another one and cannot
be compared.
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="recipe")
    command.run("search", partial(main, parser.parse_args().recipes))
