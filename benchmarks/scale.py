"""Measure time and memory of the stages on 1, 10 and 100 times MNIST, and write docs/scale.md.

A hundred times MNIST takes 10 GB of disk while it runs. Each stage runs as a process of its own. The memory that counts
is what the process allocates: the system takes back pages of mapped files when it needs them.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from apps import demo
from benchmarks import scale_page, scaled_data
from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import artifacts, cli, paths
from digits.data import datasets

TABLE = Path("docs/scale.csv")
FACTORS = (1, 10, 100)
RUN = Run("cnn", 0)
STEPS = 400  # of the training, timed from the first quarter of them on
POLL = 0.05  # seconds between two measurements of the memory


def main() -> str:
    official = {folder.name: datasets.load(folder) for folder in sorted(paths.RAW.iterdir())}
    rows = []
    for factor in FACTORS:
        with tempfile.TemporaryDirectory(prefix="digits-scale-") as folder:
            rows += of_factor(factor, official, Path(folder))
    table = pd.DataFrame(rows)
    artifacts.write_csv(TABLE, table)
    scale_page.write(table, STEPS)
    return f"written to {scale_page.PAGE}"


def of_factor(factor: int, official: dict[str, datasets.LabeledImages], folder: Path) -> list[dict[str, float]]:
    """Time and memory of each stage with `factor` times the `official` sets, in `folder`."""
    demo.copy_sources(folder)
    for seed, (name, split) in enumerate(official.items()):
        scaled_data.write(folder / paths.RAW / name, split, factor, seed)
    images = factor * sum(len(split.labels) for split in official.values())
    (folder / RUN.model).parent.mkdir()
    (folder / RUN.model).write_bytes(RUN.model.read_bytes())
    evaluated = artifacts.read_json(RUN.test_metrics)["images"]
    batch = load_params().recipes[RUN.recipe].batch_size
    rows = []
    for stage, words, examples in (
        ("preprocess", ["-m", "stages.preprocess"], images),
        ("train", ["-m", "benchmarks.scale_worker", RUN.recipe, str(STEPS)], STEPS * batch),
        ("evaluate", ["-m", "stages.evaluate", RUN.recipe, str(RUN.seed)], factor * evaluated),
    ):
        found = measured(words, folder)
        print(f"scale: {factor}x, {stage}: {found['seconds']:.1f} s, {found['held']:.0f} MiB", flush=True)
        each = found.pop("each", found["seconds"] / examples)
        rows.append({"factor": factor, "stage": stage, "examples": examples, **found, "microseconds": 1e6 * each})
    return rows


def measured(words: list[str], folder: Path) -> dict[str, float]:
    """The `seconds` that a process runs, and the MiB that it allocates (`held`) and has `resident` at most.

    A process that prints a JSON object on its last line adds that, such as `each`, the seconds per example.
    """
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
    """The memory of `process` by Linux's names, in MiB; empty once it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: int(value.split()[0]) / 1024 for name, value in (it.split(":") for it in lines) if " kB" in value}


if __name__ == "__main__":
    cli.execute("scale", main)
