"""The core report: one self-contained page for a browser and one Markdown file for a pull request.

Reads what the stages wrote; computes no metric of its own.
"""

from collections.abc import Hashable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from digits.config.params import Params, flatten
from digits.config.runs import Run, first_seed
from digits.core import artifacts, paths
from digits.evaluation import metrics
from digits.figures import digit_images, embedding, plots, rendering, tables
from digits.reporting import results

SHOWN_ERRORS = 24  # of each model; the rest unfolds
SCORES = {"nll": "NLL", "brier": "Brier", "ece": "ECE"}


def context(params: Params, runs: list[Run]) -> dict[str, Any]:
    """Everything that the templates show of `runs`: tables of text, and the parameters by dotted key."""
    table = results.collect(runs)
    shown = first_seed(runs)
    return {
        "dataset": artifacts.read_json(paths.DATASET),
        "splits": artifacts.read_json(paths.SPLITS),
        "class_counts": artifacts.read_csv(paths.CLASS_COUNTS),
        "results": results.as_text(table),
        "summary": results.over_seeds_as_text(results.over_seeds(table)),
        "several_seeds": len(shown) < len(runs),
        "calibration": calibration_table(shown),
        "doubtful": doubtful_table(shown),
        "recognizer": artifacts.read_json(paths.EXPORT),
        "runs": shown,
        "params": flatten(params.model_dump()),
    }


def calibration_table(runs: list[Run]) -> pd.DataFrame:
    """NLL, Brier score and ECE with bootstrap intervals, as text; a row before temperature scaling and one after it."""
    rows = []
    for run in runs:
        found = artifacts.read_json(run.test_metrics)
        for prefix, temperature in (("", 1.0), ("calibrated_", found["temperature"])):
            row = {"model": run.recipe, "temperature": f"{temperature:.3f}"}
            for name, title in SCORES.items():
                low, value, high = (found[f"{prefix}{name}{end}"] for end in ("_low", "", "_high"))
                row[title] = f"{value:.4f} ({low:.4f} to {high:.4f})"
            rows.append({**row, "AURC": "" if prefix else f"{found['aurc']:.6f}"})
    return pd.DataFrame(rows)


def doubtful_table(runs: list[Run]) -> pd.DataFrame:
    """Accuracy with and without the test images whose label is doubtful, as text; no rows if there are none."""
    return pd.DataFrame(
        {
            "model": run.recipe,
            "all images": f"{found['accuracy']:.2%}",
            "without doubtful labels": f"{found['accuracy_clean_labels']:.2%}",
            "predicted differently": f"{found['doubtful_errors']} of {found['doubtful_images']}",
        }
        for run in runs
        for found in [artifacts.read_json(run.test_metrics)]
        if found["doubtful_images"]
    )


def markdown(context: dict[str, Any]) -> str:
    """The report for a pull request."""
    return rendering.render("report.md.j2", context, markdown=tables.markdown)


def page(context: dict[str, Any]) -> str:
    """The report for a browser: one HTML file that loads nothing."""
    runs = context["runs"]
    coverage = {run.recipe: artifacts.read_csv(run.coverage) for run in runs}
    return rendering.render(
        "report.html.j2",
        context,
        coverage=embedding.svg(partial(plots.draw_coverage, tables=coverage), (5.5, 3.6)),
        models=[_model(run) for run in runs],
        class_samples=embedding.data_uri(paths.CLASS_SAMPLES.read_bytes()),
        shown_errors=SHOWN_ERRORS,
    )


def _model(run: Run) -> dict[str, Any]:
    """What the page shows of one model."""
    with np.load(run.predictions) as predicted:
        names, labels, probabilities = (predicted[name] for name in ("names", "labels", "probabilities"))
    history = partial(plots.draw_history, history=artifacts.read_csv(run.history))
    return {
        "run": run,
        "accuracy": embedding.svg(partial(history, measure="accuracy"), (4.6, 3)),
        "loss": embedding.svg(partial(history, measure="loss"), (4.6, 3)),
        "reliability": _reliability(run.reliability),
        "calibrated": _reliability(run.calibrated),
        "confusion": _shaded(artifacts.read_csv(run.confusion)),
        "classes": metrics.per_class(labels, probabilities.argmax(axis=1)),
        "predictions": embedding.data_uri((run.digits / "predictions.png").read_bytes()),
        "errors": _misread(run, metrics.errors(names.tolist(), labels, probabilities)),
    }


def _reliability(path: Path) -> str:
    return embedding.svg(partial(plots.draw_reliability, reliability=artifacts.read_csv(path)), (4, 4))


def _shaded(confusion: pd.DataFrame) -> list[list[dict[str, float]]]:
    """The confusion matrix row by row, each count with its share of the largest error (0 to 1)."""
    size = round(len(confusion) ** 0.5)
    matrix = confusion["images"].to_numpy().reshape(size, size)
    wrong = np.where(np.eye(size, dtype=bool), 0, matrix)
    shares = wrong / max(1, wrong.max())
    return [
        [{"images": int(count), "share": float(share)} for count, share in zip(*row, strict=True)]
        for row in zip(matrix, shares, strict=True)
    ]


def _misread(run: Run, errors: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """The misread images of `run` with prediction and label, the most confident first."""
    table = errors.assign(
        source=[embedding.image_uri(image) for image in digit_images.read_strip(run.error_images)],
        shown_confidence=errors["confidence"].map(digit_images.confidence_text),
    )
    return table.sort_values("confidence", ascending=False, kind="stable").to_dict("records")
