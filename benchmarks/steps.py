"""Time the training steps of the same nets in Keras and, if it is installed, in PyTorch.

    python -m benchmarks.steps              five rounds
    python -m benchmarks.steps --rounds 1

A part of docs/bench.md, which `make bench` writes.
"""

import argparse
from functools import partial
from importlib.util import find_spec

import pandas as pd

from benchmarks import measuring
from digits.config.params import load_params
from digits.core import cli
from digits.figures import tables

RECIPES = ["cnn", "fast", "best", "small"]
STEPS = "400"
COLUMN = "100 steps"
KERAS, AUGMENTED, PYTORCH, HELD_PYTORCH = "Keras", "Keras, with augmentation", "PyTorch", "PyTorch, held to AVX2"
WAYS = {
    KERAS: ["benchmarks.training_worker", "--plain"],
    "Keras, not held to AVX2": ["benchmarks.training_worker", "--plain", "--any-instructions"],
    AUGMENTED: ["benchmarks.training_worker"],
    PYTORCH: ["benchmarks.pytorch_worker"],
    HELD_PYTORCH: ["benchmarks.pytorch_worker", "--avx2"],
}


def measure() -> list[dict[str, object]]:
    """One round: for each recipe and way, the seconds of 100 steps, each in a process of its own."""
    return [
        {"recipe": recipe, "way": way, COLUMN: measuring.run(["-m", module, recipe, "--steps", STEPS, *flags])[COLUMN]}
        for recipe in RECIPES
        for way, (module, *flags) in _ways(recipe).items()
    ]


def _ways(recipe: str) -> dict[str, list[str]]:
    """Those of WAYS that are installed and say something of this recipe."""
    left_out = {PYTORCH, HELD_PYTORCH} if find_spec("torch") is None else set()
    if load_params().recipes[recipe].augmentation is None:
        left_out.add(AUGMENTED)
    return {way: words for way, words in WAYS.items() if way not in left_out}


def table(measured: pd.DataFrame) -> str:
    """By recipe and way: the least and the median seconds, and the median over the rounds of the ratio to KERAS."""
    rounds = measured.groupby(["recipe", "way"]).cumcount()
    seconds = measured.assign(round=rounds).pivot(index=["recipe", "round"], columns="way", values=COLUMN)
    ratios = seconds.div(seconds[KERAS], axis="index")
    rows = [
        {
            "recipe": recipe,
            "way": way,
            "least": f"{seconds.loc[recipe, way].min():.2f}",
            "median": f"{seconds.loc[recipe, way].median():.2f}",
            "ratio to Keras": f"{ratios.loc[recipe, way].median():.2f}",
        }
        for recipe, way in measured[["recipe", "way"]].drop_duplicates().itertuples(index=False)
    ]
    return tables.markdown(pd.DataFrame(rows))


def main(rounds: int) -> str:
    measured = [row for _ in range(rounds) for row in measure()]
    return f"seconds of {COLUMN}, rounds: {rounds}\n\n{table(pd.DataFrame(measured))}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    cli.execute("steps", partial(main, parser.parse_args().rounds))
