"""The section on out-of-distribution images and novel classes."""

from typing import Any

import pandas as pd

from digits.config.params import Params
from digits.config.runs import Run
from digits.core import artifacts
from digits.figures import embedding
from studies.ood import detection, paths

TITLES = {"max_softmax": "max softmax", "energy": "energy", "subspace": "subspace"}


def content(runs: list[Run], params: Params) -> dict[str, Any] | None:
    """What the page shows of those `runs` that were measured; None if none was. By kind: of the exported model."""
    measured = [run for run in runs if paths.metrics(run).exists()]
    if not measured:
        return None
    exported = Run(params.export.recipe, params.export.seed)
    shown = exported if paths.table(exported).exists() else measured[0]
    by_kind = artifacts.read_csv(paths.table(shown))
    novel = artifacts.read_csv(paths.NOVEL_CLASSES_TABLE) if paths.NOVEL_CLASSES_TABLE.exists() else None
    return {
        "models": model_table(measured),
        "shown": str(shown),
        "kinds": detector_table(by_kind[by_kind["ood_set"] == "test"], "kind"),
        "novel_classes": None if novel is None else detector_table(novel, "digits left out"),
        "samples": embedding.data_uri(paths.SAMPLES.read_bytes()),
    }


def model_table(runs: list[Run]) -> pd.DataFrame:
    """AUROC and FPR95 of each detector on the set ood_test, and the detector selected on ood_val, as text."""
    rows = []
    for run in runs:
        numbers = artifacts.read_json(paths.metrics(run))
        evaluated = {
            title: _pair(*(numbers[f"test_{name}_{measure}"] for measure in ("auroc", "fpr95")))
            for name, title in TITLES.items()
        }
        rows.append({"model": run.recipe, **evaluated, "selected": TITLES[detection.select_detector(numbers)]})
    return pd.DataFrame(rows)


def detector_table(table: pd.DataFrame, title: str) -> pd.DataFrame:
    """`table`, one row per `kind` and `detector`, as text with a column for each detector; `title` heads the kinds."""
    rows = []
    for kind, found in table.groupby("kind", sort=False):
        pairs = {TITLES[row["detector"]]: _pair(row["auroc"], row["fpr95"]) for row in found.to_dict("records")}
        rows.append({title: str(kind).replace("_", " "), "images": f"{found['images'].iloc[0]:,}", **pairs})
    return pd.DataFrame(rows)


def _pair(auroc: float, fpr95: float) -> str:
    return f"{auroc:.4f}, {fpr95:.1%}"
