"""Measure how much more the flips between two seeds of a recipe vary than McNemar's test assumes.

    python -m benchmarks.seed_overdispersion

Reads the committed errors of the seeds in metrics/seeds/ and prints the table of docs/gate.md. For each recipe that was
trained from several seeds: the overdispersion, the false alarms among all ordered pairs of seeds with and without it,
and the minimum detectable drop with it and with the default of gate.seed_overdispersion.
"""

import numpy as np
import pandas as pd

from benchmarks import gate_power
from digits.config.params import load_params
from digits.core import artifacts, cli
from digits.experiments import seeds
from digits.figures import tables
from digits.gate import rules, statistics


def main() -> str:
    gate, recipes = rules.load_rules(), load_params().recipes
    found = [
        row(str(name), [artifacts.read_csv(seeds.errors(str(name), seed)) for seed in trained["seed"]], gate)
        for name, trained in seeds.measured().groupby("name", sort=False)
        if name in recipes and len(trained) > 2
    ]
    print(tables.markdown(pd.DataFrame(found)))
    return f"{len(found)} recipes"


def row(name: str, errors: list[pd.DataFrame], gate: rules.Rules) -> dict[str, str]:
    """`errors` are the misread images of each seed."""
    flips = gate_power.flips(errors)
    own, default = statistics.seed_overdispersion(*flips.T), gate.seed_overdispersion["default"]
    typical = int(np.rint(flips.sum(axis=1).mean()))

    def alarms(overdispersion: float) -> str:
        return f"{np.mean([statistics.mcnemar(*pair, overdispersion) <= gate.alpha for pair in flips.tolist()]):.1%}"

    def drop(overdispersion: float) -> str:
        return f"{statistics.minimum_detectable_images(typical, gate.alpha, gate.power, overdispersion)} images"

    return {
        "recipe": name,
        "seeds": str(len(errors)),
        "flips": str(typical),
        "overdispersion": f"{own:.3f}",
        "alarms, plain McNemar": alarms(0.0),
        "alarms, own": alarms(own),
        "min. detectable, own": drop(own),
        f"min. detectable, {default:g}": drop(default),
    }


if __name__ == "__main__":
    cli.execute("seed_overdispersion", main)
