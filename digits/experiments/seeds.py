"""What lies beside a table of results: the misread test images of each training, and how ensembles of seeds do.

The table of plans/seeds.yaml is the one that studies and benchmarks read.
"""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from digits.core import artifacts, paths
from digits.evaluation import metrics

TABLE = Path("metrics/seeds/seeds.csv")


def measured() -> pd.DataFrame:
    """One row per training of plans/seeds.yaml, with the columns of `sweep`; the variant is its `name`."""
    return artifacts.read_csv(TABLE).rename(columns={"variant": "name"})


def dataset() -> str:
    """The digest of the dataset that was fetched last."""
    return artifacts.read_json(paths.DATASET)["digest"]


def errors(variant: str, seed: int, table: Path = TABLE) -> Path:
    """The misread test images of one training in `table`."""
    return table.parent / "errors" / f"{variant}-{seed}.csv"


def ensembles_of(variant: str, table: Path = TABLE) -> Path:
    """The scores of ensembles of the seeds of one variant."""
    return table.parent / "ensembles" / f"{variant}.csv"


def ensembles(labels: np.ndarray, members: np.ndarray, level: float, bins: int) -> pd.DataFrame:
    """The scores of ensembles, which average the probabilities of their members, by the number of members.

    `members` (m, n, 10) are the models' probabilities for the images with `labels` (n,); `level` and `bins` are those
    of `metrics.scores`. One row per size from 1 to m: `members`, `ensembles` (all choices of that size), and over
    them `mean`, `std`, `min` and `max` of the accuracy and the mean `nll` and `ece`. Ensembles of one size share
    members, so they vary less than ensembles of other seeds would.
    """
    rows = []
    for size in range(1, len(members) + 1):
        means = (members[list(chosen)].mean(axis=0) for chosen in combinations(range(len(members)), size))
        table = pd.DataFrame(metrics.scores(labels, mean, level, bins) for mean in means)
        spread = table["accuracy"].agg(["mean", "std", "min", "max"]).to_dict()
        rows.append({"members": size, "ensembles": len(table), **spread, **table[["nll", "ece"]].mean().to_dict()})
    return pd.DataFrame(rows)
