"""The tracked results of one version of the project: its dataset, its splits and what its models reached.

Knows which files they stand in and that they must agree. Whose files they are is known to `revisions`, how they are
parsed to `tracked`, what a difference amounts to to `gate`.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from digits import cells, params, paths, tracked
from digits.paths import Cell
from digits.revisions import Revision, Tree


@dataclass(frozen=True)
class Results:
    """What one model reached: `measures` by name; `errors`, its misread images as `metrics.errors` lists them; and
    `strip`, a PNG of them, one below the other."""

    measures: dict[str, float]
    errors: pd.DataFrame
    strip: bytes
    confusion: pd.DataFrame


@dataclass(frozen=True)
class Snapshot:
    """All that is compared of one version; `results` by recipe and seed, and the measures of the exported `recogniser`,
    which older versions had not."""

    label: str
    dataset: dict[str, Any]
    splits: dict[str, Any]
    params: dict[str, Any]
    results: dict[str, dict[int, Results]]
    recogniser: dict[str, float] = field(default_factory=dict)


def of_working_tree() -> Snapshot:
    """Raises ValueError where a number may not be of the code, the parameters and the data beside it."""
    tree = Tree()
    wanted = cells.of(params.load().train)
    if stale := tree.stale():
        raise ValueError(
            f"the numbers of the working tree are not of what lies there: {_few(stale)} changed since they were "
            "computed; run `dvc repro` first"
        )
    return _read(tree, wanted)


def of_revision(name: str) -> Snapshot:
    """Raises ValueError where there is no such commit, or none with numbers that its own dvc.lock vouches for."""
    tree = Revision(name)
    stems = [path.stem for path in sorted(tree.files) if path.parent == Cell("any", 0).scores.parent]
    if not stems:
        raise ValueError(
            f"{tree.label} has no metrics to compare with; name a later commit as the baseline, or run `dvc repro` "
            "there and commit"
        )
    if stale := tree.stale():
        raise ValueError(
            f"the numbers of {tree.label} are not of what it holds: {_few(stale)} differ from its dvc.lock; name "
            "another baseline, or run `dvc repro` there and commit"
        )
    return _read(tree, [Cell(recipe, int(seed)) for recipe, seed in (stem.rsplit("-", 1) for stem in stems)])


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _read(tree: Tree, wanted: list[Cell]) -> Snapshot:
    results: dict[str, dict[int, Results]] = defaultdict(dict)
    for cell in wanted:
        results[cell.recipe][cell.seed] = _read_results(tree, cell)
    dataset, splits = (tracked.json_object(tree.read(path), tree.name(path)) for path in (paths.DATASET, paths.SPLITS))
    scores = paths.RECOGNISER_SCORES
    recogniser = tracked.numbers(tree.read(scores), tree.name(scores)) if tree.has(scores) else {}
    return Snapshot(tree.label, dataset, splits, tree.params, dict(results), recogniser)


def _read_results(tree: Tree, cell: Cell) -> Results:
    """The results of `cell`; ValueError names what is malformed or does not fit together."""

    def read_table(path: Path, kind: type[tracked.Row]) -> pd.DataFrame:
        return tracked.table(tree.read(path), tree.name(path), kind)

    scores = tracked.numbers(tree.read(cell.scores), tree.name(cell.scores))
    training = tracked.numbers(tree.read(cell.training), tree.name(cell.training))
    robust, calibrated, detected = (
        tracked.numbers(tree.read(path), tree.name(path)) if tree.has(path) else {}  # older versions had none
        for path in (cell.robustness, cell.calibration, cell.detection)
    )
    recall = read_table(cell.classes, tracked.ClassScores).set_index("class")["recall"]
    errors = read_table(cell.errors, tracked.Error)
    if scores.get("errors") != len(errors):
        raise ValueError(f"{tree.name(cell.scores)} counts {scores.get('errors')} errors, {cell.errors} {len(errors)}")
    recalls = {"worst_recall": float(recall.min()), **{f"recall_{digit}": value for digit, value in recall.items()}}
    return Results(
        {**robust, **calibrated, **detected, **scores, **training, **recalls, "model_bytes": tree.size(cell.model)},
        errors,
        tree.read(cell.error_images),
        read_table(cell.confusion, tracked.Confusion),
    )
