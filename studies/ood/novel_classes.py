"""Measure how well a model separates the digits that it was trained on from novel classes, digits that it never saw.

Reads data/processed/{train,validation,test}/, the normalization, the `ood` and `export` sections of params.yaml and the
recipe that `ood` names. Writes metrics/ood/novel_classes.csv, one line per group of left-out digits and detector, and
metrics/ood/novel_classes.json, the means over the groups.
"""

import numpy as np
import pandas as pd

from digits.config.params import Params, load_params
from digits.core import artifacts, cli
from digits.core.determinism import pin_tensorflow
from digits.core.paths import NORMALIZATION, PROCESSED
from digits.data import datasets
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from digits.ood.scores import DETECTORS, Subspace
from studies.ood import detection, params, paths
from studies.ood.params import Ood


def main() -> str:
    core, section = load_params(), params.load()
    pin_tensorflow(section.seed)
    normalization = Normalization(**artifacts.read_json(NORMALIZATION))
    splits = {name: datasets.load(PROCESSED / name) for name in ("train", "validation", "test")}
    table = pd.concat([without(group, splits, normalization, core, section) for group in section.novel_classes])
    means = table.groupby("detector")[["auroc", "fpr95"]].mean().to_dict("index")
    artifacts.write_csv(paths.NOVEL_CLASSES_TABLE, table)
    artifacts.write_json(
        paths.NOVEL_CLASSES,
        {
            "accuracy_known_classes": table["accuracy"].mean(),
            **{f"{name}_{measure}": means[name][measure] for name in DETECTORS for measure in ("auroc", "fpr95")},
        },
    )
    best = max(DETECTORS, key=lambda name: means[name]["auroc"])
    return f"{best} separates novel classes best: AUROC {means[best]['auroc']:.4f}"


def without(
    group: list[int], splits: dict[str, LabeledImages], normalization: Normalization, core: Params, section: Ood
) -> pd.DataFrame:
    """AUROC and FPR95 of each detector, of a model trained on all digits but those of `group`, and its `accuracy`."""
    from digits.ood import features  # imports TensorFlow: the pins come first
    from digits.training import loop

    recipe = core.recipes[section.recipe]
    known = {name: part(split, ~np.isin(split.labels, group)) for name, split in splits.items()}
    model = loop.trained(section.recipe, recipe, normalization, known["train"], known["validation"], section.seed)
    extract = features.extractor(model)
    fitted = extract(known["train"].images[: core.export.n_fit])[0]
    subspace = Subspace.fitted(fitted, core.export.explained_variance)
    seen = extract(known["test"].images)
    unseen = extract(part(splits["test"], np.isin(splits["test"].labels, group)).images)
    table = detection.compare(seen, {" ".join(map(str, group)): unseen}, subspace)
    return table.assign(accuracy=float((seen[1].argmax(axis=1) == known["test"].labels).mean()))


def part(split: LabeledImages, chosen: np.ndarray) -> LabeledImages:
    """The examples of `split` that the mask `chosen` (n,) selects."""
    return LabeledImages(split.images[chosen], split.labels[chosen])


if __name__ == "__main__":
    cli.execute("novel_classes", main)
