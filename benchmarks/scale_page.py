"""Write docs/scale.md and its plot from the table that benchmarks/scale.py measured.

Extrapolates from it what ten thousand times MNIST would take.
"""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from benchmarks.training import processor
from digits.core import artifacts
from digits.figures import plots, tables

PAGE, PLOT = Path("docs/scale.md"), Path("docs/scale.png")
LARGEST = 10_000  # times MNIST, by extrapolation


def write(table: pd.DataFrame, steps: int) -> None:
    """`table` has a row for each size and stage; `steps` is the number of training steps."""
    draw(table)
    artifacts.write_text(PAGE, page(table, steps))


def draw(table: pd.DataFrame) -> None:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, column, title in zip(
        figure.subplots(1, 2), ("microseconds", "held"), ("microseconds an example", "MiB allocated"), strict=True
    ):
        for color, (stage, rows) in zip(plots.SERIES_COLORS, table.groupby("stage", sort=False), strict=False):
            axes.plot(rows["factor"], rows[column], marker="o", color=color, label=stage)
        axes.set(xscale="log", yscale="log", xlabel="times MNIST", title=title)
        axes.grid(alpha=0.25, which="both")
    figure.axes[0].legend(frameon=False)
    plots.save_png(figure, PLOT)


def page(table: pd.DataFrame, steps: int) -> str:
    first = table[table["factor"] == 1].set_index("stage")["microseconds"]
    text = pd.DataFrame(
        {
            "times MNIST": table["factor"].map("{:,}".format),
            "stage": table["stage"],
            "examples": table["examples"].map("{:,}".format),
            "seconds": table["seconds"].map("{:.1f}".format),
            "µs per example": table["microseconds"].map("{:.1f}".format),
            "relative to 1x": (table["microseconds"] / table["stage"].map(first)).map("{:.2f}".format),
            "MiB allocated": table["held"].map("{:,.0f}".format),
            "MiB resident, with mapped files": table["resident"].map("{:,.0f}".format),
        }
    )
    factor = table["factor"].max()
    largest = table[table["factor"] == factor].set_index("stage")
    hours = largest["microseconds"] / 3.6e9 * LARGEST * pd.Series({"preprocess": 70e3, "train": 54e3, "evaluate": 10e3})
    return TEXT.format(
        table=tables.markdown(text),
        processor=processor(),
        steps=steps,
        plot=PLOT.name,
        extrapolated=LARGEST,
        images=LARGEST * 70_000 / 1e6,
        gigabytes=LARGEST * 70_000 * 784 / 1e9,
        held=largest["held"],
        hours=hours,
        largest=factor,
    )


TEXT = """# What larger data costs

{table}
![time and memory by size]({plot})

{processor}; `make scale` measures again. Ten and a hundred times MNIST are MNIST repeated with small changes
(benchmarks/scaled_data.py). `train` is one training of `cnn`: the time per example is that of a step, measured over the
last three quarters of {steps} steps; its seconds include imports, tracing and shuffling. The other two are the real
stages from start to end.

Arrays are memory-mapped files, and stages go through them in chunks. A training keeps up to 1 GiB of images in memory
and reads each batch of a larger set from the file; it shuffles positions, not images. The studies `labels` and `ood`
copy the images that they train on: they are not made for this size and not measured here.

## {extrapolated:,} times, extrapolated

{images:,.0f} million images are {gigabytes:,.0f} GB. With the time per example of the largest size measured, on the
same machine, preprocess takes {hours[preprocess]:,.0f} hours, an epoch of `cnn` {hours[train]:,.0f} and evaluate
{hours[evaluate]:,.0f}. What would have to change:

- Data: shards instead of one file per array, each preprocessed by its own task on any machine.
- Leak check: it keeps the digest of every test image in memory; sorted digests, merged shard by shard, need less.
- Training: it keeps all one-hot labels and all shuffled positions in memory ({held[train]:,.0f} MiB at {largest}
  times); shuffle the shards and then the images of a few shards, each with its labels.
- Evaluation: it keeps all probabilities and image names in memory ({held[evaluate]:,.0f} MiB at {largest} times);
  add up counts shard by shard.
- Reading: images are read one by one at random positions, which is slow in an object store; read shards in order.
- One training would have to span machines, which Keras 3 on TensorFlow cannot do (docs/sweeps.md).
"""
