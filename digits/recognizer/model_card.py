"""Writes the card of an exported model: card.json for programs, README.md for people."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from digits.config.recipes import Recipe
from digits.config.runs import Run
from digits.core import artifacts, paths
from digits.evaluation import metrics
from digits.figures import rendering
from digits.recognizer.recognizer import CARD

PAGE = "README.md"


def validation_scores(
    labels: np.ndarray, probabilities: np.ndarray, calibrated: np.ndarray, bins: int
) -> dict[str, float]:
    """Accuracy, NLL and ECE on validation before and after temperature scaling, for arrays (n,) and (n, 10).

    They show what temperature scaling changes. They are no test results: the temperature was fitted on these images.
    """
    level = 0.95  # of an interval that is not used here
    before, after = (metrics.scores(labels, it, level, bins) for it in (probabilities, calibrated))
    return {
        "validation_accuracy": after["accuracy"],
        "validation_nll_before": before["nll"],
        "validation_nll": after["nll"],
        "validation_ece_before": before["ece"],
        "validation_ece": after["ece"],
    }


def files(name: str, source: bytes, model: bytes, quantized: bytes) -> dict[str, str | int]:
    """Digests and sizes of the two exported models, and the digest of the model `source` that they were made from."""
    return {
        "model": name,
        "made_from_sha256": hashlib.sha256(source).hexdigest(),
        "onnx_sha256": hashlib.sha256(model).hexdigest(),
        "onnx_bytes": len(model),
        "int8_sha256": hashlib.sha256(quantized).hexdigest(),
        "int8_bytes": len(quantized),
    }


def write(folder: Path, run: Run, recipe: Recipe, facts: dict[str, Any]) -> None:
    """Write card.json and README.md to `folder`: `facts` and the metrics of the model and its dataset."""
    content = {
        **facts,
        "recipe": recipe.model_dump(),
        "training": artifacts.read_json(run.train_metrics),
        "tested": artifacts.read_json(run.test_metrics),
        "dataset": artifacts.read_json(paths.DATASET),
        "splits": artifacts.read_json(paths.SPLITS),
    }
    artifacts.write_json(folder / CARD, content)
    artifacts.write_text(folder / PAGE, rendering.render("model_card.md.j2", content))
