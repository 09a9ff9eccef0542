"""The card of an exported model: where it comes from, what it was measured at, how it is used.

Knows which facts belong on it, for programs (card.json) and for people (README.md).
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from digits import artifacts, metrics, paths, rendering
from digits.recipes import Recipe
from digits.recogniser import CARD

PAGE = "README.md"


def measured_on_validation(
    labels: np.ndarray, probabilities: np.ndarray, calibrated: np.ndarray, bins: int
) -> dict[str, float]:
    """What calibration does to `probabilities` (n, 10); none of it is a result, since it was fitted on these images."""
    before, after = (metrics.scores(labels, it, 0.95, bins) for it in (probabilities, calibrated))
    return {
        "validation_accuracy": after["accuracy"],
        "validation_nll_before": before["nll"],
        "validation_nll": after["nll"],
        "validation_ece_before": before["ece"],
        "validation_ece": after["ece"],
    }


def files(cell: paths.Cell, model: bytes, quantised: bytes) -> dict[str, str | int]:
    """What tells these files from all others."""
    return {
        "model": str(cell),
        "made_from_sha256": hashlib.sha256(cell.model.read_bytes()).hexdigest(),
        "onnx_sha256": hashlib.sha256(model).hexdigest(),
        "onnx_bytes": len(model),
        "int8_sha256": hashlib.sha256(quantised).hexdigest(),
        "int8_bytes": len(quantised),
    }


def write(folder: Path, cell: paths.Cell, recipe: Recipe, facts: dict[str, Any]) -> None:
    """Write both cards to `folder`: `facts`, and what is known of the model and its dataset."""
    content = {
        **facts,
        "recipe": recipe.model_dump(),
        "training": artifacts.read_json(cell.training),
        "tested": artifacts.read_json(cell.scores),
        "dataset": artifacts.read_json(paths.DATASET),
        "splits": artifacts.read_json(paths.SPLITS),
    }
    artifacts.write_json(folder / CARD, content)
    artifacts.write_text(folder / PAGE, rendering.render("model_card.md.j2", content))
