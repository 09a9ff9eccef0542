"""Evaluate one trained model on the official test set: the only stage that learns anything from it.

Reads models/<cell>.keras, data/processed/test/, the `evaluate` section of params.yaml and the recipe's loss. Writes
metrics/test/<cell>.json, metrics/classes/<cell>.csv, metrics/errors/<cell>.csv and .png, plots/confusion/<cell>.csv,
plots/reliability/<cell>.csv and plots/pictures/<cell>/.
"""

from functools import partial

import numpy as np

from digits import artifacts, cells, command, datasets, metrics, params, paths, pictures
from digits.pinning import pin


def main(cell: paths.Cell) -> str:
    knobs = params.load()
    recipe, section = getattr(knobs.recipes, cell.recipe), knobs.evaluate
    images, labels = datasets.load(paths.PROCESSED / "test")
    pin(cell.seed)
    from digits import model_files, training  # they import TensorFlow, which must find the pins set

    probabilities = training.predict(model_files.load(cell.model), images)
    loss = training.mean_loss(probabilities, labels, recipe.loss)
    scores = metrics.scores(labels, probabilities, section.confidence_level, section.calibration_bins)
    artifacts.write_json(cell.scores, {**scores, "loss": loss})
    write_tables(cell, images, labels, probabilities, section.calibration_bins)
    pictures.write_all(cell, images, labels, probabilities, section)
    return (
        f"accuracy {scores['accuracy']:.2%} ({scores['accuracy_low']:.2%} to {scores['accuracy_high']:.2%}), "
        f"{scores['errors']} errors in {scores['images']:,} images"
    )


def write_tables(
    cell: paths.Cell, images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, bins: int
) -> None:
    predicted = probabilities.argmax(axis=1)
    errors = metrics.errors(datasets.image_names(images), labels, probabilities)
    artifacts.write_csv(cell.classes, metrics.per_class(labels, predicted))
    artifacts.write_csv(cell.errors, errors)
    artifacts.write_csv(cell.confusion, metrics.confusion(labels, predicted))
    artifacts.write_csv(cell.reliability, metrics.reliability(labels, probabilities, bins))
    pictures.write_strip(cell.error_images, images[errors.index])


if __name__ == "__main__":
    cell = cells.from_arguments(__doc__)
    command.run(f"evaluate {cell}", partial(main, cell))
