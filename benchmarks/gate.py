"""Measure the gate's false alarms and its power, on the committed seeds of each recipe.

    python -m benchmarks.gate

Two seeds of a recipe differ by chance alone, so every alarm between them is false. *Own* is McNemar's test with the
recipe's own overdispersion: how much more the flips between its seeds vary than the plain test assumes. The second
table has the share of pairs in which a loss on top of another seed is detected, with the gate's overdispersion.
"""

import argparse
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd

from digits import files, rendering
from digits.config import load_params
from digits.gate import rules
from digits.gate.statistics import mcnemar, minimum_detectable_images, seed_overdispersion

ERRORS = Path("metrics/seeds/errors")
IMAGES = 10_000  # test images
LOSSES = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02]  # as shares of all images


def main() -> None:
    gate = rules.load_rules()
    alarms, power = [], []
    for recipe in load_params().recipes:
        if len(paths := sorted(ERRORS.glob(f"{recipe}-[0-9]*.csv"))) > 2:
            flips, overdispersion = count_flips(list(map(files.read_csv, paths))), gate.overdispersion(recipe)
            alarms.append({"recipe": recipe, **false_alarms(flips, gate)})
            rates = {f"{loss:.1%}": f"{detected(flips, loss, gate.alpha, overdispersion):.0%}" for loss in LOSSES}
            power.append({"recipe": recipe, **rates})
    print(rendering.markdown(pd.DataFrame(alarms)), rendering.markdown(pd.DataFrame(power)), sep="\n")


def count_flips(errors: list[pd.DataFrame]) -> np.ndarray:
    """The numbers of negative and positive flips of each ordered pair of trainings, (pairs, 2), by misread images."""
    misread = []
    for table in errors:
        copies = table.groupby(["image", "actual"]).cumcount()  # equal images are counted apart
        misread.append(set(zip(table["image"], table["actual"], copies, strict=True)))
    return np.array([(len(after - before), len(before - after)) for before, after in permutations(misread, 2)])


def false_alarms(flips: np.ndarray, gate: rules.Rules) -> dict[str, str]:
    """The alarms among `flips` (pairs, 2), and the least loss that is detected with the gate's power, as text."""
    own, default = seed_overdispersion(*flips.T), gate.seed_overdispersion["default"]
    typical = int(np.rint(flips.sum(axis=1).mean()))

    def rate(overdispersion: float) -> str:
        return f"{np.mean([mcnemar(*pair, overdispersion) <= gate.alpha for pair in flips.tolist()]):.1%}"

    def drop(overdispersion: float) -> str:
        return f"{minimum_detectable_images(typical, gate.alpha, gate.power, overdispersion)} images"

    return {
        "pairs": str(len(flips)),
        "flips": str(typical),
        "overdispersion": f"{own:.3f}",
        "alarms, plain McNemar": rate(0.0),
        "alarms, own": rate(own),
        "min. detectable, own": drop(own),
        f"min. detectable, {default:g}": drop(default),
    }


def detected(flips: np.ndarray, loss: float, alpha: float, overdispersion: float) -> float:
    """The share of pairs in which McNemar's test detects a `loss`: that share of IMAGES, drawn from those that the
    later training reads correctly, is misread as well. Some of them were positive flips."""
    rng, added, alarms = np.random.default_rng(0), round(loss * IMAGES), []
    for negative, positive in flips.tolist():
        undone = rng.hypergeometric(positive, IMAGES - negative - positive, added)
        alarms.append(mcnemar(negative + added - undone, positive - undone, overdispersion) <= alpha)
    return float(np.mean(alarms))


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    files.execute("bench", main)
