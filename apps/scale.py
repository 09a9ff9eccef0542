"""Measure what the stages cost with 1, 10 and 100 times MNIST, and write docs/scale.md.

A hundred times take 10 GB of disk for a while. Every stage runs as a process of its own. The memory that counts is what
it holds itself: pages of files that are only mapped are the system's, which takes them back when it needs them.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from apps import demo
from apps.bench import processor
from digits import artifacts, command, datasets, figures, params, paths, results, scaled

PAGE, TABLE, PLOT = Path("docs/scale.md"), Path("docs/scale.csv"), Path("docs/scale.png")
FACTORS = (1, 10, 100)
CELL = paths.Cell("cnn", 0)
STEPS = 400  # of the training, timed from the first quarter of them on
SEED = 0
PAPER = 10_000  # times MNIST, for which the costs are only reckoned
POLL = 0.05  # seconds between two looks at a process


def main() -> str:
    official = {folder.name: datasets.load(folder) for folder in sorted(paths.RAW.iterdir())}
    rows = []
    for factor in FACTORS:
        with tempfile.TemporaryDirectory(prefix="digits-scale-") as folder:
            rows += of_factor(factor, official, Path(folder))
    table = pd.DataFrame(rows)
    artifacts.write_csv(TABLE, table)
    draw(table)
    artifacts.write_text(PAGE, page(table))
    return f"written to {PAGE}"


def of_factor(factor: int, official: dict[str, datasets.Split], folder: Path) -> list[dict[str, float]]:
    """What each stage costs with `factor` times the `official` sets, run in `folder`."""
    demo.copy_sources(folder)
    for seed, (name, split) in enumerate(official.items()):
        scaled.write(folder / paths.RAW / name, split, factor, seed)
    images = factor * sum(len(split.labels) for split in official.values())
    (folder / CELL.model).parent.mkdir()
    (folder / CELL.model).write_bytes(CELL.model.read_bytes())
    evaluated = artifacts.read_json(CELL.scores)["images"]
    batch = getattr(params.load().recipes, CELL.recipe).batch_size
    rows = []
    for stage, words, examples in (
        ("preprocess", ["-m", "stages.preprocess"], images),
        ("train", ["-m", "apps.scale_worker", CELL.recipe, str(STEPS)], STEPS * batch),
        ("evaluate", ["-m", "stages.evaluate", CELL.recipe, str(CELL.seed)], factor * evaluated),
    ):
        found = measured(words, folder)
        print(f"scale: {factor}x, {stage}: {found['seconds']:.1f} s, {found['held']:.0f} MiB", flush=True)
        each = found.pop("each", found["seconds"] / examples)
        rows.append({"factor": factor, "stage": stage, "examples": examples, **found, "microseconds": 1e6 * each})
    return rows


def measured(words: list[str], folder: Path) -> dict[str, float]:
    """How long a process runs and how many MiB it holds and has resident at most; and `each`, the seconds for an
    example, where it tells them itself."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([sys.executable, *words], cwd=folder, stdout=said, stderr=subprocess.STDOUT)
        held = resident = 0.0
        while process.poll() is None:
            now = memory(process.pid)
            held, resident = max(held, now.get("RssAnon", 0)), max(resident, now.get("VmHWM", 0))
            time.sleep(POLL)
        said.seek(0)
        last = (said.read().strip().splitlines() or [""])[-1]
    if process.returncode:
        raise OSError(f"{' '.join(words)} failed: {last}")
    own = json.loads(last) if last.startswith("{") else {}
    return {"seconds": time.perf_counter() - start, "held": held, "resident": resident, **own}


def memory(process: int) -> dict[str, float]:
    """What Linux tells of the memory of `process`, in MiB; nothing once it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: int(value.split()[0]) / 1024 for name, value in (it.split(":") for it in lines) if " kB" in value}


def draw(table: pd.DataFrame) -> None:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, column, title in zip(
        figure.subplots(1, 2), ("microseconds", "held"), ("microseconds an example", "MiB held"), strict=True
    ):
        for colour, (stage, rows) in zip(figures.RECIPE_COLOURS, table.groupby("stage", sort=False), strict=False):
            axes.plot(rows["factor"], rows[column], marker="o", color=colour, label=stage)
        axes.set(xscale="log", yscale="log", xlabel="times MNIST", title=title)
        axes.grid(alpha=0.25, which="both")
    figure.axes[0].legend(frameon=False)
    figures.save_png(figure, PLOT)


def page(table: pd.DataFrame) -> str:
    first = table[table["factor"] == 1].set_index("stage")["microseconds"]
    text = pd.DataFrame(
        {
            "times MNIST": table["factor"].map("{:,}".format),
            "stage": table["stage"],
            "examples": table["examples"].map("{:,}".format),
            "seconds": table["seconds"].map("{:.1f}".format),
            "µs an example": table["microseconds"].map("{:.1f}".format),
            "of that at 1x": (table["microseconds"] / table["stage"].map(first)).map("{:.2f}".format),
            "MiB held": table["held"].map("{:,.0f}".format),
            "MiB resident, with mapped files": table["resident"].map("{:,.0f}".format),
        }
    )
    largest = table[table["factor"] == max(FACTORS)].set_index("stage")
    hours = largest["microseconds"] / 3.6e9 * PAPER * pd.Series({"preprocess": 70e3, "train": 54e3, "evaluate": 10e3})
    return TEXT.format(
        table=results.markdown(text),
        processor=processor(),
        steps=STEPS,
        plot=PLOT.name,
        paper=PAPER,
        images=PAPER * 70_000 / 1e6,
        gigabytes=PAPER * 70_000 * 784 / 1e9,
        held=largest["held"],
        hours=hours,
        largest=max(FACTORS),
    )


TEXT = """# What size costs

{table}
![time and memory by size]({plot})

{processor}; written by `python -m apps.scale`. Ten and a hundred times MNIST are perturbed repeats of it
(`digits/scaled.py`). train is `cnn`, the time of a step from the first quarter of {steps} on; its seconds hold the
import, the trace and the shuffling of all positions. The other two are the real stages from start to end.

Arrays are mapped files. A stage goes through them in portions; training holds up to 1 GiB of images in memory and reads
each batch of more from the file. What is shuffled are positions. Not measured here, and not made for this size: the
stages `audit_labels` and `hold_out`, which copy the parts of train that they train on.

## {paper:,} times, on paper

{images:,.0f} million images, {gigabytes:,.0f} GB. By the microseconds at the largest size measured, on the same
machine, preprocess takes {hours[preprocess]:,.0f} hours, an epoch of `cnn` {hours[train]:,.0f}, evaluate
{hours[evaluate]:,.0f}. What would have to change:

- one file an array becomes shards, each preprocessed by a task of its own: hours then divide by machines;
- the check for leaks holds the digest of every test image: sorted lists of digests, merged shard by shard, instead;
- training holds every label, one-hot, and the shuffle every position ({held[train]:,.0f} MiB at {largest}
  times): labels lie with their images, shards are shuffled, then the images of a few shards;
- evaluating hands over the test set as one array ({held[evaluate]:,.0f} MiB) and lists every name: one shard at a time,
  counts added up;
- images are read one by one from where they lie, which is quick on a disk and slow in an object store: shards are read
  from their beginning to their end;
- one training would have to span machines, which Keras 3 on TensorFlow does not do (docs/sweeps.md).
"""

if __name__ == "__main__":
    command.run("scale", main)
