"""The part of the report on what is no digit: how well models tell it, by each way to ask them.

Knows what stands there; reads what the stages wrote. How the ways are compared is known to `detectors`.
"""

from typing import Any

import pandas as pd

from digits import artifacts, detectors, paths
from digits.paths import Cell

TITLES = {"max_softmax": "greatest probability", "energy": "energy", "subspace": "share within the subspace"}


def context(cells: list[Cell], exported: Cell) -> dict[str, Any]:
    """What both reports show: of each model; of the `exported` one by kind; of digits never seen."""
    by_kind = artifacts.read_csv(exported.detectors)
    return {
        "models": _models(cells),
        "exported": str(exported),
        "kinds": _wide(by_kind[by_kind["draw"] == paths.TO_MEASURE.stem], "kind"),
        "held_out": _wide(artifacts.read_csv(paths.HELD_OUT_DIGITS), "never seen"),
    }


def _models(cells: list[Cell]) -> pd.DataFrame:
    rows = []
    for cell in cells:
        numbers = artifacts.read_json(cell.detection)
        measured = {
            title: _pair(*(numbers[f"{paths.TO_MEASURE.stem}_{name}_{score}"] for score in ("auroc", "fpr95")))
            for name, title in TITLES.items()
        }
        rows.append({"model": cell.recipe, **measured, "best to choose by": TITLES[detectors.winner(numbers)]})
    return pd.DataFrame(rows)


def _wide(table: pd.DataFrame, title: str) -> pd.DataFrame:
    """`table`, with its columns `kind`, `detector`, `auroc` and `fpr95`, with a column for each detector."""
    rows = []
    for kind, found in table.groupby("kind", sort=False):
        pairs = {TITLES[row["detector"]]: _pair(row["auroc"], row["fpr95"]) for row in found.to_dict("records")}
        rows.append({title: str(kind).replace("_", " "), "images": str(found["images"].iloc[0]), **pairs})
    return pd.DataFrame(rows)


def _pair(auroc: float, fpr95: float) -> str:
    return f"{auroc:.4f}, {fpr95:.1%}"
