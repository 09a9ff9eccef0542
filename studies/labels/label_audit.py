"""Confident learning: labels of a train set that contradict models trained without them. No choice depends on them."""

import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues

from digits.data import datasets


def ranked(split: datasets.LabeledImages, probabilities: np.ndarray) -> pd.DataFrame:
    """The images of `split` with a doubtful label, the least probable label first, indexed by position.

    `probabilities` (n, 10) are those of models that were trained without the image. Columns: `image` (its name),
    `label`, `likely` (the most probable digit), `label_probability` and `likely_probability`. Method: confident
    learning (Northcutt, Jiang and Chuang 2021).
    """
    found = find_label_issues(
        split.labels.astype(int), probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    likely = probabilities[found].argmax(axis=1)
    table = {
        "image": datasets.image_names(split.images[found]),
        "label": split.labels[found],
        "likely": likely,
        "label_probability": probabilities[found, split.labels[found]],
        "likely_probability": probabilities[found, likely],
    }
    return pd.DataFrame(table, index=found)
