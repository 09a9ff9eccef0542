"""Time every recipe and the code of the tutorials side by side, and write docs/bench.md.

    python -m benchmarks.training                      three rounds of everything: about 45 minutes
    python -m benchmarks.training --rounds 1 fast cnn  some of them, printed only

Each training is a process of its own. A round runs them all one after the other, so that a machine whose speed drifts
slows all alike. The page shows medians, and ratios first, since drift changes them least.
"""

import argparse
import json
import platform
import sys
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.training_worker import TARGET, TUTORIAL
from digits.config.params import load_params
from digits.core import artifacts, cli, paths
from digits.core.errors import UserError
from digits.core.processes import call
from digits.figures import tables

PAGE = Path("docs/bench.md")
MEASURED = paths.LOGS / "bench.csv"  # every timing, not in git
REFERENCE = "cnn"
LARGEST = "best"
COPIES = (1, 10)
MEMORY = "peak MiB"
PARTS = [
    "import and load",
    "first steps",
    "data pipeline",
    "100 steps",
    "epoch",
    "fit",
    "fit to target",
    "evaluation",
    MEMORY,
]


def main(names: list[str], rounds: int) -> str:
    everything = [*load_params().recipes, TUTORIAL]
    unknown = [name for name in names if name not in everything]
    if unknown:
        raise UserError(f"there is no {', '.join(unknown)}; there are {', '.join(everything)}")
    measured, scaled, text = [], [], ""
    for number in range(1, rounds + 1):
        print(f"bench: round {number} of {rounds}", flush=True)
        measured += [{"name": name, **time_alone(name)} for name in names or everything]
        if not names:
            scaled += [{"copies": copies, **time_alone(LARGEST, 1, copies)} for copies in COPIES]
        artifacts.write_csv(MEASURED, pd.DataFrame([*measured, *scaled]))
        text = page(pd.DataFrame(measured), pd.DataFrame(scaled), number)
        if not names:
            artifacts.write_text(PAGE, text)  # after each round, so that an interrupted run leaves what it has
    print(text)
    return "not written: not all were timed" if names else f"written to {PAGE}"


def time_alone(name: str, epochs: int | None = None, copies: int = 1) -> dict[str, float | None]:
    """The seconds of the parts of one training in a fresh process, and its peak memory."""
    worker = [sys.executable, "-m", "benchmarks.training_worker", name, "--copies", str(copies)]
    worker += ["--epochs", str(epochs)] if epochs else []
    return json.loads(call(worker).splitlines()[-1])


def page(measured: pd.DataFrame, scaled: pd.DataFrame, rounds: int) -> str:
    """Ratios to `cnn` first, then seconds, in Markdown."""
    seconds = measured.groupby("name", sort=False)[[part for part in PARTS if part in measured]].median()
    made = f"{processor()}, medians of {rounds} round{'s' * (rounds > 1)}, interleaved; `make bench` measures again."
    sections = [f"# What training costs\n\n{made}\n"]
    if REFERENCE in seconds.index:
        times = seconds.loc[REFERENCE].drop(MEMORY) / seconds.drop(columns=MEMORY)
        sections.append(f"## How many times as fast as {REFERENCE}\n\n{table(times)}")
    sections.append(f"## Seconds\n\n{table(seconds)}\n{NOTE.format(target=TARGET)}")
    if len(scaled):
        sections.append(f"## One epoch of {LARGEST} on more data\n\n{table(scaling(scaled))}")
    return "\n".join(sections)


def scaling(scaled: pd.DataFrame) -> pd.DataFrame:
    """By copies of the data: seconds of an epoch without its first steps, and time per image relative to one copy."""
    scaled = scaled.assign(epoch=scaled["epoch"] - scaled["first steps"])
    medians = scaled.groupby("copies")[["epoch", MEMORY]].median()
    per_image = medians["epoch"] / medians.index
    return medians.assign(**{"time per image": per_image / per_image.iloc[0]})


def table(values: pd.DataFrame) -> str:
    text = values.map(lambda value: "-" if pd.isna(value) else f"{value:.2f}" if value < 100 else f"{value:.0f}")
    return tables.markdown(text.reset_index().astype(str))


def processor() -> str:
    """The processor's name and how many of its cores this process may use."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor() or platform.machine()


NOTE = """\
- import and load: from the start of the process to the data in memory
- first steps: from the call of `fit` to the end of its first eight steps (of the tutorial: its first), with the tracing
- data pipeline: all training batches of one epoch, made and not used
- 100 steps: in the last epoch
- epoch: the median of all but the first, with its validation
- fit: the whole training as in params.yaml; fit to target: until the validation accuracy reaches {target:.0%}
- evaluation: predicting the validation images
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="recipe")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    cli.execute("bench", partial(main, arguments.names, arguments.rounds))
