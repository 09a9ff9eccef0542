"""The report of the core pipeline: tables of results, a page for a browser and Markdown for a pull request.

Reads what the stages wrote; derives only scores of each class and means over seeds.
"""

import zipfile
import zlib
from collections.abc import Hashable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from digits import config, files, metrics, plots, rendering
from digits.config import Params, Run, first_seed, flatten
from digits.files import UserError
from digits.rendering import percent

TRAIN_KEYS = ["parameters", "validation_accuracy"]
TEST_KEYS = [
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "errors",
    "macro_f1",
    "top2_accuracy",
    "nll",
    "brier",
    "ece",
    "calibrated_nll",
    "calibrated_ece",
]
BRIEF = ["model", "parameters", "test accuracy", "Wilson interval", "errors", "calibrated NLL", "calibrated ECE"]
SHOWN_ERRORS = 24  # of each model; the rest unfolds
CALIBRATION = {"nll": "NLL", "brier": "Brier", "ece": "ECE"}


def collect(runs: list[Run]) -> pd.DataFrame:
    """One row per run: `recipe`, `seed` and everything in its train and test metrics.

    Raises FileNotFoundError if a run has no metrics, UserError if they lack one of TRAIN_KEYS and TEST_KEYS.
    """
    rows = []
    for run in runs:
        row = {"recipe": run.recipe, "seed": run.seed}
        for path, keys in ((run.train_metrics, TRAIN_KEYS), (run.test_metrics, TEST_KEYS)):
            row |= files.read_json(path)
            if missing := [key for key in keys if type(row.get(key)) not in (int, float)]:
                raise UserError(f"{path} has no number for {', '.join(missing)}; restore it or run `dvc repro`")
        rows.append(row)
    return pd.DataFrame(rows)


def over_seeds(results: pd.DataFrame, by: str = "recipe") -> pd.DataFrame:
    """One row per model, by the column `by`: `name`, `parameters`, the number of `seeds`, and the `mean`, sample
    standard deviation `std`, `min` and `max` of the test accuracy over them."""
    grouped = results.groupby(by, sort=False)
    spread = grouped["accuracy"].agg(seeds="count", mean="mean", std="std", min="min", max="max")
    return grouped[["parameters"]].first().join(spread).rename_axis("name").reset_index()


def as_text(results: pd.DataFrame) -> pd.DataFrame:
    """`results` as people read them: percentages with their interval, thousands separated."""
    low, high = percent(results["accuracy_low"]), percent(results["accuracy_high"])
    return pd.DataFrame(
        {
            "model": results["recipe"],
            "seed": results["seed"].astype(str),
            "parameters": results["parameters"].map("{:,}".format),
            "test accuracy": percent(results["accuracy"]),
            "Wilson interval": low + " to " + high,
            "errors": results["errors"].map("{:,}".format),
            "macro F1": results["macro_f1"].map("{:.4f}".format),
            "top-2": percent(results["top2_accuracy"]),
            "NLL": results["nll"].map("{:.4f}".format),
            "Brier": results["brier"].map("{:.4f}".format),
            "ECE": results["ece"].map("{:.4f}".format),
            "calibrated NLL": results["calibrated_nll"].map("{:.4f}".format),
            "calibrated ECE": results["calibrated_ece"].map("{:.4f}".format),
            "validation": percent(results["validation_accuracy"]),
        }
    )


def brief(results: pd.DataFrame) -> pd.DataFrame:
    """The columns of `as_text` that README shows."""
    several = results["seed"].nunique() > 1
    return as_text(results)[[*BRIEF[:1], "seed", *BRIEF[1:]] if several else BRIEF]


def over_seeds_as_text(summary: pd.DataFrame) -> pd.DataFrame:
    """`summary` of `over_seeds` as people read it; one seed has no deviation."""
    titles = {"name": "model", "std": "standard deviation", "min": "minimum", "max": "maximum"}
    return rendering.as_text(summary, 3).rename(columns=titles)


