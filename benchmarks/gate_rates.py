"""Measure how often the gate alarms for nothing and how often it detects a loss; write docs/gate-rates.md.

    python -m benchmarks.gate_rates              200 seeds of mlp, one epoch each: about ten minutes
    python -m benchmarks.gate_rates --seeds 20   fewer, printed only

Each seed is compared with the next, the last with the first. The images are those of the validation set, so that the
test set has no part in it. A loss is made by changing correct predictions, chosen at random, to wrong ones.
"""

import argparse
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import gate_power
from digits.config.params import load_params
from digits.config.recipes import Recipe
from digits.core import artifacts, cli, paths
from digits.core.determinism import pin_tensorflow
from digits.data import datasets
from digits.data.splits import Normalization
from digits.figures import tables
from digits.gate.rules import Rules, load_rules
from digits.gate.run_results import Results

PAGE = Path("docs/gate-rates.md")
SEEDS = 200
RECIPE = "mlp"


def main(count: int) -> str:
    params = load_params()
    recipe = params.recipes[RECIPE].model_copy(update={"epochs": 1})
    validation = datasets.load(paths.PROCESSED / "validation")
    seeds = train(recipe, validation, count)
    names = datasets.image_names(validation.images)
    measured = [gate_power.measure(validation.labels, names, it, params.evaluate) for it in seeds]
    rules = load_rules()
    tolerances = {name: value for name, value in rules.tolerances.items() if name in measured[0].measures}
    rules = rules.model_copy(update={"limits": {}, "tolerances": tolerances})  # limits are for whole trainings
    rates = gate_power.false_alarms(measured, rules)
    power = gate_power.power(validation.labels, names, seeds, rules, params.evaluate)
    text = page(rates, power, measured, rules)
    print(text)
    if count != SEEDS:
        return f"not written: {PAGE} is of {SEEDS} seeds"
    artifacts.write_text(PAGE, text)
    return f"written to {PAGE}"


def train(recipe: Recipe, validation: datasets.LabeledImages, count: int) -> list[np.ndarray]:
    """The probabilities (n, 10) of the validation images by each of `count` trainings."""
    split = datasets.load(paths.PROCESSED / "train")
    normalization = Normalization(**artifacts.read_json(paths.NORMALIZATION))
    pin_tensorflow(0)
    import keras

    from digits import architectures  # imports TensorFlow: the pins come first
    from digits.models import inference
    from digits.training import loop

    found = []
    for seed in range(count):
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        model = architectures.build(RECIPE, recipe, normalization)
        with tempfile.TemporaryDirectory() as logs:
            loop.fit(model, recipe, split, validation, seed, Path(logs))
        found.append(inference.predict(model, validation.images))
    return found


def page(rates: pd.DataFrame, power: pd.DataFrame, measured: list[Results], rules: Rules) -> str:
    accuracies = [it.measures["accuracy"] for it in measured]
    alarms = pd.DataFrame(
        {
            "compared": rates["compared"],
            "comparisons": rates["alarms"].map(len).map("{:,}".format),
            "alarms": rates["alarms"].map(sum).map("{:,}".format),
            "rate": rates["alarms"].map(np.mean).map("{:.1%}".format),
        }
    )
    losses = pd.DataFrame(
        {
            "loss in points": power["loss"].map(lambda loss: f"{loss * 100:.1f}"),
            "detected, same seed": power["same"].map("{:.1%}".format),
            "detected, another seed": power["other"].map("{:.1%}".format),
        }
    )
    return PAGE_TEXT.format(
        seeds=len(measured),
        images=measured[0].measures["images"],
        mean=np.mean(accuracies),
        deviation=np.std(accuracies, ddof=1),
        alpha=rules.alpha,
        overdispersion=gate_power.overdispersion(measured),
        used=rules.seed_overdispersion,
        alarms=tables.markdown(alarms),
        losses=tables.markdown(losses),
    )


PAGE_TEXT = """\
# Error rates of the gate, measured

`make gate-rates` measures them: {seeds} seeds of `mlp`, one epoch each, reach {mean:.2%} ± {deviation:.2%} accuracy on
the {images:,} validation images. Only the seed differs between them, so every alarm is a false one.

Two seeds are not equally good: the probability that a flip between them is negative has a standard deviation of
{overdispersion:.3f} around one half. The gate allows for {used:g}, `gate.seed_overdispersion`.
McNemar's test without it takes all seeds for equally good and alarms too often.

## False alarms, at alpha = {alpha:g}

{alarms}
## Power

Each loss is made by changing correct predictions, chosen at random, to wrong ones:

{losses}"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    cli.execute("gate-rates", partial(main, parser.parse_args().seeds))
