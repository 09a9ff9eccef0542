"""The tracked results of one version of the project: its dataset, its splits and what its models reached."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from digits.config import runs
from digits.config.params import Train
from digits.config.runs import Run
from digits.core import paths
from digits.core.errors import UserError
from digits.data.datasets import CLASSES
from digits.versions import parsing, studies
from digits.versions.git_tree import PARAMS, CommitTree, WorkingTree
from digits.versions.studies import Gap

RECOGNIZER = "recognizer"  # the exported model, which has measures as the recipes have
ROUNDING = 1e-6  # of the numbers in metrics
NEW_LAYOUT = Path("requirements/base.txt")  # versions without it have other metrics


@dataclass(frozen=True)
class Results:
    """What one model reached.

    `measures` by name; `errors`, its misread images (`image`, `actual`, `predicted`); `strip`, a PNG of them, one below
    the other; `confusion` (10, 10), the number of test images by actual and predicted class.
    """

    measures: dict[str, float]
    errors: pd.DataFrame
    strip: bytes
    confusion: np.ndarray


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


def confusion(errors: pd.DataFrame, class_counts: np.ndarray) -> np.ndarray:
    """The confusion matrix (10, 10), actual by predicted, of `errors` among `class_counts` (10,) images."""
    matrix = np.zeros((CLASSES, CLASSES), int)
    np.add.at(matrix, (errors["actual"].to_numpy(int), errors["predicted"].to_numpy(int)), 1)
    return matrix + np.diag(class_counts - matrix.sum(axis=1))


def recalls(confusion: np.ndarray) -> dict[str, float]:
    """`recall_0` to `recall_9` and `worst_recall`, the least of them; 0 for a class without images."""
    values = np.diag(confusion) / np.maximum(1, confusion.sum(axis=1))
    by_class = {f"recall_{digit}": float(value) for digit, value in enumerate(values)}
    return {**by_class, "worst_recall": min(by_class.values())}


def _trained(tree: WorkingTree) -> list[Run]:
    try:
        return runs.all_runs(Train.model_validate(tree.params["train"]))
    except (KeyError, TypeError, ValidationError) as error:
        raise UserError(f"{tree.name(PARAMS)} does not say which models are trained; name a later commit") from error


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _read(tree: WorkingTree, trained: list[Run]) -> Snapshot:
    names = {**{str(run): run.recipe for run in trained}, RECOGNIZER: RECOGNIZER}
    measures, gaps = studies.read(tree, names)
    counts = parsing.table(tree.read(paths.CLASS_COUNTS), tree.name(paths.CLASS_COUNTS), parsing.ClassCounts)
    results: dict[str, dict[int, Results]] = defaultdict(dict)
    for run in trained:
        results[run.recipe][run.seed] = _read_results(tree, run, counts["test"].to_numpy(int), measures[str(run)])
    dataset, splits = (parsing.json_object(tree.read(path), tree.name(path)) for path in (paths.DATASET, paths.SPLITS))
    directions = {**studies.directions(tree), **dict.fromkeys(recalls(np.eye(CLASSES)), True)}
    return Snapshot(tree.label, dataset, splits, tree.params, dict(results), measures[RECOGNIZER], gaps, directions)


def _read_results(tree: WorkingTree, run: Run, class_counts: np.ndarray, of_studies: dict[str, float]) -> Results:
    """The results of `run`; UserError names what is malformed or does not fit together."""
    train, test = (parsing.numbers(tree.read(it), tree.name(it)) for it in (run.train_metrics, run.test_metrics))
    errors = parsing.table(tree.read(run.errors), tree.name(run.errors), parsing.Error)
    _check(tree, run, test, errors, class_counts)
    if str(run.model) not in tree.outs:
        raise UserError(f"dvc.lock of {tree.label} has no {run.model}; run `dvc repro` there and commit")
    matrix = confusion(errors, class_counts)
    size = {"model_bytes": tree.outs[str(run.model)]["size"]}
    measures = {**of_studies, **test, **train, **recalls(matrix), **size}
    return Results(measures, errors, tree.read(run.error_images), matrix)


def _check(tree: WorkingTree, run: Run, test: dict[str, float], errors: pd.DataFrame, class_counts: np.ndarray) -> None:
    """Raises UserError if the metrics, the misread images and the predictions of `run` contradict each other."""
    images = int(class_counts.sum())
    expected = {"images": images, "errors": len(errors), "accuracy": 1 - len(errors) / images}
    for measure, value in expected.items():
        if abs(test.get(measure, np.inf) - value) > ROUNDING:
            raise UserError(
                f"{tree.name(run.test_metrics)} has {measure} {test.get(measure)}, but {run.errors} lists "
                f"{len(errors)} misread images of {images}"
            )
    predictions = tree.data(run.predictions)
    if predictions:
        with np.load(predictions) as content:
            labels, predicted = content["labels"], content["probabilities"].argmax(axis=1)
        counted = np.zeros((CLASSES, CLASSES), int)
        np.add.at(counted, (labels, predicted), 1)
        if (counted != confusion(errors, class_counts)).any():
            raise UserError(f"{run.errors} contradicts {run.predictions}; run `dvc repro --force evaluate@{run}`")
