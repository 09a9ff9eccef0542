"""The page and the plot of what size costs, from the table that `apps/scale.py` measured.

Knows how it reads, and reckons from it what ten thousand times would take.
"""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from apps.bench import processor
from digits import artifacts, figures, results

PAGE, PLOT = Path("docs/scale.md"), Path("docs/scale.png")
PAPER = 10_000  # times MNIST, for which the costs are only reckoned


def write(table: pd.DataFrame, steps: int) -> None:
    """`table` has a line for each size and stage; `steps` of a training were timed in it."""
    draw(table)
    artifacts.write_text(PAGE, page(table, steps))


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


def page(table: pd.DataFrame, steps: int) -> str:
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
    factor = table["factor"].max()
    largest = table[table["factor"] == factor].set_index("stage")
    hours = largest["microseconds"] / 3.6e9 * PAPER * pd.Series({"preprocess": 70e3, "train": 54e3, "evaluate": 10e3})
    return TEXT.format(
        table=results.markdown(text),
        processor=processor(),
        steps=steps,
        plot=PLOT.name,
        paper=PAPER,
        images=PAPER * 70_000 / 1e6,
        gigabytes=PAPER * 70_000 * 784 / 1e9,
        held=largest["held"],
        hours=hours,
        largest=factor,
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
- evaluating holds every probability and lists every name ({held[evaluate]:,.0f} MiB): one shard at a
  time, counts added up;
- images are read one by one from where they lie, which is quick on a disk and slow in an object store: shards are read
  from their beginning to their end;
- one training would have to span machines, which Keras 3 on TensorFlow does not do (docs/sweeps.md).
"""
