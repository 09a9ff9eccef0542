"""Measure what the exported recognizer learns from 5 to 50 corrections of other people's handwriting.

Reads models/recognizer/, data/hands/, data/processed/{train,validation}/ and the `hands` section of params.yaml. Writes
metrics/hands/learning.csv, one row per way to learn, kind of draw and number of corrections: drawn from all digits of
Semeion, or from those that are misread or not sure, which is what people correct.
"""

from itertools import product

import numpy as np
import pandas as pd

from digits.core import artifacts, cli
from digits.core.paths import PROCESSED, RECOGNIZER
from digits.data import datasets
from digits.recognizer import last_layer, onnx_export
from digits.recognizer.recognizer import MODEL, Recognizer
from studies.hands import handwriting, learning_curves, params, paths
from studies.hands.learning_curves import COUNTS, Digits
from studies.hands.ways import prepared

SET = "semeion"
COLUMNS = ["way", "drawn_from", "corrections"]


def main() -> str:
    if SET not in params.load().sets:
        artifacts.write_csv(paths.LEARNING, pd.DataFrame(columns=COLUMNS))
        return f"{SET} is not among hands.sets"
    table = learning_table()
    artifacts.write_csv(paths.LEARNING, table)
    last = table.iloc[-1]
    return (
        f"{last['errors_gone']:.0%} of the errors gone after {last['corrections']} corrections, accuracy on validation "
        f"{last['validation']:.2%} (before {last['validation_before']:.2%})"
    )


def learning_table() -> pd.DataFrame:
    model, _ = onnx_export.unfinished((RECOGNIZER / MODEL).read_bytes())
    train, validation = (datasets.load(PROCESSED / name) for name in ("train", "validation"))
    pictures, labels = handwriting.stored(SET)
    images = np.stack([prepared(it) for it in pictures])[..., np.newaxis]
    digits = Digits(last_layer.features(model, images), labels)
    held_out = Digits(last_layer.features(model, validation.images), np.asarray(validation.labels))
    present = last_layer.weights(model)
    ways = learning_curves.ways(present, last_layer.features(model, train.images[: last_layer.N_TRAIN]))
    predictions = Recognizer(RECOGNIZER).read(images[..., 0])
    doubtful = [not it.sure or it.digit != label for it, label in zip(predictions, labels, strict=True)]
    pools = {"all": np.arange(len(labels)), "misread or not sure": np.flatnonzero(doubtful)}
    rows = []
    for way, pool, count in product(ways, pools, COUNTS):
        found = learning_curves.measure(lambda x: x @ present, ways[way], digits, held_out, pools[pool], count)
        rows.append({"way": way, "drawn_from": pool, "corrections": count, **found})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    cli.execute("evaluate_learning", main)
