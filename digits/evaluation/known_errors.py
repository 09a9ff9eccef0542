"""Test images of MNIST with a doubtful label, from a published list; for reporting only, never to choose a model."""

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
    """Accuracy without the doubtful labels, of a model with these `errors` on the test images `names`.

    `doubtful_images`, how many of the images are on the list; `doubtful_errors`, how many of those the model predicts
    differently from their label; `accuracy_clean_labels`, the accuracy on all others.
    """
    doubtful = set(WITHOUT_MAJORITY.values())
    known = sum(name in doubtful for name in names)
    misread = int(errors["image"].isin(doubtful).sum())
    left = len(names) - known
    return {
        "doubtful_images": known,
        "doubtful_errors": misread,
        "accuracy_clean_labels": 1 - (len(errors) - misread) / left,
    }
