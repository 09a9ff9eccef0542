"""What training on soft targets instead of labels would gain: mixup, and distillation from trained models.

    python -m benchmarks.soft_targets best mixup --seeds 1 2 3
    python -m benchmarks.soft_targets small distillation --seeds 1 2 3 --teachers best-0 diverse-0

Prints the misread validation and test images of each training. What to compare with: the rows of the same recipe and
seeds in metrics/seeds/seeds.csv, which the pipeline trained on labels. The teachers are models of `dvc repro`.
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from digits.config.params import load_params
from digits.config.recipes import Recipe
from digits.config.runs import Run
from digits.core import artifacts, cli, paths
from digits.core.determinism import pin_tensorflow
from digits.data import datasets
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from digits.figures import tables

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

ALPHA = 0.2  # of the Beta distribution of mixup's weights
MIXUP, DISTILLATION = "mixup", "distillation"


def main(name: str, way: str, seeds: list[int], teachers: list[str]) -> str:
    recipe, normalization = load_params().recipes[name], Normalization(**artifacts.read_json(paths.NORMALIZATION))
    train, *judged = (datasets.load(paths.PROCESSED / it) for it in ("train", "validation", "test"))
    if way == DISTILLATION:
        recipe = recipe.model_copy(update={"label_smoothing": 0.0})  # the teachers' probabilities are smooth enough
    pin_tensorflow(0)
    rows = []
    for seed in seeds:
        change = partial(mixed, seed=seed) if way == MIXUP else partial(distilled, teachers=teachers)
        model = trained(name, recipe, normalization, train, seed, change)
        validation, test = (misread(model, it) for it in judged)
        rows.append({"recipe": name, "targets": way, "seed": seed, "validation errors": validation, "errors": test})
        print(rows[-1], flush=True)
    return f"\n\n{tables.markdown(pd.DataFrame(rows).astype(str))}"


def mixed(batches: "tf.data.Dataset", seed: int) -> "tf.data.Dataset":
    """Mixup (Zhang et al. 2018): each image and its target averaged with another of its batch, by random weights."""
    import tensorflow as tf

    def mix(pair: "tuple[tf.Tensor, tf.Tensor]", seed: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor]":
        images, targets = (tf.cast(it, tf.float32) for it in pair)
        own, other = tf.unstack(tf.random.stateless_gamma((2, tf.shape(images)[0]), seed, ALPHA), num=2)
        share = own / (own + other)
        images = _average(images, share[:, None, None, None])
        return tf.cast(tf.round(images), tf.uint8), _average(targets, share[:, None])

    seeds = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True).batch(2)
    return tf.data.Dataset.zip(batches, seeds).map(mix).prefetch(2)


def _average(values: "tf.Tensor", share: "tf.Tensor") -> "tf.Tensor":
    """Each of `values` with its mirror position in the batch."""
    return share * values + (1 - share) * values[::-1]


def distilled(batches: "tf.data.Dataset", teachers: list[str]) -> "tf.data.Dataset":
    """Distillation: the targets are the teachers' mean probabilities for the very images, augmented as they are
    (Beyer et al. 2022)."""
    from digits.models import files

    models = [files.load(Run(recipe, int(seed)).model) for recipe, seed in (it.rsplit("-", 1) for it in teachers)]

    def ask(images: "tf.Tensor", _: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor]":
        return images, sum(model(images, training=False) for model in models) / len(models)

    return batches.map(ask).prefetch(2)


def trained(
    name: str,
    recipe: Recipe,
    normalization: Normalization,
    train: LabeledImages,
    seed: int,
    change: "Callable[[tf.data.Dataset], tf.data.Dataset]",
) -> "keras.Model":
    """As the pipeline trains, but on changed batches."""
    import keras

    from digits import architectures
    from digits.training import drawn_digits, loop, optimizers
    from digits.training.batches import batches

    keras.utils.set_random_seed(seed)
    model = architectures.build(name, recipe, normalization)
    train = drawn_digits.added(train, recipe.drawn_digits, seed)
    optimizer = optimizers.optimizer(recipe, len(train.labels))
    model.compile(optimizer, optimizers.loss(recipe), steps_per_execution=loop.STEPS)
    model.fit(change(batches(train, recipe, seed)), epochs=recipe.epochs, shuffle=False, verbose=0)
    return model


def misread(model: "keras.Model", split: LabeledImages) -> int:
    from digits.models import inference

    return int((inference.predict(model, split.images).argmax(axis=1) != split.labels).sum())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipe")
    parser.add_argument("way", choices=[MIXUP, DISTILLATION])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--teachers", nargs="+", default=["best-0", "diverse-0"], metavar="MODEL")
    arguments = parser.parse_args()
    work = partial(main, arguments.recipe, arguments.way, arguments.seeds, arguments.teachers)
    cli.execute("soft_targets", work)
