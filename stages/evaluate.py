"""Evaluate one trained model on the official test set, from which no stage learns anything.

Reads models/<cell>.keras, data/processed/test/, the `evaluate` section of params.yaml and the recipe's loss. Writes
metrics/test/<cell>.json, metrics/classes/<cell>.csv, metrics/errors/<cell>.csv and .png, plots/confusion/<cell>.csv,
plots/reliability/<cell>.csv, plots/digits/<cell>/, plots/pictures/<cell>/ and predictions/<cell>.npz.
"""

from functools import partial

import numpy as np

from digits import artifacts, cells, command, datasets, label_errors, metrics, params, paths, pictures
from digits.pinning import pin


def main(cell: paths.Cell) -> str:
    knobs = params.load()
    recipe, section = getattr(knobs.recipes, cell.recipe), knobs.evaluate
    test = datasets.load(paths.PROCESSED / "test")
    pin(cell.seed)
    from digits import inference, model_files  # they import TensorFlow, which must find the pins set

    model = model_files.load(cell.model)
    probabilities = inference.predict(model, test.images)
    scores = metrics.scores(test.labels, probabilities, section.confidence_level, section.calibration_bins)
    names = datasets.image_names(test.images)
    errors = metrics.errors(names, test.labels, probabilities)
    scores |= label_errors.accuracy_without(errors, names)
    scores["loss"] = inference.mean_loss(model, test, recipe.loss)
    artifacts.write_json(cell.scores, scores)
    artifacts.write_arrays(cell.predictions, labels=test.labels, probabilities=probabilities)
    artifacts.write_csv(cell.errors, errors)
    pictures.write_strip(cell.error_images, test.images[errors.index])
    write_tables_and_pictures(cell, test, probabilities, section)
    return (
        f"accuracy {scores['accuracy']:.2%} ({scores['accuracy_low']:.2%} to {scores['accuracy_high']:.2%}), "
        f"{scores['errors']} errors in {scores['images']:,} images"
    )


def write_tables_and_pictures(
    cell: paths.Cell, test: datasets.Split, probabilities: np.ndarray, section: params.Evaluate
) -> None:
    predicted = probabilities.argmax(axis=1)
    confusion = metrics.confusion(test.labels, predicted)
    reliability = metrics.reliability(test.labels, probabilities, section.calibration_bins)
    artifacts.write_csv(cell.classes, metrics.per_class(test.labels, predicted))
    artifacts.write_csv(cell.confusion, confusion)
    artifacts.write_csv(cell.reliability, reliability)
    pictures.write_drawings(cell, confusion, reliability)
    pictures.write_digits(cell, test, probabilities, section)


if __name__ == "__main__":
    cell = cells.from_arguments(__doc__)
    command.run(f"evaluate {cell}", partial(main, cell))
