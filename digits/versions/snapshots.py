"""The tracked results of one version of the project: its dataset, its splits and what its models reached."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from digits.config import runs
from digits.config.params import Train
from digits.config.runs import Run
from digits.core import paths
from digits.core.errors import UserError
from digits.data.datasets import CLASSES
from digits.versions import parsing, run_results, studies
from digits.versions.git_tree import PARAMS, CommitTree, WorkingTree
from digits.versions.run_results import Results
from digits.versions.studies import Gap

RECOGNIZER = "recognizer"  # the exported model, which has measures as the recipes have
NEW_LAYOUT = Path("requirements/base.txt")  # versions without it have other metrics


@dataclass(frozen=True)
class Snapshot:
    """All that is compared of one version: `results` by recipe and seed, the measures of the exported `recognizer`, and
    the `gaps`: studies that have no measures of these models. `higher_is_better` says so of each measure for which a
    dvc.yaml declares its direction."""

    label: str
    dataset: dict[str, Any]
    splits: dict[str, Any]
    params: dict[str, Any]
    results: dict[str, dict[int, Results]]
    recognizer: dict[str, float] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    higher_is_better: dict[str, bool] = field(default_factory=dict)


def of_working_tree() -> Snapshot:
    """Raises UserError if a number may not be of the code, the parameters and the data beside it."""
    tree = WorkingTree()
    if stale := tree.stale():
        raise UserError(
            f"the metrics of the working tree are out of date: {_few(stale)} changed since they were computed; run "
            "`dvc repro` first"
        )
    return _read(tree, _trained(tree))


def of_revision(name: str) -> Snapshot:
    """Raises UserError if there is no such commit, or its metrics are not those that its own dvc.lock recorded."""
    tree = CommitTree(name)
    if not tree.has(NEW_LAYOUT):
        raise UserError(f"{tree.label} has the metrics of an older layout of this project; name a later commit")
    trained = _trained(tree)
    if not any(tree.has(run.test_metrics) for run in trained):
        raise UserError(
            f"{tree.label} has no metrics to compare with; name a later commit, or run `dvc repro` there and commit"
        )
    if stale := tree.stale():
        raise UserError(
            f"the metrics of {tree.label} are out of date: {_few(stale)} differ from its dvc.lock; name another "
            "baseline, or run `dvc repro` there and commit"
        )
    return _read(tree, trained)


def higher_is_better(tree: WorkingTree) -> dict[str, bool]:
    """By measure: those of the metrics files, and the recalls, which are in no file."""
    return studies.directions(tree) | dict.fromkeys(run_results.recalls(np.eye(CLASSES)), True)


def _trained(tree: WorkingTree) -> list[Run]:
    try:
        return runs.all_runs(Train.model_validate(tree.params["train"]))
    except (KeyError, TypeError, ValidationError) as error:
        raise UserError(f"{tree.name(PARAMS)} does not say which models are trained; name a later commit") from error


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _read(tree: WorkingTree, trained: list[Run]) -> Snapshot:
    measures, gaps = studies.read(tree, {str(run): run.recipe for run in trained} | {RECOGNIZER: RECOGNIZER})
    counts = parsing.table(tree.read(paths.CLASS_COUNTS), tree.name(paths.CLASS_COUNTS), parsing.ClassCounts)
    results: dict[str, dict[int, Results]] = defaultdict(dict)
    for run in trained:
        results[run.recipe][run.seed] = run_results.read(tree, run, counts["test"].to_numpy(int), measures[str(run)])
    dataset, splits = (parsing.json_object(tree.read(path), tree.name(path)) for path in (paths.DATASET, paths.SPLITS))
    recognizer, better = measures[RECOGNIZER], higher_is_better(tree)
    return Snapshot(tree.label, dataset, splits, tree.params, dict(results), recognizer, gaps, better)
