"""Time every recipe and the code of the tutorials side by side, and write docs/bench.md.

    python -m benchmarks.training                      three rounds of everything: about an hour
    python -m benchmarks.training --rounds 1 fast cnn  some of them, printed only

Each training is a process of its own. A round runs them all one after the other, so that a machine whose speed drifts
slows all alike. The page shows medians, and ratios first, since drift changes them least.
"""

import argparse
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks import measuring, steps
from benchmarks.training_worker import TUTORIAL
from benchmarks.watch import TARGET
from digits.config.params import load_params
from digits.core import artifacts, cli
from digits.core.errors import UserError
from digits.experiments import plans
from digits.figures import tables

PAGE = Path("docs/bench.md")
PLAN = Path("plans/seeds.yaml")
REFERENCE = "cnn"
VARIANT = "fast-once"  # of plans/seeds.yaml, timed beside the recipes
SCALED, COPIES = "best", (1, 10)  # the recipe that is also trained on more data, and how much more
MEMORY = "peak MiB"
PARTS = ["import and load", "first steps", "data pipeline", "100 steps", "epoch", "fit", "fit to target", "evaluation"]


def main(names: list[str], rounds: int) -> str:
    everything = [*load_params().recipes, VARIANT, TUTORIAL]
    if unknown := [name for name in names if name not in everything]:
        raise UserError(f"there is no {', '.join(unknown)}; there are {', '.join(everything)}")
    measured, stepped, scaled = [], [], []
    for number in range(1, rounds + 1):
        print(f"bench: round {number} of {rounds}", flush=True)
        measured += [{"name": name, **time_alone(*words(name))} for name in names or everything]
        if not names:
            stepped += steps.measure()
            scaled += [{"copies": it, **time_alone(SCALED, "--epochs", "1", "--copies", str(it))} for it in COPIES]
            text = page(*map(pd.DataFrame, (measured, stepped, scaled)), number)
            artifacts.write_text(PAGE, text)  # after each round, so that an interrupted run leaves what it has
    print("\n".join(table(it) for it in ratios_and_medians(pd.DataFrame(measured)) if len(it)))
    return "not written: not all were timed" if names else f"written to {PAGE}"


def words(name: str) -> list[str]:
    """The arguments of the worker for a recipe, VARIANT or TUTORIAL."""
    if name != VARIANT:
        return [name]
    (group,) = (it for it in plans.load(PLAN).groups.values() if VARIANT in it.variants)
    return [*group.recipes, *group.variants[VARIANT]]


def time_alone(*words: str) -> dict[str, float]:
    """The seconds of the PARTS of one training in a fresh process, and its peak MEMORY."""
    found = measuring.run(["-m", "benchmarks.training_worker", *words])
    return {MEMORY: found["resident"], **found}


def page(measured: pd.DataFrame, stepped: pd.DataFrame, scaled: pd.DataFrame, rounds: int) -> str:
    ratios, medians = ratios_and_medians(measured)
    return measuring.fill(
        PAGE.name,
        made=f"Medians of {rounds} rounds" if rounds > 1 else "One measurement of each",
        ratios=table(ratios),
        seconds=table(medians),
        steps=steps.table(stepped),
        scaled=table(scaling(scaled)),
        target=TARGET,
    )


def ratios_and_medians(measured: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By name: how many times as fast as REFERENCE each part is, empty if that was not timed; the median of each."""
    medians = measured.groupby("name", sort=False)[[it for it in [*PARTS, MEMORY] if it in measured]].median()
    seconds = medians.drop(columns=MEMORY)
    return (seconds.loc[REFERENCE] / seconds if REFERENCE in seconds.index else seconds[:0]), medians


def scaling(scaled: pd.DataFrame) -> pd.DataFrame:
    """By copies of the data: seconds of the epoch after its first steps, and time per image relative to one copy."""
    scaled = scaled.assign(**{"after first steps": scaled["epoch"] - scaled["first steps"]})
    medians = scaled.groupby("copies")[["after first steps", MEMORY]].median()
    per_image = medians["after first steps"] / medians.index
    return medians.assign(**{"time per image": per_image / per_image.iloc[0]})


def table(values: pd.DataFrame) -> str:
    text = values.map(lambda value: "-" if pd.isna(value) else f"{value:.2f}" if value < 100 else f"{value:.0f}")
    return tables.markdown(text.reset_index().astype(str))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="recipe")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    cli.execute("bench", partial(main, arguments.names, arguments.rounds))
