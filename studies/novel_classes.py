"""Study: how well out-of-distribution scores separate digits from those never trained on."""

import numpy as np
import pandas as pd

from digits import data, files
from digits.config import NORMALIZATION, PROCESSED, load_params, load_section
from digits.data import CLASSES, LabeledImages, Normalization
from digits.determinism import pin_tensorflow
from digits.ood import N_FIT, Subspace
from studies import run_stage
from studies.ood import DETECTORS, MEASURES, METRICS, compare
from studies.params import Ood

SEED = 0  # of the trainings


def evaluate() -> None:
    """Train without some digits and measure how well the detectors separate those.

    Writes a line per group of left-out digits and detector, and the means over the groups.
    """
    section = load_section("ood", Ood)
    recipe = load_params().recipes[section.recipe]
    pin_tensorflow(SEED)
    from digits import ood, training  # import TensorFlow: the pins come first

    normalization = Normalization(**files.read_json(NORMALIZATION))
    train, validation, test = (data.load(PROCESSED / name) for name in ("train", "validation", "test"))
    tables = []
    for first in range(0, CLASSES, section.digits_left_out):
        group = list(range(first, min(first + section.digits_left_out, CLASSES)))
        known = [_of_classes(split, group, leave_out=True) for split in (train, validation, test)]
        model = training.trained(section.recipe, recipe, normalization, known[0], known[1], SEED)
        extract = ood.extractor(model)
        subspace = Subspace.fitted(extract(known[0].images[:N_FIT])[0])
        digits, novel = extract(known[2].images), extract(_of_classes(test, group, leave_out=False).images)
        accuracy = float((digits[1].argmax(axis=1) == known[2].labels).mean())
        tables.append(compare(digits, {" ".join(map(str, group)): novel}, subspace).assign(accuracy=accuracy))
    table = pd.concat(tables)
    means = table.groupby("detector")[[*MEASURES]].mean().to_dict("index")
    numbers = {"accuracy_known_classes": table["accuracy"].mean()}
    numbers |= {f"{name}_{measure}": means[name][measure] for name in DETECTORS for measure in MEASURES}
    files.write_csv(METRICS / "novel_classes.csv", table)
    files.write_json(METRICS / "novel_classes.json", numbers)
    best = max(DETECTORS, key=lambda name: means[name]["auroc"])
    print(f"{best} separates novel classes best: AUROC {means[best]['auroc']:.4f}")


def _of_classes(split: LabeledImages, classes: list[int], leave_out: bool) -> LabeledImages:
    mask = np.isin(split.labels, classes, invert=leave_out)
    return LabeledImages(split.images[mask], split.labels[mask])


if __name__ == "__main__":
    run_stage(__doc__, evaluate)
