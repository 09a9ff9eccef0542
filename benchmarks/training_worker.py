"""Time one training in a process of its own and print the seconds of its parts as JSON: see benchmarks/training.py.

python -m benchmarks.training_worker cnn                 a recipe of params.yaml, with the functions of the train stage
python -m benchmarks.training_worker tutorial            the net of `cnn` with `model.fit` on arrays, as tutorials do it
python -m benchmarks.training_worker cnn --epochs 1 --copies 10          one epoch of ten times the data
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from statistics import median

started = time.perf_counter()  # before the imports, which are part of a stage's cost

import numpy as np  # noqa: E402

from digits.config.params import load_params  # noqa: E402
from digits.core import artifacts, paths  # noqa: E402
from digits.core.determinism import pin_tensorflow  # noqa: E402
from digits.data import datasets  # noqa: E402
from digits.data.datasets import LabeledImages  # noqa: E402
from digits.data.splits import Normalization  # noqa: E402

TUTORIAL = "tutorial"
TARGET = 0.99  # validation accuracy: `cnn` reaches it in its ten epochs, the feed-forward nets do not


class Watch:
    """Notes when the first batches and each epoch of a training end, and when it first reaches the target."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.first: float | None = None
        self.target: float | None = None
        self.epochs: list[float] = []
        self.steps: list[tuple[int, float]] = []  # of the present epoch: the number of the step and when it ended

    def batch(self, batch: int, logs: dict[str, float]) -> None:
        now = time.perf_counter() - self.start
        self.first = self.first or now
        if self.steps and batch < self.steps[-1][0]:
            self.steps = []
        self.steps.append((batch, now))

    def epoch(self, epoch: int, logs: dict[str, float]) -> None:
        self.epochs.append(time.perf_counter() - self.start)
        if self.target is None and logs["val_accuracy"] >= TARGET:
            self.target = self.epochs[-1]

    def seconds(self) -> dict[str, float | None]:
        # The first epoch includes the tracing, but may be the only one.
        later = [end - start for start, end in zip(self.epochs, self.epochs[1:], strict=False)] or self.epochs
        (first, start), (last, end) = self.steps[0], self.steps[-1]
        return {
            "first steps": self.first,
            "100 steps": 100 * (end - start) / (last - first) if last > first else None,
            "epoch": median(later),
            "fit": time.perf_counter() - self.start,
            "fit to target": self.target,
        }


def time_recipe(
    name: str, train: LabeledImages, validation: LabeledImages, changes: dict[str, int], copies: int
) -> dict[str, float | None]:
    recipe = load_params().recipes[name].model_copy(update=changes)
    train = repeated(train, copies) if copies > 1 else train
    pin_tensorflow(0)
    import keras

    from digits import architectures
    from digits.models import inference
    from digits.training import loop
    from digits.training.batches import batches

    seconds: dict[str, float | None] = {"import and load": time.perf_counter() - started}
    model = architectures.build(name, recipe, Normalization(**artifacts.read_json(paths.NORMALIZATION)))
    watch = Watch()
    observer = keras.callbacks.LambdaCallback(on_train_batch_end=watch.batch, on_epoch_end=watch.epoch)
    with tempfile.TemporaryDirectory() as logs:
        loop.fit(model, recipe, train, validation, 0, Path(logs), [observer])
    seconds |= watch.seconds()
    begin = time.perf_counter()
    for _ in batches(train, recipe, 0):
        pass
    seconds["data pipeline"] = time.perf_counter() - begin
    begin = time.perf_counter()
    inference.predict(model, validation.images)
    return seconds | {"evaluation": time.perf_counter() - begin}


def time_tutorial(train: LabeledImages, validation: LabeledImages) -> dict[str, float | None]:
    """The net as tutorials write it: scaled arrays, a compiled model, one call of `fit`; nothing is pinned."""
    import keras
    from keras import layers

    seconds: dict[str, float | None] = {"import and load": time.perf_counter() - started}
    x, x_validation = (split.images.astype("float32") / 255 for split in (train, validation))
    y, y_validation = (keras.utils.to_categorical(split.labels, 10) for split in (train, validation))
    hidden = [layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D()]
    hidden += [layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    hidden += [layers.Dense(128, activation="relu"), layers.Dropout(0.5), layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *hidden])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    watch = Watch()
    observer = keras.callbacks.LambdaCallback(on_train_batch_end=watch.batch, on_epoch_end=watch.epoch)
    model.fit(
        x,
        y,
        batch_size=128,
        epochs=load_params().recipes["cnn"].epochs,
        validation_data=(x_validation, y_validation),
        callbacks=[observer],
        verbose=0,
    )
    seconds |= watch.seconds()
    begin = time.perf_counter()
    model.predict(x_validation, verbose=0)
    return seconds | {"evaluation": time.perf_counter() - begin}


def repeated(split: LabeledImages, copies: int) -> LabeledImages:
    """`copies` of the examples as uint8, each copy moved sideways by a pixel more."""
    count = len(split.labels)
    images = np.empty((copies * count, *split.images.shape[1:]), np.uint8)
    for copy in range(copies):
        images[copy * count : (copy + 1) * count] = np.roll(split.images, copy - copies // 2, axis=2)
    return LabeledImages(images, np.tile(split.labels, copies))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--copies", type=int, default=1, help="of the training images, each moved a pixel further")
    parser.add_argument("--epochs", type=int, help="fewer than the recipe's")
    arguments = parser.parse_args()
    train, validation = (datasets.load(paths.PROCESSED / part) for part in ("train", "validation"))
    if arguments.name == TUTORIAL:
        seconds = time_tutorial(train, validation)
    else:
        changes = {"epochs": arguments.epochs} if arguments.epochs else {}
        seconds = time_recipe(arguments.name, train, validation, changes, arguments.copies)
    print(json.dumps(seconds | {"peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10}))
