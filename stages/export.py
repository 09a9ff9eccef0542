"""Export the chosen model for use without TensorFlow: as ONNX and as int8, with temperature and thresholds.

The temperature and the thresholds are fitted on validation images, the subspace of the out-of-distribution score on
train images. Reads the `export` section of params.yaml, models/<run>.keras of the run that it names,
data/processed/{train,validation}/ and, for the model card, metrics/{dataset,splits}.json and
metrics/{train,test}/<run>.json. Writes models/recognizer/ and metrics/export.json.
"""

import numpy as np

from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import artifacts, cli, paths
from digits.core.determinism import pin_tensorflow
from digits.core.errors import UserError
from digits.data import datasets
from digits.evaluation import calibration
from digits.evaluation.temperature import apply_temperature
from digits.ood.scores import Subspace
from digits.recognizer import model_card, recognizer, thresholds

MAX_DIFFERENCE = 1e-5  # of a probability between Keras and ONNX


def main() -> str:
    params = load_params()
    section = params.export
    run = Run(section.recipe, section.seed)
    train, validation = (datasets.load(paths.PROCESSED / name) for name in ("train", "validation"))
    pin_tensorflow(run.seed)
    from digits.models import files, inference  # imports TensorFlow: the pins come first
    from digits.ood import features
    from digits.recognizer import onnx_export

    keras_model = files.load(run.model)
    fitted = features.extractor(keras_model)(train.images[: section.n_fit])[0]
    subspace = Subspace.fitted(fitted, section.explained_variance)
    model, quantized = onnx_export.export(keras_model, validation.images, section.detector, subspace)
    probabilities, ood_score = recognizer.ask(recognizer.session(model), validation.images)
    check_same(inference.predict(keras_model, validation.images), probabilities)
    temperature = calibration.fit_temperature(validation.labels, probabilities)
    calibrated = apply_temperature(probabilities, temperature)
    facts = {
        "temperature": temperature,
        **thresholds.choose(calibrated.max(axis=1), ood_score, section.coverage),
        "detector": section.detector,
        **model_card.validation_scores(validation.labels, probabilities, calibrated, params.evaluate.calibration_bins),
        **model_card.files(run, model, quantized),
    }
    artifacts.write_json(paths.EXPORT, facts)
    with artifacts.atomic_write(paths.RECOGNIZER) as folder:
        model_card.write(folder, run, params.recipes[run.recipe], facts)
        (folder / recognizer.MODEL).write_bytes(model)
        (folder / recognizer.QUANTIZED).write_bytes(quantized)
    return (
        f"{run} as ONNX, {len(model):,} bytes, as int8 {len(quantized):,}; temperature {temperature:.3f}, "
        f"accepted at confidence >= {facts['threshold']:.1%} and {section.detector} >= {facts['ood_threshold']:.3f}"
    )


def check_same(wanted: np.ndarray, found: np.ndarray) -> None:
    """Raises UserError if Keras and ONNX differ."""
    difference = float(np.abs(found - wanted).max())
    if difference > MAX_DIFFERENCE or (found.argmax(axis=1) != wanted.argmax(axis=1)).any():
        raise UserError(f"ONNX and Keras differ: probabilities by up to {difference:.1e}")


if __name__ == "__main__":
    cli.execute("export", main)
