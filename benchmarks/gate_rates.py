"""Measure how often the gate alarms for nothing and how often it detects a loss; write docs/gate-rates.md.

    python -m benchmarks.gate_rates              200 seeds of mlp, one epoch each: about ten minutes
    python -m benchmarks.gate_rates --seeds 20   fewer, printed only

Each seed is compared with the next, the last with the first. The images are those of the validation set, so that the
test set has no part in it. A loss is made by changing correct predictions, chosen at random, to wrong ones.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import gate_power, measuring
from benchmarks.gate_power import RECIPE
from digits.config.params import load_params
from digits.core import artifacts, cli, paths
from digits.core.determinism import pin_tensorflow
from digits.data import datasets
from digits.data.splits import Normalization
from digits.figures import tables
from digits.gate import statistics
from digits.gate.rules import Rules, load_rules
from digits.versions.run_results import Results

PAGE = Path("docs/gate-rates.md")
SEEDS = 200


def main(count: int) -> str:
    evaluate = load_params().evaluate
    validation = datasets.load(paths.PROCESSED / "validation")
    seeds = train(validation, count)
    names = datasets.image_names(validation.images)
    measured = [gate_power.measure(validation.labels, names, it, evaluate) for it in seeds]
    rules = load_rules()
    tolerances = {name: value for name, value in rules.tolerances.items() if name in measured[0].measures}
    rules = rules.model_copy(update={"limits": {}, "tolerances": tolerances})  # limits are for whole trainings
    power = gate_power.power(validation.labels, names, seeds, rules, evaluate)
    text = page(gate_power.false_alarms(measured, rules), power, measured, rules)
    print(text)
    if count != SEEDS:
        return f"not written: {PAGE} is of {SEEDS} seeds"
    artifacts.write_text(PAGE, text)
    return f"written to {PAGE}"


def train(validation: datasets.LabeledImages, count: int) -> list[np.ndarray]:
    """The probabilities (n, 10) of the validation images by each of `count` trainings of one epoch."""
    recipe = load_params().recipes[RECIPE].model_copy(update={"epochs": 1})
    split = datasets.load(paths.PROCESSED / "train")
    normalization = Normalization(**artifacts.read_json(paths.NORMALIZATION))
    pin_tensorflow(0)
    import keras

    from digits.models import inference  # imports TensorFlow: the pins come first
    from digits.training import loop

    found = []
    for seed in range(count):
        keras.backend.clear_session()
        model = loop.trained(RECIPE, recipe, normalization, split, validation, seed)
        found.append(inference.predict(model, validation.images))
    return found


def page(rates: pd.DataFrame, power: pd.DataFrame, measured: list[Results], rules: Rules) -> str:
    accuracies = [it.measures["accuracy"] for it in measured]
    losses = tables.as_text(power.assign(loss=power["loss"].map(lambda loss: f"{loss * 100:.1f}")), 1)
    losses.columns = ["loss in points", "detected, same seed", "detected, another seed"]
    return measuring.fill(
        PAGE.name,
        seeds=len(measured),
        images=measured[0].measures["images"],
        mean=np.mean(accuracies),
        deviation=np.std(accuracies, ddof=1),
        alpha=rules.alpha,
        overdispersion=statistics.seed_overdispersion(*gate_power.flips([it.errors for it in measured]).T),
        used=rules.overdispersion(RECIPE),
        alarms=tables.markdown(tables.as_text(rates, 1)),
        losses=tables.markdown(losses),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    cli.execute("gate-rates", partial(main, parser.parse_args().seeds))
