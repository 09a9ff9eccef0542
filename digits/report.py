"""The report: one self-contained page for a browser and one Markdown file for a pull request.

Knows what stands on the page and in which order. Reads what the stages wrote; computes no metric of its own.
"""

from collections.abc import Hashable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from digits import (
    artifacts,
    dag,
    figures,
    inline,
    outlier_report,
    params,
    paths,
    pictures,
    rendering,
    results,
    study,
    trust_report,
)
from digits.params import Params
from digits.paths import Cell

SHOWN_ERRORS = 24  # the rest unfolds


def context(knobs: Params, cells: list[Cell]) -> dict[str, Any]:
    """Everything that the templates show."""
    table = results.collect(cells)
    first_seeds = [cell for cell in cells if cell.seed == cells[0].seed]
    return {
        "dataset": artifacts.read_json(paths.DATASET),
        "splits": artifacts.read_json(paths.SPLITS),
        "class_counts": artifacts.read_csv(paths.CLASS_COUNTS),
        "results": results.as_text(table),
        "summary": results.over_seeds_as_text(results.over_seeds(table)),
        "several_seeds": len(first_seeds) < len(cells),
        "recogniser": _recogniser(),
        "study": _study(table),
        "trust": trust_report.context(first_seeds),
        "outliers": outlier_report.context(first_seeds, Cell(knobs.export.recipe, knobs.export.seed)),
        "cells": first_seeds,
        "paths": paths,
        "params": params.flatten(knobs.model_dump()),
    }


def _recogniser() -> dict[str, Any]:
    """What is known of the exported model."""
    return {
        "model": artifacts.read_json(paths.EXPORT),
        "scores": artifacts.read_json(paths.RECOGNISER_SCORES),
        "printed": results.shares_as_text(artifacts.read_csv(paths.RECOGNISER_TABLES / "printed.csv")),
        "rejection": results.shares_as_text(artifacts.read_csv(paths.RECOGNISER_TABLES / "rejection.csv")),
    }


def _study(table: pd.DataFrame) -> dict[str, Any] | None:
    """What is known from many seeds on this dataset, beside `table`, the results of the pipeline; None before."""
    measured = study.measured()
    measured = measured[measured["dataset"] == study.dataset()]
    if measured.empty:
        return None
    summary = results.over_seeds(measured, by="name")
    tables = {path.stem: artifacts.read_csv(path) for path in sorted(study.ENSEMBLES.glob("*.csv"))}
    sizes = measured[measured["recipe"] == "best"].groupby("name").mean(numeric_only=True).reset_index()
    others = table[table["recipe"] != "best"].groupby("recipe").mean(numeric_only=True).reset_index()
    draw = partial(figures.draw_size_curve, sizes=sizes, others=others.rename(columns={"recipe": "name"}))
    with figures.in_page_colours():
        curve = inline.svg(draw, (7, 4.2))
    return {
        "summary": results.over_seeds_as_text(summary),
        "ensembles": {name: results.ensembles_as_text(table) for name, table in tables.items()},
        "size_curve": curve,
    }


def markdown(context: dict[str, Any]) -> str:
    """The report for a pull request; its pictures are the ones in git."""
    return rendering.render("report.md.j2", context, markdown=results.markdown)


def page(context: dict[str, Any]) -> str:
    """The report for a browser: one HTML file that loads nothing."""
    return rendering.render(
        "report.html.j2",
        context,
        drawings=trust_report.drawings(context["cells"]),
        models=[_model(cell) for cell in context["cells"]],
        class_samples=inline.data_uri(paths.CLASS_SAMPLES.read_bytes()),
        graph=dag.lay_out(dag.stage_graph(Path())),
        box=dag,
        shown_errors=SHOWN_ERRORS,
    )


def _model(cell: Cell) -> dict[str, Any]:
    """What the page shows of one model."""
    with figures.in_page_colours():
        history = artifacts.read_csv(cell.history)
        drawings = {
            "accuracy": inline.svg(partial(figures.draw_history, history=history, measure="accuracy"), (4.6, 3)),
            "loss": inline.svg(partial(figures.draw_history, history=history, measure="loss"), (4.6, 3)),
            **{name: _reliability(getattr(cell, name)) for name in ("reliability", "calibrated")},
        }
    return {
        "cell": cell,
        **drawings,
        "confusion": _shaded(artifacts.read_csv(cell.confusion)),
        "classes": artifacts.read_csv(cell.classes),
        "predictions": inline.data_uri((cell.digits / "predictions.png").read_bytes()),
        "errors": _misread(cell),
    }


def _reliability(path: Path) -> str:
    return inline.svg(partial(figures.draw_reliability, reliability=artifacts.read_csv(path)), (4, 4))


def _shaded(confusion: pd.DataFrame) -> list[list[dict[str, float]]]:
    """The confusion matrix row by row, each count with the share of the largest error that it is (0 to 1)."""
    size = round(len(confusion) ** 0.5)
    matrix = confusion["images"].to_numpy().reshape(size, size)
    wrong = np.where(np.eye(size, dtype=bool), 0, matrix)
    shares = wrong / max(1, wrong.max())
    return [
        [{"images": int(count), "share": float(share)} for count, share in zip(*row, strict=True)]
        for row in zip(matrix, shares, strict=True)
    ]


def _misread(cell: Cell) -> list[dict[Hashable, Any]]:
    """The misread images of `cell` with what was read and what is written, the most confident first."""
    table = artifacts.read_csv(cell.errors)
    table["source"] = [inline.image_uri(image) for image in pictures.read_strip(cell.error_images)]
    table["sure"] = table["confidence"].map(pictures.percent)
    return table.sort_values("confidence", ascending=False, kind="stable").to_dict("records")
