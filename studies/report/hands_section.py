"""The section on the exported recognizer."""

from typing import Any

import pandas as pd

from digits.config.params import Params
from digits.config.runs import Run
from digits.core import artifacts
from digits.figures import tables
from studies.hands import paths


def content(runs: list[Run], params: Params) -> dict[str, Any] | None:
    """What the page shows; None if the recognizer was not evaluated."""
    if not paths.RECOGNIZER.exists():
        return None
    return {
        "model": str(Run(params.export.recipe, params.export.seed)),
        "numbers": artifacts.read_json(paths.RECOGNIZER),
        "handwriting": tables.as_text(artifacts.read_csv(paths.HANDWRITING), 1),
        "paper": tables.as_text(_by_condition(artifacts.read_csv(paths.PAPER)), 1),
        "rejection": tables.as_text(artifacts.read_csv(paths.REJECTION), 1),
        "printed": tables.as_text(artifacts.read_csv(paths.PRINTED), 1),
    }


def _by_condition(paper: pd.DataFrame) -> pd.DataFrame:
    """One row per condition: the accuracy of each way, and what this project's accepts."""
    accuracy = paper.pivot(index="condition", columns="way", values="accuracy")
    own = paper[paper["way"] == "prepared"].set_index("condition")[["accepted", "wrong_accepted"]]
    return accuracy.join(own).loc[paper["condition"].unique()].reset_index()
