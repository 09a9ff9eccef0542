"""Measure the exported recognizer on the test set, printed digits and pages without a digit.

Reads models/recognizer/, data/processed/test/, predictions/<run>.npz of the exported model and the sections `hands`,
`export` and `evaluate` of params.yaml. Writes metrics/hands/recognizer.json, printed.csv and rejection.csv.
"""

import numpy as np

from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import artifacts, cli
from digits.core.paths import PROCESSED, RECOGNIZER
from digits.data import datasets
from digits.recognizer.recognizer import QUANTIZED, Recognizer
from digits.synthetic import fonts
from studies.hands import params, paths, recognizer_scores, stress_tests


def main() -> str:
    core, section = load_params(), params.load()
    test = datasets.load(PROCESSED / "test")
    pixels = test.images[..., 0]
    predictions = Run(core.export.recipe, core.export.seed).predictions
    recognizer, quantized = Recognizer(RECOGNIZER), Recognizer(RECOGNIZER, QUANTIZED)
    int8 = recognizer_scores.scores(quantized, test, core.evaluate)
    rejection = stress_tests.rejection(recognizer, section.n_fonts)
    printed = stress_tests.printed(recognizer, fonts.fonts()[: section.n_fonts])
    facts = {
        **recognizer_scores.agreement(recognizer, pixels, np.load(predictions)["probabilities"]),
        **recognizer_scores.scores(recognizer, test, core.evaluate),
        **{f"int8_{name}": int8[name] for name in ("accuracy", "coverage", "selective_accuracy")},
        **recognizer_scores.form(pixels),
        **recognizer_scores.preparation(recognizer, pixels),
        **{f"reject_rate_{kind}": rate for kind, rate in zip(rejection["kind"], rejection["rejected"], strict=True)},
        "printed_accuracy": float(printed["accuracy"].iloc[-1]),
    }
    artifacts.write_json(paths.RECOGNIZER, facts)
    artifacts.write_csv(paths.PRINTED, printed)
    artifacts.write_csv(paths.REJECTION, rejection)
    return (
        f"accepts {facts['coverage']:.2%} of the test images, {facts['selective_accuracy']:.2%} of those correctly; "
        f"int8 {facts['int8_accuracy']:.2%}; {facts['page_consistency']:.2%} predicted the same on a page"
    )


if __name__ == "__main__":
    cli.execute("evaluate_recognizer", main)
