"""The section on the exported recognizer."""

from typing import Any

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
        "rejection": tables.as_text(artifacts.read_csv(paths.REJECTION), 1),
        "printed": tables.as_text(artifacts.read_csv(paths.PRINTED), 1),
    }