def context(params: Params, runs: list[Run]) -> dict[str, Any]:
    """Everything that the templates show of `runs`: tables of text, and the parameters by dotted key."""
    table = collect(runs)
    shown = table[table["seed"] == table["seed"].iloc[0]]
    return {
        "dataset": files.read_json(config.DATASET),
        "splits": files.read_json(config.SPLITS),
        "class_counts": files.read_csv(config.CLASS_COUNTS),
        "results": as_text(table),
        "brief": brief(table),
        "summary": over_seeds_as_text(over_seeds(table)),
        "several_seeds": len(shown) < len(runs),
        "calibration": calibration_table(shown),
        "doubtful": doubtful_table(shown),
        "recognizer": files.read_json(config.EXPORT),
        "runs": first_seed(runs),
        "params": flatten(params.model_dump()),
    }


def calibration_table(results: pd.DataFrame) -> pd.DataFrame:
    """NLL, Brier score and ECE with bootstrap intervals, as text; a row before temperature scaling and one after it."""
    rows = []
    for scores in results.to_dict("records"):
        for prefix, temperature in (("", 1.0), ("calibrated_", scores["temperature"])):
            row = {"model": scores["recipe"], "temperature": f"{temperature:.3f}"}
            for name, title in CALIBRATION.items():
                low, value, high = (scores[f"{prefix}{name}{end}"] for end in ("_low", "", "_high"))
                row[title] = f"{value:.4f} ({low:.4f} to {high:.4f})"
            rows.append({**row, "AURC": "" if prefix else f"{scores['aurc']:.6f}"})
    return pd.DataFrame(rows)


def doubtful_table(results: pd.DataFrame) -> pd.DataFrame:
    """Accuracy with and without the test images whose label is doubtful, as text; no rows if there are none."""
    with_doubts = results[results["doubtful_images"] > 0]
    misread = with_doubts["doubtful_errors"].astype(str) + " of " + with_doubts["doubtful_images"].astype(str)
    return pd.DataFrame(
        {
            "model": with_doubts["recipe"],
            "all images": percent(with_doubts["accuracy"]),
            "without doubtful labels": percent(with_doubts["accuracy_clean_labels"]),
            "predicted differently": misread,
        }
    )


def markdown(context: dict[str, Any]) -> str:
    """The report for a pull request."""
    return rendering.render("report.md.j2", context, markdown=rendering.markdown)


def page(context: dict[str, Any]) -> str:
    """The report for a browser: one HTML file that loads nothing."""
    runs = context["runs"]
    coverage = {run.recipe: files.read_csv(run.coverage) for run in runs}
    return rendering.render(
        "report.html.j2",
        context,
        coverage=plots.svg(partial(plots.draw_coverage, tables=coverage), (5.5, 3.6)),
        models=[_model(run) for run in runs],
        class_samples=plots.data_uri(config.CLASS_SAMPLES.read_bytes()),
        shown_errors=SHOWN_ERRORS,
    )


def _model(run: Run) -> dict[str, Any]:
    """What the page shows of one model."""
    names, labels, probabilities = _predictions(run)
    history = partial(plots.draw_history, history=files.read_csv(run.history))
    return {
        "run": run,
        "accuracy": plots.svg(partial(history, measure="accuracy"), (4.6, 3)),
        "loss": plots.svg(partial(history, measure="loss"), (4.6, 3)),
        "reliability": _reliability(run.reliability),
        "calibrated": _reliability(run.reliability_calibrated),
        "confusion": _shaded(files.read_csv(run.confusion)),
        "classes": metrics.per_class(labels, probabilities.argmax(axis=1)),
        "predictions": plots.data_uri((run.digits / "predictions.png").read_bytes()),
        "errors": _misread(run, metrics.misread(names.tolist(), labels, probabilities)),
    }


def _predictions(run: Run) -> list[np.ndarray]:
    """The names of the test images, their labels and their probabilities; raises UserError if the file is damaged."""
    try:
        with np.load(run.predictions) as predicted:
            arrays = [predicted[name] for name in ("names", "labels", "probabilities")]
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"{run.predictions} is damaged: {error}; run `dvc repro`") from error
    if len({len(array) for array in arrays}) > 1:
        raise UserError(f"{run.predictions} is damaged: its arrays differ in length; run `dvc repro`")
    return arrays


def _reliability(path: Path) -> str:
    return plots.svg(partial(plots.draw_reliability, reliability=files.read_csv(path)), (4, 4))


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
        source=[plots.image_uri(image) for image in plots.read_strip(run.error_images)],
        shown_confidence=errors["confidence"].map(plots.confidence_text),
    )
    return table.sort_values("confidence", ascending=False, kind="stable").to_dict("records")
