"""Time one training in a process of its own and print the seconds of its parts as JSON.

python -m benchmarks.training_worker cnn                          a recipe of params.yaml, with the functions of `train`
python -m benchmarks.training_worker fast epochs=1                the same with other parameters
python -m benchmarks.training_worker tutorial                     the net of `cnn` as tutorials write it
python -m benchmarks.training_worker cnn --epochs 1 --copies 10   one epoch of ten times the data
python -m benchmarks.training_worker cnn --steps 400              400 steps and no more
python -m benchmarks.training_worker best --steps 400 --plain     without augmentation
"""

import argparse
import json
import math
import os
import tempfile
import time
from pathlib import Path

started = time.perf_counter()  # before the imports, which are part of a stage's cost

import numpy as np  # noqa: E402
from ruamel.yaml import YAML  # noqa: E402

from benchmarks import measuring  # noqa: E402
from benchmarks.watch import Seconds, Watch  # noqa: E402
from digits.config.params import load_params  # noqa: E402
from digits.core import artifacts, paths  # noqa: E402
from digits.core.determinism import ENVIRONMENT, pin_tensorflow  # noqa: E402
from digits.data import datasets  # noqa: E402
from digits.data.datasets import LabeledImages  # noqa: E402
from digits.data.splits import Normalization  # noqa: E402

TUTORIAL = "tutorial"
VALIDATION = 1000  # images of the validation set when single steps are timed


def time_recipe(train: LabeledImages, validation: LabeledImages, arguments: argparse.Namespace) -> Seconds:
    pairs = (change.split("=", 1) for change in arguments.changes)
    changes = {f"recipes.{arguments.name}.{key}": YAML(typ="safe").load(value) for key, value in pairs}
    recipe = load_params(changes=changes).recipes[arguments.name]
    plain = {"augmentation": None, "drawn_digits": 0} if arguments.plain else {}
    recipe = recipe.model_copy(update={"epochs": arguments.epochs or recipe.epochs, **plain})
    train = repeated(train, arguments.copies) if arguments.copies > 1 else train
    pin_tensorflow(0)
    from digits import architectures
    from digits.models import inference
    from digits.training import loop
    from digits.training.batches import batches

    seconds: Seconds = {"import and load": time.perf_counter() - started}
    normalization = Normalization(**artifacts.read_json(paths.NORMALIZATION))
    model = architectures.build(arguments.name, recipe, normalization)
    watch = Watch(model, arguments.steps or math.inf)
    with tempfile.TemporaryDirectory() as logs:
        loop.fit(model, recipe, train, validation, 0, Path(logs), [watch.callback()])
    seconds |= watch.seconds()
    if arguments.steps:
        return seconds
    with measuring.timed(seconds, "data pipeline"):
        for _ in batches(train, recipe, 0):
            pass
    with measuring.timed(seconds, "evaluation"):
        inference.predict(model, validation.images)
    return seconds


def time_tutorial(train: LabeledImages, validation: LabeledImages) -> Seconds:
    """The net as tutorials write it: scaled arrays, a compiled model, one call of `fit`; nothing is pinned."""
    import keras
    from keras import layers

    seconds: Seconds = {"import and load": time.perf_counter() - started}
    x, x_validation = (split.images.astype("float32") / 255 for split in (train, validation))
    y, y_validation = (keras.utils.to_categorical(split.labels, 10) for split in (train, validation))
    hidden = [layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D()]
    hidden += [layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    hidden += [layers.Dense(128, activation="relu"), layers.Dropout(0.5), layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *hidden])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    watch = Watch(model)
    epochs, observed = load_params().recipes["cnn"].epochs, {"callbacks": [watch.callback()], "verbose": 0}
    model.fit(x, y, batch_size=128, epochs=epochs, validation_data=(x_validation, y_validation), **observed)
    seconds |= watch.seconds()
    with measuring.timed(seconds, "evaluation"):
        model.predict(x_validation, verbose=0)
    return seconds


def repeated(split: LabeledImages, copies: int) -> LabeledImages:
    """`copies` of the examples, each copy moved sideways by a pixel more."""
    images = np.empty((copies, *split.images.shape), np.uint8)  # filled in place: the peak memory is measured
    for copy in range(copies):
        images[copy] = np.roll(split.images, copy - copies // 2, axis=2)
    return LabeledImages(images.reshape(-1, *split.images.shape[1:]), np.tile(split.labels, copies))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("changes", nargs="*", metavar="KEY=VALUE", help="of the recipe's parameters")
    parser.add_argument("--copies", type=int, default=1, help="of the training images, each moved a pixel further")
    parser.add_argument("--epochs", type=int, help="fewer than the recipe's")
    parser.add_argument("--steps", type=int, help="stop after so many; validate on few images")
    parser.add_argument("--plain", action="store_true", help="without augmentation and drawn digits")
    parser.add_argument(
        "--any-instructions", action="store_true", help="all that this processor has: not pinned to AVX2"
    )
    arguments = parser.parse_args()
    if arguments.any_instructions:
        os.environ["ONEDNN_MAX_CPU_ISA"] = ENVIRONMENT["ONEDNN_MAX_CPU_ISA"] = "DEFAULT"
    train, validation = (datasets.load(paths.PROCESSED / part) for part in ("train", "validation"))
    if arguments.steps:
        validation = LabeledImages(validation.images[:VALIDATION], validation.labels[:VALIDATION])
    is_tutorial = arguments.name == TUTORIAL
    print(json.dumps(time_tutorial(train, validation) if is_tutorial else time_recipe(train, validation, arguments)))
