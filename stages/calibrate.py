"""Measure whether one model is as sure as it is right, before and after a temperature that is fitted on validation.

Reads models/<cell>.keras, data/processed/validation/, predictions/<cell>.npz, the `calibrate` section of params.yaml
and the level and bins of `evaluate`. Writes metrics/calibration/<cell>.json, plots/calibrated/<cell>.csv and
plots/coverage/<cell>.csv.
"""

from functools import partial

import numpy as np

from digits import artifacts, calibration, cells, command, datasets, metrics, params, paths
from digits.pinning import pin
from digits.recogniser import soften


def main(cell: paths.Cell) -> str:
    knobs = params.load()
    validation = datasets.load(paths.PROCESSED / "validation")
    pin(cell.seed)
    from digits import inference, model_files  # they import TensorFlow, which must find the pins set

    fitted = inference.predict(model_files.load(cell.model), validation.images)
    temperature = calibration.fit_temperature(validation.labels, fitted)
    with np.load(cell.predictions) as predicted:
        labels, before = predicted["labels"], predicted["probabilities"]
    after = soften(before, temperature)
    bins, level = knobs.evaluate.calibration_bins, knobs.evaluate.confidence_level
    measure = partial(calibration.intervals, labels, level=level, bins=bins, resamples=knobs.calibrate.resamples)
    scores = {
        "temperature": temperature,
        **measure(before),
        **{f"calibrated_{name}": value for name, value in measure(after).items()},
        "area_under_risk": calibration.area_under_risk(labels, after),
    }
    artifacts.write_json(cell.calibration, scores)
    artifacts.write_csv(cell.calibrated, metrics.reliability(labels, after, bins))
    artifacts.write_csv(cell.coverage, calibration.coverage(labels, after))
    return f"temperature {temperature:.3f}: ECE {scores['ece']:.4f} becomes {scores['calibrated_ece']:.4f}"


if __name__ == "__main__":
    cell = cells.from_arguments(__doc__)
    command.run(f"calibrate {cell}", partial(main, cell))
