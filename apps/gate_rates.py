"""Measure how often the gate alarms for nothing, and how surely it sees a loss; write docs/gate-rates.md.

    python -m apps.gate_rates              200 seeds of mlp, one epoch each: about ten minutes
    python -m apps.gate_rates --seeds 20   fewer, printed only

Each seed is compared with the next, the last with the first. The images are those of the validation set, so that the
test set has no part in it. A loss is made by misreading images at random that were read rightly.
"""

import argparse
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from digits import alarms, artifacts, command, datasets, params, paths, results
from digits.gate_params import Gate
from digits.pinning import pin
from digits.recipes import Recipe
from digits.snapshot import Results
from digits.splits import Normalisation

PAGE = Path("docs/gate-rates.md")
SEEDS = 200
RECIPE = "mlp"


def main(count: int) -> str:
    knobs = params.load()
    recipe = knobs.recipes.mlp.model_copy(update={"epochs": 1})
    validation = datasets.load(paths.PROCESSED / "validation")
    seeds = train(recipe, validation, count)
    names = datasets.image_names(validation.images)
    measured = [alarms.measure(validation.labels, names, it, knobs.evaluate) for it in seeds]
    drops = {name: drop for name, drop in knobs.gate.allowed_drops.items() if name in measured[0].measures}
    # Limits are of trainings that are finished.
    section = knobs.gate.model_copy(update={"limits": {}, "allowed_drops": drops})
    rates = alarms.false_alarms(measured, section)
    seen = alarms.power(validation.labels, names, seeds, section, knobs.evaluate)
    text = page(rates, seen, measured, section)
    print(text)
    if count != SEEDS:
        return "not written: not all were trained"
    artifacts.write_text(PAGE, text)
    return f"written to {PAGE}"


def train(recipe: Recipe, validation: datasets.Split, count: int) -> list[np.ndarray]:
    """What each of `count` trainings gives for the validation images, (n, 10) each."""
    split = datasets.load(paths.PROCESSED / "train")
    normalisation = Normalisation(**artifacts.read_json(paths.NORMALISATION))
    pin(0)
    import keras

    from digits import inference, models, training  # they import TensorFlow, which must find the pins set

    found = []
    for seed in range(count):
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        model = models.build(RECIPE, recipe, normalisation)
        with tempfile.TemporaryDirectory() as logs:
            training.fit(model, recipe, split, validation, seed, Path(logs))
        found.append(inference.predict(model, validation.images))
    return found


def page(rates: pd.DataFrame, seen: pd.DataFrame, measured: list[Results], section: Gate) -> str:
    accuracies = [it.measures["accuracy"] for it in measured]
    shown = pd.DataFrame(
        {
            "compared": rates["compared"],
            "comparisons": rates["alarms"].map(len).map("{:,}".format),
            "alarms": rates["alarms"].map(sum).map("{:,}".format),
            "rate": rates["alarms"].map(np.mean).map("{:.1%}".format),
        }
    )
    losses = pd.DataFrame(
        {
            "loss in points": seen["loss"].map(lambda loss: f"{loss * 100:.1f}"),
            "alarms, nothing else changed": seen["same"].map("{:.1%}".format),
            "alarms, another seed as well": seen["other"].map("{:.1%}".format),
        }
    )
    return PAGE_TEXT.format(
        seeds=len(measured),
        images=measured[0].measures["images"],
        mean=np.mean(accuracies),
        deviation=np.std(accuracies, ddof=1),
        level=section.level,
        asymmetry=alarms.asymmetry(measured),
        used=section.seed_asymmetry,
        alarms=results.markdown(shown),
        losses=results.markdown(losses),
    )


PAGE_TEXT = """\
# How often the gate is wrong, measured

`make gate-rates` measures it anew: {seeds} seeds of `mlp`, one epoch each, read the {images:,} validation images at
{mean:.2%} ± {deviation:.2%}. Only the seed differs between them, so every alarm is a false one.

Two seeds are not equally good: the chance that an answer that differs between them is right in the first only has a
standard deviation of {asymmetry:.3f} around one half. The gate allows for {used:g}, `gate.seed_asymmetry`. McNemar's
test alone takes them for equals and alarms too often.

## False alarms, at a level of {level:g}

{alarms}
## Losses seen

So many images, drawn at random among those that were read rightly, are misread:

{losses}"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    command.run("gate-rates", partial(main, parser.parse_args().seeds))
