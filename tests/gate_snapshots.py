"""Snapshots of results made by hand, and their comparison, for the tests of the gate."""

import numpy as np
import pandas as pd

from digits.gate import comparison, verdict
from digits.gate.rules import Rules
from digits.versions.run_results import Results
from digits.versions.snapshots import Snapshot

GATE = {
    "alpha": 0.05,
    "power": 0.8,
    "seed_overdispersion": {"default": 0.0},
    "dataset": "mnist",
    "tolerances": {"accuracy": 0.0, "ece": 0.01},
    "limits": {},
}
IMAGES = 1000


def results(misread: list[int], ece: float = 0.0, **measures: float) -> Results:
    """Of a model that misreads these images, each of which is a 7 that it takes for a 2."""
    errors = pd.DataFrame({"image": [f"{number:012x}" for number in misread], "actual": 7, "predicted": 2})
    measures = {"accuracy": 1 - len(misread) / IMAGES, "images": IMAGES, "ece": ece, **measures}
    return Results(measures, errors, b"", np.zeros((10, 10)))


def snapshot(label: str = "main", **recipes: dict[int, Results]) -> Snapshot:
    splits = {"train": {"images": 9, "digest": "t"}, "test": {"images": IMAGES, "digest": "u"}}
    directions = {"accuracy": True, "ece": False, "corrupted_accuracy": True}
    dataset, params = {"dataset": "mnist", "digest": "d"}, {"a": {"b": 1}}
    return Snapshot(label, dataset, splits, params, recipes, higher_is_better=directions)


def compare(before: Snapshot, after: Snapshot, **changes: object) -> list[verdict.Verdict]:
    section = Rules.model_validate({**GATE, **changes})
    return [verdict.judge(it, section) for it in comparison.compare(before, after, section)]
