"""The part of the report on how far to trust a result: under changes and attacks, its confidence, its labels, and from
seed to seed.

Knows what stands there; reads what the stages wrote. The page around it is known to `report`.
"""

from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from digits import agreement, artifacts, figures, inline, metrics, paths, study
from digits.paths import Cell

REFERENCE = "mlp"  # whose errors under corruption are 1
SCORES = {"nll": "NLL", "brier": "Brier", "ece": "ECE"}


def context(cells: list[Cell]) -> dict[str, Any]:
    """What both reports show of the first seed of each recipe, in tables of text."""
    corrupted = {cell.recipe: artifacts.read_csv(cell.corruptions) for cell in cells}
    return {
        "corruptions": corruption_table(corrupted),
        "corruption_errors": corruption_errors(corrupted),
        "calibration": _calibration(cells),
        "doubtful": _doubtful(cells),
        "audit": artifacts.read_json(paths.AUDIT),
        "agreement": _agreement(artifacts.read_json(cells[0].scores)["images"]),
    }


def corruption_accuracies(corrupted: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Accuracy under each corruption at its published severity, one column a recipe, and their mean."""
    published = {
        name: table[table["published"]].set_index("corruption")["accuracy"] for name, table in corrupted.items()
    }
    shares = pd.DataFrame(published)
    shares.loc["mean"] = shares.mean()
    return shares


def corruption_errors(corrupted: dict[str, pd.DataFrame]) -> list[list[float]]:
    """What the cells of `corruption_table` are shaded by, line by line: the darker, the more is misread."""
    return (1 - corruption_accuracies(corrupted)).to_numpy().tolist()


def corruption_table(corrupted: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """`corruption_accuracies` as text, and the mean error over all severities relative to REFERENCE, where that is
    among them."""
    text = corruption_accuracies(corrupted).map("{:.1%}".format)
    if REFERENCE in corrupted:
        errors = {name: metrics.relative_error(table, corrupted[REFERENCE]) for name, table in corrupted.items()}
        text.loc[f"error, {REFERENCE} = 1"] = {name: f"{error:.2f}" for name, error in errors.items()}
    text.index = text.index.str.replace("_", " ")
    return text.rename_axis("corruption").reset_index()


def _calibration(cells: list[Cell]) -> pd.DataFrame:
    rows = []
    for cell in cells:
        found = artifacts.read_json(cell.calibration)
        row = {"model": cell.recipe, "temperature": f"{found['temperature']:.3f}"}
        for prefix, when in (("", ""), ("calibrated_", " calibrated")):
            for name, title in SCORES.items():
                low, value, high = (found[f"{prefix}{name}{end}"] for end in ("_low", "", "_high"))
                row[f"{title}{when}"] = f"{value:.4f} ({low:.4f} to {high:.4f})"
        rows.append({**row, "area under risk": f"{found['area_under_risk']:.6f}"})
    return pd.DataFrame(rows)


def _doubtful(cells: list[Cell]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": cell.recipe,
            "all images": f"{found['accuracy']:.2%}",
            "without the doubtful": f"{found['undoubted_accuracy']:.2%}",
            "doubtful": str(found["doubtful_images"]),
            "of them read otherwise": str(found["doubtful_errors"]),
        }
        for cell in cells
        for found in [artifacts.read_json(cell.scores)]
    )


def _agreement(images: int) -> pd.DataFrame:
    """What the seeds of the study have in common on as many test `images`; without a row where there is none on this
    dataset."""
    measured = study.measured()
    measured = measured[measured["dataset"] == study.dataset()]
    rows = []
    for name, seeds in measured.groupby("name", sort=False):
        if len(seeds) > 1:
            errors = [artifacts.read_csv(study.ERRORS / f"{name}-{seed}.csv") for seed in seeds["seed"]]
            found = agreement.over_seeds(errors, images)
            shares = {key: f"{found[key]:.3%}" for key in ("error", "bias", "variance", "agreement")}
            counts = {key.replace("_", " "): str(found[key]) for key in found if key not in shares}
            rows.append({"model": name, "seeds": str(len(seeds)), **counts, **shares})
    return pd.DataFrame(rows)


def drawings(cells: list[Cell]) -> dict[str, str]:
    """What the page alone shows: curves as SVG, pictures as data URIs."""

    def tables(name: str) -> dict[str, pd.DataFrame]:
        return {cell.recipe: artifacts.read_csv(getattr(cell, name)) for cell in cells}

    with figures.in_page_colours():
        return {
            "invariance": _grid_of_curves(tables("invariance")),
            "adversarial": inline.svg(partial(figures.draw_attacks, tables=tables("adversarial")), (5.5, 3.6)),
            "coverage": inline.svg(partial(figures.draw_coverage, tables=tables("coverage")), (5.5, 3.6)),
            "samples": inline.data_uri(paths.CORRUPTION_SAMPLES.read_bytes()),
            "outliers": inline.data_uri(paths.OUTLIER_SAMPLES.read_bytes()),
            "suspects": inline.data_uri(paths.SUSPECT_PICTURES.read_bytes()),
        }


def _grid_of_curves(tables: dict[str, pd.DataFrame]) -> str:
    figure = Figure(figsize=(10, 5.6), layout="constrained")
    figures.draw_by_degrees(figure.subplots(2, 3), tables)
    return figures.svg(figure)
