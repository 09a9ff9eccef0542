"""Time every recipe and the code of the tutorials side by side, and write the table in docs/performance.md.

    python -m benchmarks.training                      three rounds of everything
    python -m benchmarks.training --rounds 1 fast cnn  some of them, printed only
    python -m benchmarks.training --repro COMMIT       `make repro` from nothing, of this commit and of another one

Each training is a process of its own. A round runs them all one after the other, so that a machine whose speed drifts
slows all alike. PyTorch is in no lock: `pip install torch` adds its columns, the time of a step of the same network
with the same optimizer, without augmentation, as a multiple of that of Keras on one thread.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING

started = time.perf_counter()  # before the other imports, which are part of a training's cost

import pandas as pd  # noqa: E402

from benchmarks import page  # noqa: E402
from digits import config, data, files, rendering  # noqa: E402
from digits.config import load_params  # noqa: E402
from digits.data import LabeledImages, Normalization  # noqa: E402
from digits.determinism import pin_tensorflow  # noqa: E402
from digits.files import UserError  # noqa: E402

if TYPE_CHECKING:
    import keras

TUTORIAL, REFERENCE = "tutorial", "cnn"
TARGET = 0.99  # validation accuracy
STEPS = 400  # of the comparison with PyTorch
Seconds = dict[str, float | None]


# PyTorch's columns: threads, the newest instruction set, and how many such processes run at the same time.
PYTORCH = {
    "PyTorch": (1, "", 1),
    "PyTorch, AVX2": (1, "AVX2", 1),
    "PyTorch, 2 threads": (2, "", 1),
    "PyTorch, two at once": (1, "", 2),
}


def main(names: list[str], rounds: int) -> None:
    everything = [*load_params().recipes, TUTORIAL]
    if unknown := [name for name in names if name not in everything]:
        raise UserError(f"there is no {', '.join(unknown)}; there are {', '.join(everything)}")
    rows: list[Seconds] = []
    for number in range(1, rounds + 1):
        print(f"bench: round {number} of {rounds}", flush=True)
        for name in names or everything:
            row = {"name": name, **run_alone("fit", name)}
            if name != TUTORIAL and find_spec("torch"):
                row |= compare_with_pytorch(name)
            rows.append(row)
        text = table(pd.DataFrame(rows))
        if not names:  # after each round, so that an interrupted run leaves what it has
            page.write("training", f"{text}\nRounds: {number}.")
    print(f"{text}not written: not all were timed" if names else f"{text}written to {page.PAGE}")


def compare_with_pytorch(name: str) -> Seconds:
    """The time of PyTorch's steps of recipe `name` as a multiple of ours, in each of the ways of PYTORCH."""
    ours = {times: steps_at_once("keras", name, times) for times in (1, 2)}
    return {
        column: steps_at_once("pytorch", name, times, str(threads), isa) / ours[times]
        for column, (threads, isa, times) in PYTORCH.items()
    }


def steps_at_once(what: str, name: str, times: int, *options: str) -> float:
    """Seconds of 100 steps, as the mean over `times` processes that run at the same time."""
    with ThreadPoolExecutor(times) as pool:
        measured = list(pool.map(lambda _: run_alone(what, name, *options)["100 steps"], range(times)))
    return mean(measured)


