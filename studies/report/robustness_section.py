"""The section on corruptions, transforms and attacks."""

from functools import partial
from typing import Any

import pandas as pd

from digits.config.params import Params
from digits.config.runs import Run
from digits.core import artifacts
from digits.figures import embedding, plots
from studies.robustness import paths, tables
from studies.robustness.transforms import TRANSFORMS

Tables = dict[str, pd.DataFrame]  # by recipe


def content(runs: list[Run], params: Params) -> dict[str, Any] | None:
    """What the page shows of those `runs` that were measured; None if none was."""
    measured = [run for run in runs if paths.metrics(run).exists()]
    if not measured:
        return None
    corruptions, transforms, attacks = (
        {run.recipe: artifacts.read_csv(paths.table(name, run)) for run in measured}
        for name in ("corruptions", "transforms", "attacks")
    )
    reference = params.train.models[0]
    accuracies = corruption_accuracies(corruptions)
    return {
        "corruptions": corruption_table(accuracies, corruptions, reference),
        "error_rates": (1 - accuracies).to_numpy().tolist(),
        "reference": reference if reference in corruptions else None,
        "transforms": _transform_curves(transforms),
        "attacks": embedding.svg(partial(plots.draw_attacks, tables=attacks), (5.5, 3.6)),
        "attacks_table": attack_table(attacks),
        "samples": embedding.data_uri(paths.SAMPLES.read_bytes()),
    }


def corruption_accuracies(corruptions: Tables) -> pd.DataFrame:
    """Accuracy under each corruption at its published severity, one column per recipe, and their mean."""
    published = {
        name: table[table["published"]].set_index("corruption")["accuracy"] for name, table in corruptions.items()
    }
    accuracies = pd.DataFrame(published)
    accuracies.loc["mean"] = accuracies.mean()
    return accuracies


def corruption_table(accuracies: pd.DataFrame, corruptions: Tables, reference: str) -> pd.DataFrame:
    """`accuracies` as text, and the mean corruption error relative to `reference` if that was measured."""
    text = accuracies.map("{:.1%}".format)
    if reference in corruptions:
        text.loc[f"mCE, {reference} = 1"] = {
            name: f"{tables.mean_corruption_error(table, corruptions[reference]):.2f}"
            for name, table in corruptions.items()
        }
    text.index = text.index.str.replace("_", " ")
    return text.rename_axis("corruption").reset_index()


def attack_table(attacks: Tables) -> pd.DataFrame:
    """Accuracy by attack and epsilon as text, one column per recipe."""
    by_attack = {name: table.set_index(["attack", "epsilon"])["accuracy"] for name, table in attacks.items()}
    text = pd.DataFrame(by_attack).map("{:.1%}".format).reset_index()
    attack = text["attack"].str.upper() + ", epsilon " + text["epsilon"].map("{:g}".format)
    return pd.concat([attack.rename("attack"), text[list(attacks)]], axis=1)


def _transform_curves(transforms: Tables) -> list[str]:
    """One drawing for each transform."""
    drawings = []
    for name, transform in TRANSFORMS.items():
        curves = {recipe: table[table["change"] == name] for recipe, table in transforms.items()}
        draw = partial(plots.draw_transform, tables=curves, label=f"{name} ({transform.unit})")
        drawings.append(embedding.svg(draw, (3.6, 2.9)))
    return drawings
