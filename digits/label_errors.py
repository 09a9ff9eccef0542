"""Labels of MNIST's test set that are doubtful, from a published list.

Knows which images people could not agree on, by name, so that no order matters. Nothing is ever chosen by them. Doubts
about train are found by `suspects`.
"""

import pandas as pd

# Test images whose label lacks a majority among five human raters (Northcutt, Athalye and Mueller 2021, "Pervasive
# Label Errors in Test Sets", labelerrors.com), by position in the official order and by name.
WITHOUT_MAJORITY = {
    947: "9e571df43167",
    1621: "a6dbd7572d6b",
    1901: "ac85fc88d758",
    2130: "3b659aa46e7e",
    2462: "b79f052864e4",
    2597: "a8b3e479c863",
    2654: "2d23b4409356",
    3520: "78b0ae6da7b0",
    3558: "2ade8bec31ce",
    5937: "ae0606c84402",
    6651: "e58ee418a2c4",
    6783: "848efc6d4048",
    8527: "b147b498faca",
    9679: "6d535e9edb86",
    9729: "142caf350959",
}


def accuracy_without(errors: pd.DataFrame, names: list[str]) -> dict[str, float | int]:
    """Of a model with these `errors` on the test images `names`: `doubtful_images`, how many of those are on the list,
    `doubtful_errors`, how many of them it reads otherwise than labelled, and `undoubted_accuracy`, on all others."""
    doubtful = set(WITHOUT_MAJORITY.values())
    known = sum(name in doubtful for name in names)
    misread = int(errors["image"].isin(doubtful).sum())
    left = len(names) - known
    return {
        "doubtful_images": known,
        "doubtful_errors": misread,
        "undoubted_accuracy": 1 - (len(errors) - misread) / left,
    }
