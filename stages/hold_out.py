"""Measure how well a model tells the digits that it was trained on from those that it never saw.

Reads data/processed/{train,validation,test}/, the normalisation, the `hold_out` section of params.yaml, the recipe that
it names and the `detect` section. Writes metrics/held_out.csv, a line for each group of held-out digits and detector,
and metrics/held_out.json, their means.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from digits import artifacts, command, datasets, detectors, params, paths
from digits.datasets import Split
from digits.pinning import pin
from digits.splits import Normalisation


def main() -> str:
    knobs = params.load()
    pin(knobs.hold_out.seed)
    table = pd.concat([without(group, knobs) for group in knobs.hold_out.groups])
    means = table.groupby("detector", sort=False)[["auroc", "fpr95"]].mean()
    artifacts.write_csv(paths.HELD_OUT_DIGITS, table)
    artifacts.write_json(
        paths.HELD_OUT,
        {
            "accuracy_on_the_others": table["accuracy"].mean(),
            **{f"{name}_{column}": means.loc[name, column] for name in detectors.DETECTORS for column in means},
        },
    )
    best = means["auroc"].idxmax()
    return f"{best} tells digits never seen best: AUROC {means.loc[best, 'auroc']:.4f}"


def without(group: list[int], knobs: params.Params) -> pd.DataFrame:
    """What is measured of a model that was trained on all digits but those of `group`."""
    from digits import insides, models, training  # they import TensorFlow: the pins come first

    section = knobs.hold_out
    recipe = getattr(knobs.recipes, section.recipe)
    normalisation = Normalisation(**artifacts.read_json(paths.NORMALISATION))
    splits = {name: datasets.load(paths.PROCESSED / name) for name in ("train", "validation", "test")}
    known = {name: part(split, ~np.isin(split.labels, group)) for name, split in splits.items()}
    model = models.build(section.recipe, recipe, normalisation)
    with tempfile.TemporaryDirectory() as logs:
        training.fit(model, recipe, known["train"], known["validation"], section.seed, Path(logs))
    ask = insides.of(model)
    subspace = detectors.Subspace.fitted(ask(known["train"].images[: knobs.detect.fitted_on])[0], knobs.detect.variance)
    seen = ask(known["test"].images)
    unseen = ask(part(splits["test"], np.isin(splits["test"].labels, group)).images)
    table = detectors.compare(seen, {" ".join(map(str, group)): unseen}, subspace)
    return table.assign(accuracy=float((seen[1].argmax(axis=1) == known["test"].labels).mean()))


def part(split: Split, chosen: np.ndarray) -> Split:
    return Split(split.images[chosen], split.labels[chosen])


if __name__ == "__main__":
    command.run("hold_out", main)
