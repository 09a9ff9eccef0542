"""Time every recipe and the tutorials' own code side by side, and write docs/bench.md.

    python -m apps.bench                      three rounds of everything: about three quarters of an hour
    python -m apps.bench --rounds 1 fast cnn  fewer of them, printed only

Each training is a process of its own; one round runs them all, one after the other, so that a machine whose speed
drifts slows all alike. Medians are shown; ratios, which survive the drift best, come first.
"""

import argparse
import json
import platform
import subprocess
import sys
from functools import partial
from pathlib import Path

import pandas as pd

from apps.bench_worker import TARGET, TUTORIAL
from digits import artifacts, command, params, paths, results

PAGE = Path("docs/bench.md")
MEASURED = paths.LOGS / "bench.csv"  # every timing, tracked by nobody
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
    everything = [*params.load().recipes.model_dump(), TUTORIAL]
    unknown = set(names) - set(everything)
    if unknown:
        raise ValueError(f"there is no {', '.join(unknown)}; there are {', '.join(everything)}")
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
    worker = [sys.executable, "-m", "apps.bench_worker", name, "--copies", str(copies)]
    worker += ["--epochs", str(epochs)] if epochs else []
    done = subprocess.run(worker, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"{name} failed: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def page(measured: pd.DataFrame, scaled: pd.DataFrame, rounds: int) -> str:
    """Ratios to the textbook net first, then seconds, in Markdown."""
    seconds = measured.groupby("name", sort=False)[[part for part in PARTS if part in measured]].median()
    made = f"{processor()}, medians of {rounds} round{'s' * (rounds > 1)}, interleaved; `make bench` measures anew."
    sections = [f"# What it costs\n\n{made}\n"]
    if REFERENCE in seconds.index:
        times = seconds.loc[REFERENCE].drop(MEMORY) / seconds.drop(columns=MEMORY)
        sections.append(f"## How many times as fast as {REFERENCE}\n\n{table(times)}")
    sections.append(f"## Seconds\n\n{table(seconds)}\n{NOTE.format(target=TARGET)}")
    if len(scaled):
        sections.append(f"## One epoch of {LARGEST} on more data\n\n{table(scaling(scaled))}")
    return "\n".join(sections)


def scaling(scaled: pd.DataFrame) -> pd.DataFrame:
    """Seconds of an epoch less its first steps, by copies of the data, and what an image costs against one copy."""
    scaled = scaled.assign(epoch=scaled["epoch"] - scaled["first steps"])
    medians = scaled.groupby("copies")[["epoch", MEMORY]].median()
    an_image = medians["epoch"] / medians.index
    return medians.assign(**{"cost of an image": an_image / an_image.iloc[0]})


def table(values: pd.DataFrame) -> str:
    text = values.map(lambda value: "-" if pd.isna(value) else f"{value:.2f}" if value < 100 else f"{value:.0f}")
    return results.markdown(text.reset_index().astype(str))


def processor() -> str:
    """The processor's name and how many of its cores this process may use."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor() or platform.machine()


NOTE = """\
- import and load: from the start of the process to the data in memory
- first steps: from the call of `fit` to its first eight steps (the tutorial's: one), which holds the trace
- data pipeline: all training batches of one epoch, made and thrown away
- 100 steps: of the last epoch
- epoch: the median of all but the first, with its validation
- fit: the whole training as params.yaml has it; to target: until {target:.0%} of the validation images are read
- evaluation: 6,000 images
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="recipe")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    command.run("bench", partial(main, arguments.names, arguments.rounds))
