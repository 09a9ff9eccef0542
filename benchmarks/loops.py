"""Compare loops: `fit` with 8, 32 or all steps a call, and an epoch as one graph over images in memory.

    python -m benchmarks.loops fast best --rounds 5

Each measurement is a process of its own; a round runs them all one after the other. Printed are processor and wall
seconds of 100 steps: the minimum and the median over the rounds, and the median ratio to `fit` with 8 steps.
"""

import argparse
import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from digits import config, data, determinism, files, rendering
from digits.config import load_params
from digits.data import Normalization

LOOPS = ("fit 8", "fit 32", "fit all", "graph", "graph, fused normalization")
STEPS = 192  # of an epoch
EPOCHS = 4  # the first one includes the tracing


def main(recipes: list[str], rounds: int, threads: list[int]) -> None:
    rows = []
    for _ in range(rounds):
        for number in threads:
            for recipe in recipes:
                for loop in LOOPS:
                    command = [sys.executable, "-m", "benchmarks.loops", "--alone", recipe, loop, str(number)]
                    printed = subprocess.run(command, capture_output=True, check=True).stdout
                    seconds = json.loads(printed.splitlines()[-1])
                    rows.append({"threads": number, "recipe": recipe, "loop": loop, **seconds})
    table = pd.DataFrame(rows)
    groups = table.groupby(["threads", "recipe", "loop"], sort=False)
    first = table["loop"] == LOOPS[0]
    base = table[first].set_index(["threads", "recipe"])["processor"].groupby(level=[0, 1]).median()
    summary = groups.agg(
        wall_min=("wall", "min"), wall_median=("wall", "median"), processor_min=("processor", "min"),
        processor_median=("processor", "median"),
    )  # fmt: skip
    summary["ratio"] = [row.processor_median / base[index[:2]] for index, row in summary.iterrows()]
    print(rendering.markdown(summary.round(3).reset_index()))


def alone(name: str, loop: str, threads: int) -> dict[str, float]:
    determinism.THREADS = threads
    determinism.pin_tensorflow(0)
    import keras
    import tensorflow as tf

    from digits import networks, training
    from digits.augmentation import augment

    recipe = load_params().recipe(name).model_copy(update={"epochs": EPOCHS})
    train = data.load(config.PROCESSED / "train")
    count = STEPS * recipe.batch_size
    train = data.LabeledImages(train.images[:count], train.labels[:count])

    class Fused(keras.layers.BatchNormalization):
        def call(self, x: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None) -> tf.Tensor:
            if not training:
                return super().call(x, training=training, mask=mask)
            y, mean, variance = tf.compat.v1.nn.fused_batch_norm(x, self.gamma, self.beta, epsilon=self.epsilon)
            self.moving_mean.assign(self.moving_mean * self.momentum + mean * (1 - self.momentum))
            self.moving_variance.assign(self.moving_variance * self.momentum + variance * (1 - self.momentum))
            return y

    if loop.endswith("fused normalization"):
        networks.layers.BatchNormalization = Fused
    model = networks.build(name, recipe, Normalization(**files.read_json(config.NORMALIZATION)))
    times: list[tuple[float, float]] = []

    def note(*_: object) -> None:
        times.append((time.perf_counter(), time.process_time()))

    if loop.startswith("fit"):
        training.STEPS = STEPS if loop == "fit all" else int(loop.split()[1])
        with TemporaryDirectory() as logs:
            callback = keras.callbacks.LambdaCallback(on_epoch_begin=note, on_train_batch_end=None, on_epoch_end=None)
            validation = data.LabeledImages(train.images[:1], train.labels[:1])
            training.fit(model, recipe, train, validation, 0, Path(logs), [callback])
    else:
        _graph(model, recipe, train, training.make_optimizer(recipe, count), augment, note)
    spans = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(times[1:])]
    wall, processor = (100 * min(span[part] for span in spans) / STEPS for part in (0, 1))
    return {"wall": wall, "processor": processor}


def _graph(model, recipe, train, optimizer, augment, note):
    import keras
    import tensorflow as tf

    images = tf.constant(train.images)
    labels = tf.constant(keras.utils.to_categorical(train.labels, 10))
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
    accuracy, mean, variables = keras.metrics.CategoricalAccuracy(), keras.metrics.Mean(), model.trainable_variables
    optimizer.build(variables)

    @tf.function
    def epoch(order: tf.Tensor, seed: tf.Tensor) -> None:
        for step in tf.range(STEPS):
            at = order[step * recipe.batch_size : (step + 1) * recipe.batch_size]
            x, y = tf.gather(images, at), tf.gather(labels, at)
            if recipe.augmentation:
                x = augment(x, tf.random.fold_in(seed, step), recipe.augmentation)
            with tf.GradientTape() as tape:
                probabilities = model(x, training=True)
                value = loss(y, probabilities)
            optimizer.apply(tape.gradient(value, [variable.value for variable in variables]), variables)
            accuracy.update_state(y, probabilities)
            mean.update_state(value)

    for number in range(EPOCHS):
        note()
        order = tf.random.experimental.stateless_shuffle(tf.range(len(train.labels)), (0, number))
        epoch(order, tf.constant([0, number], tf.int64))
    note()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--alone", action="store_true")
    arguments = parser.parse_args()
    if arguments.alone:
        print(json.dumps(alone(arguments.recipes[0], arguments.recipes[1], int(arguments.recipes[2]))))
    else:
        main(arguments.recipes, arguments.rounds, arguments.threads)