def run_alone(what: str, *arguments: str) -> dict[str, float]:
    """What `alone` measures, in a process of its own; UserError with its last line if it fails."""
    command = [sys.executable, "-m", "benchmarks.training", "--alone", what, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode:
        raise UserError(f"{' '.join(command[1:])} failed: {last}")
    return json.loads(last)


def table(measured: pd.DataFrame) -> str:
    """The medians by name, the shortest time of a training, and how many times as fast as REFERENCE it is."""
    medians = measured.groupby("name", sort=False).median()
    medians.insert(list(medians).index("fit") + 1, "fit, minimum", measured.groupby("name", sort=False)["fit"].min())
    if REFERENCE in medians.index:
        medians["times as fast"] = medians.loc[REFERENCE, "fit"] / medians["fit"]
    text = medians.map(lambda value: "-" if pd.isna(value) else f"{value:.2f}" if value < 100 else f"{value:.0f}")
    return rendering.markdown(text.reset_index())


def time_repro(commit: str, rounds: int) -> None:
    """Print the seconds of `make repro` from nothing, of the last commit and of `commit`, in turn."""
    for number in range(1, rounds + 1):
        seconds = {revision: seconds_of_repro(revision) for revision in ("HEAD", commit)}
        print(f"bench: round {number}: {seconds}, ratio {seconds['HEAD'] / seconds[commit]:.3f}", flush=True)


def seconds_of_repro(revision: str) -> float:
    """Of `make repro` in a clone with an empty cache and without results; with this environment and its packages."""
    with tempfile.TemporaryDirectory() as folder:
        for command in (
            ["git", "clone", "--quiet", ".", folder],
            ["git", "-C", folder, "checkout", "--quiet", revision],
            ["git", "-C", folder, "rm", "-r", "--quiet", "dvc.lock"],  # nothing is up to date then
        ):
            run_command(command)
        environment = Path(folder, ".venv")
        environment.symlink_to(Path(".venv").absolute())
        for lock in Path(folder, "requirements").glob("*.txt"):
            os.utime(lock, (0, 0))  # not newer than the environment, which `make` would install again
        start = time.perf_counter()
        run_command(["make", "--no-print-directory", "-C", folder, "repro"])
        return time.perf_counter() - start


def run_command(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise UserError(f"{' '.join(command)} failed:\n{done.stdout}")


def alone(what: str, name: str, threads: str = "1", isa: str = "") -> Seconds:
    """Seconds of the parts of a whole training ("fit"), or of 100 of STEPS plain steps in "keras" or "pytorch".

    PyTorch runs on `threads` and uses no instruction set newer than `isa`, if it is given.
    """
    train, validation = (data.load(config.PROCESSED / part) for part in ("train", "validation"))
    if name == TUTORIAL:
        return time_tutorial(train, validation)
    pin_tensorflow(0)
    from digits import networks, training

    recipe = load_params().recipes[name]
    normalization = Normalization(**files.read_json(config.NORMALIZATION))
    model = networks.build(name, recipe, normalization)
    if what == "pytorch":
        os.environ.pop("ONEDNN_MAX_CPU_ISA")  # TensorFlow has read it
        if isa:
            os.environ |= {"ONEDNN_MAX_CPU_ISA": isa, "ATEN_CPU_CAPABILITY": isa.lower()}
        from benchmarks import pytorch

        net = pytorch.translated(model)
        return {"100 steps": pytorch.seconds_per_100_steps(net, recipe, train, normalization, STEPS, int(threads))}
    if what == "keras":
        recipe = recipe.model_copy(update={"augmentation": None, "drawn_digits": 0})
    watch = Watch(model, math.inf if what == "fit" else STEPS)
    with tempfile.TemporaryDirectory() as logs:
        training.fit(model, recipe, train, validation, 0, Path(logs), [watch.callback()])
    return watch.seconds()


def time_tutorial(train: LabeledImages, validation: LabeledImages) -> Seconds:
    """The network of `cnn` as tutorials write it: scaled arrays, one call of `fit`; nothing is pinned."""
    import keras
    from keras import layers

    x, x_validation = (split.images.astype("float32") / 255 for split in (train, validation))
    y, y_validation = (keras.utils.to_categorical(split.labels, 10) for split in (train, validation))
    hidden = [layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D()]
    hidden += [layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    hidden += [layers.Dense(128, activation="relu"), layers.Dropout(0.5), layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *hidden])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    watch = Watch(model, math.inf)
    options = {"validation_data": (x_validation, y_validation), "callbacks": [watch.callback()], "verbose": 0}
    model.fit(x, y, batch_size=128, epochs=load_params().recipes[REFERENCE].epochs, **options)
    return watch.seconds()


class Watch:
    """Notes when batches and epochs of a training end; stops it after `steps` steps."""

    def __init__(self, model: "keras.Model", steps: float) -> None:
        self.model, self.steps, self.start = model, steps, time.perf_counter()
        self.target: float | None = None
        self.epochs: list[float] = []
        self.batches: dict[int, float] = {}  # by number; those of the last epoch stay

    def callback(self) -> "keras.callbacks.Callback":
        import keras

        return keras.callbacks.LambdaCallback(on_train_batch_end=self._batch, on_epoch_end=self._epoch)

    def _batch(self, batch: int, logs: dict[str, float]) -> None:
        self.batches[batch] = time.perf_counter() - self.start
        self.model.stop_training |= batch >= self.steps

    def _epoch(self, epoch: int, logs: dict[str, float]) -> None:
        self.epochs.append(time.perf_counter() - self.start)
        if self.target is None and logs["val_accuracy"] >= TARGET:
            self.target = self.epochs[-1]

    def seconds(self) -> Seconds:
        # The first epoch and its first steps include the tracing; the first epoch may be the only one.
        timed = sorted(self.batches)[len(self.batches) // 4 :]
        elapsed = self.batches[timed[-1]] - self.batches[timed[0]]
        return {
            "import": self.start - started,
            "100 steps": 100 * elapsed / (timed[-1] - timed[0]) if len(timed) > 1 else None,
            "epoch": median([end - start for start, end in pairwise(self.epochs)] or self.epochs),
            "fit": time.perf_counter() - self.start,
            f"fit to {TARGET:.0%}": self.target,
            "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="recipe")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repro", metavar="COMMIT", help="time `make repro` beside that of another commit")
    parser.add_argument("--alone", choices=["fit", "keras", "pytorch"], help="print one measurement as JSON")
    arguments = parser.parse_args()
    if arguments.alone:
        print(json.dumps(alone(arguments.alone, *arguments.names)))
    elif arguments.repro:
        files.execute("bench", lambda: time_repro(arguments.repro, arguments.rounds))
    else:
        files.execute("bench", lambda: main(arguments.names, arguments.rounds))
