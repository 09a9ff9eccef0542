"""Measure the exported recogniser as people will use it, on the official test set among others; it learns from none.

Reads models/recogniser/, data/processed/test/, predictions/<cell>.npz of the model it was made from, the folder of a
person's own drawings that the `evaluate_recogniser` section of params.yaml names, and the `evaluate` section. Writes
metrics/recogniser.json, metrics/recogniser/{printed,rejection}.csv.
"""

from pathlib import Path

import numpy as np

from digits import artifacts, command, corrections, datasets, glyphs, params, paths, recogniser_scores, trials
from digits.recogniser import QUANTISED, Recogniser


def main() -> str:
    knobs = params.load()
    test = datasets.load(paths.PROCESSED / "test")
    pixels = test.images[..., 0]
    trained = paths.Cell(knobs.export.recipe, knobs.export.seed).predictions
    recogniser, quantised = (Recogniser(paths.RECOGNISER, *model) for model in ((), (QUANTISED,)))
    eight_bits = recogniser_scores.scores(quantised, test, knobs.evaluate)
    own_hand = corrections.load(Path(knobs.evaluate_recogniser.corrections))
    faces = knobs.evaluate_recogniser.faces
    rejection, printed = trials.rejection(recogniser, faces), trials.printed(recogniser, glyphs.fonts()[:faces])
    facts = {
        **recogniser_scores.agreement(recogniser, pixels, np.load(trained)["probabilities"]),
        **recogniser_scores.scores(recogniser, test, knobs.evaluate),
        **{f"int8_{name}": eight_bits[name] for name in ("accuracy", "coverage", "accuracy_where_sure")},
        **recogniser_scores.form(pixels),
        **recogniser_scores.preparation(recogniser, pixels),
        **{f"rejected_{row.kind}": row.rejected for row in rejection.itertuples()},
        "printed_accuracy": float(printed["accuracy"].iloc[-1]),
        **{f"own_hand_{name}": value for name, value in trials.read(recogniser, own_hand).items()},
    }
    artifacts.write_json(paths.RECOGNISER_SCORES, facts)
    with artifacts.staged(paths.RECOGNISER_TABLES) as folder:
        artifacts.write_csv(folder / "printed.csv", printed)
        artifacts.write_csv(folder / "rejection.csv", rejection)
    return (
        f"sure of {facts['coverage']:.2%} of the test images, right in {facts['accuracy_where_sure']:.2%} of those; "
        f"int8 {facts['int8_accuracy']:.2%}; {facts['page_read_the_same']:.2%} read the same from a page"
    )


if __name__ == "__main__":
    command.run("evaluate_recogniser", main)
