"""Make the chosen model ready for use without TensorFlow: as ONNX and as int8, calibrated on validation.

Reads models/<cell>.keras of the cell that the `export` section of params.yaml chooses, its subspace and what was
measured of the ways to ask how familiar an image is (metrics/detection/<cell>.json), of which it takes the best;
data/processed/validation/; and, for the card, metrics/{dataset,splits}.json and metrics/{train,test}/<cell>.json.
Writes models/recogniser/ (the models and their card, for programs and for people) and metrics/export.json.
"""

import numpy as np

from digits import artifacts, calibration, card, command, datasets, detectors, params, paths
from digits.pinning import pin

MOST_DIFFERENT = 1e-5  # a probability between Keras and ONNX


def main() -> str:
    knobs = params.load()
    cell = paths.Cell(knobs.export.recipe, knobs.export.seed)
    validation = datasets.load(paths.PROCESSED / "validation")
    pin(cell.seed)
    from digits import exporting, inference, model_files, recogniser  # they import TensorFlow: the pins come first

    keras_model = model_files.load(cell.model)
    detector = detectors.winner(artifacts.read_json(cell.detection))
    subspace = detectors.Subspace.load(cell.subspace)
    model, quantised = exporting.with_familiarity(keras_model, validation.images, detector, subspace)
    probabilities, familiarity = recogniser.ask(recogniser.session(model), validation.images)
    check_same(inference.predict(keras_model, validation.images), probabilities)
    temperature = calibration.fit_temperature(validation.labels, probabilities)
    calibrated = recogniser.soften(probabilities, temperature)
    facts = {
        "temperature": temperature,
        **exporting.choose_thresholds(calibrated.max(axis=1), familiarity, knobs.export.coverage),
        "detector": detector,
        **card.measured_on_validation(validation.labels, probabilities, calibrated, knobs.evaluate.calibration_bins),
        **card.files(cell, model, quantised),
    }
    artifacts.write_json(paths.EXPORT, facts)
    with artifacts.staged(paths.RECOGNISER) as folder:
        card.write(folder, cell, getattr(knobs.recipes, cell.recipe), facts)
        (folder / recogniser.MODEL).write_bytes(model)
        (folder / recogniser.QUANTISED).write_bytes(quantised)
    return (
        f"{cell} as ONNX, {len(model):,} bytes, as int8 {len(quantised):,}; temperature {temperature:.3f}, "
        f"sure from {facts['threshold']:.1%} and {detector} {facts['familiar_from']:.3f} on"
    )


def check_same(wanted: np.ndarray, found: np.ndarray) -> None:
    """Raises ValueError where Keras and ONNX differ."""
    difference = float(np.abs(found - wanted).max())
    if difference > MOST_DIFFERENT or (found.argmax(axis=1) != wanted.argmax(axis=1)).any():
        raise ValueError(f"ONNX answers otherwise than Keras: probabilities differ by up to {difference:.1e}")


if __name__ == "__main__":
    command.run("export", main)
