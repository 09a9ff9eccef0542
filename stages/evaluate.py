"""Evaluate one trained model on the official test set. No other stage of the core chooses or measures anything on it.

The temperature is fitted on validation images; all numbers are of test images, before and after temperature scaling.
Reads models/<run>.keras, data/processed/{validation,test}/ and the `evaluate` section of params.yaml. Writes
metrics/test/<run>.json, metrics/errors/<run>.csv and .png, predictions/<run>.npz and, in plots/, the confusion matrix,
the reliability diagrams, accuracy against coverage and pictures of test images.
"""

import numpy as np

from digits import config, data, files, metrics, plots
from digits.config import Run, load_params
from digits.data import LabeledImages
from digits.determinism import pin_tensorflow
from digits.metrics import Predictions
from digits.temperature import apply_temperature


def main(run: Run) -> None:
    section = load_params().evaluate
    validation, test = (data.load(config.PROCESSED / name) for name in ("validation", "test"))
    pin_tensorflow(run.seed)
    from digits import models  # imports TensorFlow: the pins come first

    model = models.load(run.model)
    temperature = metrics.fit_temperature(validation.labels, models.predict(model, validation.images))
    predictions = Predictions(test.labels, models.predict(model, test.images))
    calibrated = Predictions(test.labels, apply_temperature(predictions.probabilities, temperature))
    names = data.image_names(test.images)
    errors = metrics.misread(names, *predictions)
    level, bins = section.confidence_level, section.calibration_bins
    scores = {
        **metrics.scores(*predictions, level, bins),
        **metrics.accuracy_without(errors, names),
        "temperature": temperature,
        **metrics.summary(predictions, calibrated, level, bins, section.n_bootstrap),
    }
    files.write_json(run.test_metrics, scores)
    files.write_arrays(run.predictions, names=np.array(names), **predictions._asdict())
    files.write_csv(run.errors, errors[metrics.ERROR_COLUMNS])
    plots.write_strip(run.error_images, test.images[errors.index])
    write_plots(run, test, predictions, calibrated, bins)
    print(
        f"accuracy {scores['accuracy']:.2%} ({scores['accuracy_low']:.2%} to {scores['accuracy_high']:.2%}), "
        f"{scores['errors']} errors in {scores['images']:,} images; ECE {scores['ece']:.4f}, "
        f"calibrated {scores['calibrated_ece']:.4f}"
    )


def write_plots(run: Run, test: LabeledImages, predictions: Predictions, calibrated: Predictions, bins: int) -> None:
    files.write_csv(run.confusion, metrics.confusion(test.labels, predictions.probabilities.argmax(axis=1)))
    files.write_csv(run.reliability, metrics.reliability(*predictions, bins))
    files.write_csv(run.reliability_calibrated, metrics.reliability(*calibrated, bins))
    files.write_csv(run.coverage, metrics.coverage(*calibrated))
    plots.write_digits(run.digits, test, predictions.probabilities)


if __name__ == "__main__":
    run = config.run_from_arguments(__doc__)
    files.execute(f"evaluate {run}", lambda: main(run))
