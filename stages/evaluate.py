"""Evaluate one trained model on the official test set. No other stage of the core chooses or measures anything on it.

The temperature is fitted on validation images; all numbers are of test images, before and after temperature scaling.
Reads models/<run>.keras, data/processed/{validation,test}/ and the `evaluate` section of params.yaml. Writes
metrics/test/<run>.json, metrics/errors/<run>.csv and .png, predictions/<run>.npz and, in plots/, the confusion matrix,
the reliability diagrams, accuracy against coverage and pictures of test images.
"""

from functools import partial

import numpy as np

from digits.config import runs
from digits.config.params import Evaluate, load_params
from digits.config.runs import Run
from digits.core import artifacts, cli, paths
from digits.core.determinism import pin_tensorflow
from digits.data import datasets
from digits.data.datasets import LabeledImages
from digits.evaluation import calibration, known_errors, metrics
from digits.evaluation.calibration import Predictions
from digits.evaluation.temperature import apply_temperature
from digits.figures import digit_images


def main(run: Run) -> str:
    section = load_params().evaluate
    validation, test = (datasets.load(paths.PROCESSED / name) for name in ("validation", "test"))
    pin_tensorflow(run.seed)
    from digits.models import files, inference  # imports TensorFlow: the pins come first

    model = files.load(run.model)
    temperature = calibration.fit_temperature(validation.labels, inference.predict(model, validation.images))
    predictions = Predictions(test.labels, inference.predict(model, test.images))
    calibrated = Predictions(test.labels, apply_temperature(predictions.probabilities, temperature))
    names = datasets.image_names(test.images)
    errors = metrics.errors(names, *predictions)
    level, bins = section.confidence_level, section.calibration_bins
    scores = {
        **metrics.scores(*predictions, level, bins),
        **known_errors.accuracy_without(errors, names),
        "temperature": temperature,
        **calibration.summary(predictions, calibrated, level, bins, section.n_bootstrap),
    }
    artifacts.write_json(run.test_metrics, scores)
    artifacts.write_arrays(run.predictions, names=np.array(names), **predictions._asdict())
    artifacts.write_csv(run.errors, errors[metrics.ERROR_COLUMNS])
    digit_images.write_strip(run.error_images, test.images[errors.index])
    write_plots(run, test, predictions, calibrated, section)
    return (
        f"accuracy {scores['accuracy']:.2%} ({scores['accuracy_low']:.2%} to {scores['accuracy_high']:.2%}), "
        f"{scores['errors']} errors in {scores['images']:,} images; ECE {scores['ece']:.4f}, "
        f"calibrated {scores['calibrated_ece']:.4f}"
    )


def write_plots(
    run: Run, test: LabeledImages, predictions: Predictions, calibrated: Predictions, section: Evaluate
) -> None:
    bins = section.calibration_bins
    artifacts.write_csv(run.confusion, metrics.confusion(test.labels, predictions.probabilities.argmax(axis=1)))
    artifacts.write_csv(run.reliability, metrics.reliability(*predictions, bins))
    artifacts.write_csv(run.calibrated, metrics.reliability(*calibrated, bins))
    artifacts.write_csv(run.coverage, calibration.coverage(*calibrated))
    digit_images.write_digits(run.digits, test, predictions.probabilities, section)


if __name__ == "__main__":
    run = runs.from_arguments(__doc__)
    cli.execute(f"evaluate {run}", partial(main, run))
