"""Snapshots of results made by hand, and their comparison, for the tests of the gate."""

import numpy as np
import pandas as pd

from digits.gate import verdict
from digits.gate.comparison import Comparison
from digits.gate.rules import Rules
from digits.gate.versions import Results, Snapshot

GATE = {
    "alpha": 0.05,
    "power": 0.8,
    "seed_overdispersion": {"default": 0.0},
    "dataset": "mnist",
    "tolerances": {"accuracy": 0.0, "ece": 0.01},
    "limits": {},
}
RULES = Rules.model_validate(GATE)
IMAGES = 1000


def results(misread: list[int] | range, ece: float = 0.0, **measures: float) -> Results:
    """Of a model that misreads these images, each of which is a 7 that it takes for a 2."""
    errors = pd.DataFrame({"image": [f"{number:012x}" for number in misread], "actual": 7, "predicted": 2})
    measures = {"accuracy": 1 - len(misread) / IMAGES, "images": IMAGES, "ece": ece, **measures}
    return Results(measures, errors, b"", np.zeros((10, 10)))


def snapshot(label: str = "main", **recipes: dict[int, Results]) -> Snapshot:
    splits = {"train": {"images": 9, "digest": "t"}, "test": {"images": IMAGES, "digest": "u"}}
    directions = {"accuracy": True, "ece": False, "corrupted_accuracy": True}
    dataset, params = {"dataset": "mnist", "digest": "d"}, {"a": {"b": 1}}
    return Snapshot(label, dataset, splits, params, recipes, higher_is_better=directions)


def judge(before: Snapshot, after: Snapshot, **changes: object) -> list[Comparison]:
    return verdict.judge(before, after, Rules.model_validate({**GATE, **changes}))
