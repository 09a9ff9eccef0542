"""Labels of a train set that do not fit what is written, found by models that were trained without them.

Knows how suspects are told from probabilities. Nothing is ever chosen by them; what is known of the test set's labels
stands in `label_errors`.
"""

import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues

from digits import datasets


def ranked(split: datasets.Split, probabilities: np.ndarray) -> pd.DataFrame:
    """The images of `split` whose label does not fit `probabilities` (n, 10) of models that were trained without them,
    by confident learning (Northcutt, Jiang and Chuang 2021): `image`, `label`, `likely`, the probability of both
    (`label_probability`, `likely_probability`), the least fitting first; indexed by position."""
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
